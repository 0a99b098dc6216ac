// Package bake reads and edits the images in Docker's bake files: those that
// replace build contexts, and those in build arguments.
//
// It parses HCL for positions only and evaluates no expression, so the result
// of a function is unknown.
package bake

import (
	"io/fs"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "bake"

// An Ecosystem reads and edits bake files. It implements ecosystems.Ecosystem,
// ecosystems.Dater and ecosystems.Describer.
type Ecosystem struct {
	imagepin.Lookup
}

// New returns the ecosystem. It looks up versions with images.
func New(images imagepin.Registries) *Ecosystem {
	return &Ecosystem{imagepin.Lookup{Images: images}}
}

// Info describes the ecosystem.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{Name: Name, Files: "bake files", Kinds: []ecosystems.Kind{imagepin.Kind()}, Renovate: []string{"docker"}}
}

// fileName is docker-bake.hcl or .json, also with words between, and x.bake.hcl.
var fileName = lazyregexp.New(`^(?:docker-bake(?:[-_.].+)?|.+[-_.]bake)\.(?:hcl|json)$`)

// Match reports whether a file is a bake file by its name.
func (*Ecosystem) Match(file string) bool { return fileName.MatchString(path.Base(file)) }

// Extract reads a bake file.
func (*Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, unreadable, err := imagepin.Open(repo, file)
	if err != nil || unreadable != nil {
		return unreadable, err
	}
	r := &reader{file: file, src: src, variables: map[string]imagepin.Text{}}
	if strings.HasSuffix(file, ".json") {
		r.json()
	} else {
		r.hcl()
	}
	return imagepin.Settle(file, r.found), nil
}

// A reader collects the images of one file.
type reader struct {
	file, src string
	variables map[string]imagepin.Text // their defaults
	found     []ecosystems.Dependency
}

// A text is the value of a string, in HCL or JSON, with its position.
type text struct {
	pieces  imagepin.Text
	raw     string          // as written, with variables
	at      ecosystems.Span // of raw
	ignored bool
}

const scheme = "docker-image://"

// context reads a build context: an image behind docker-image://.
func (r *reader) context(t text) {
	if !strings.HasPrefix(t.raw, scheme) {
		return
	}
	whole := t.pieces.String()
	t.pieces = t.pieces.Slice(len(scheme), len(whole))
	t.raw = t.raw[len(scheme):]
	t.at.Start += len(scheme)
	r.image(t)
}

// argument reads a build argument whose name and text are those of an image.
func (r *reader) argument(name string, t text) {
	if imagepin.Argument(name, t.raw) {
		r.image(t)
	}
}

func (r *reader) image(t text) {
	d := imagepin.Read(t.pieces, imagepin.Place{Raw: t.raw, At: t.at, Comment: r.comment})
	d.Ignored = t.ignored || imagepin.Ignored(r.src, d.At[0].Start, lineComment)
	r.found = append(r.found, d)
}

// value returns the default of a variable. The environment may override it.
func (r *reader) value(name string) (imagepin.Text, bool) {
	v, ok := r.variables[name]
	return v, ok && len(v) > 0
}

var lineComment = lazyregexp.New(`(?:#|//).*`)

// comment returns the comment at the end of the line of a span, as one that begins with "#".
func (r *reader) comment(at ecosystems.Span) (string, ecosystems.Span) {
	line, _, _ := strings.Cut(r.src[at.End:], "\n")
	m := lineComment.FindStringIndex(line)
	// The readers of comments expect "#".
	if m == nil || !strings.HasPrefix(line[m[0]:], "#") {
		return "", ecosystems.Span{File: at.File, Start: at.End, End: at.End}
	}
	text := strings.TrimRight(line[m[0]:m[1]], " \t\r")
	return text, ecosystems.Span{File: at.File, Start: at.End + m[0], End: at.End + m[0] + len(text)}
}

func (r *reader) trouble(at int, code, why string) {
	r.found = append(r.found, imagepin.TroubleAt(r.file, r.src, at, ecosystems.Reason{Code: code, Text: why}))
}
