// Package compose reads and edits the images of Compose files: services,
// fragments behind anchors and merge keys, Dockerfiles written inline, with the
// variables and the .env file that they are put together from.
//
// The YAML parser is asked for positions only, and nothing is ever printed
// again. Files that include and extends name are followed inside the repository.
// What an image reference or a pin is, is known to the packages imageref and imagepin.
package compose

import (
	"io/fs"
	"path"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "compose"

// An Ecosystem reads and edits Compose files. It implements ecosystems.Ecosystem,
// ecosystems.Dater and ecosystems.Describer.
type Ecosystem struct {
	imagepin.Lookup
}

// New returns the ecosystem, which asks images about what is published.
func New(images imagepin.Images) *Ecosystem {
	return &Ecosystem{imagepin.Lookup{Images: images}}
}

// Info says what a Compose file is.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "compose files", Kinds: []ecosystems.Kind{imagepin.Kind()}, Beside: []string{".env*"},
		Dependabot: []string{"docker-compose"}, Renovate: []string{"docker-compose", "docker"},
	}
}

// fileName is (docker-)compose, with words before it and behind it that hyphens, dots or underscores part from it.
var fileName = lazyregexp.New(`(?i)^(?:.*[-_.])?(?:docker)?compose(?:[-_.0-9].*)?\.ya?ml$`)

// Match reports whether a file is a Compose file by its name: compose.yaml,
// docker-compose.dev.yml, ops-compose.yml.
func (*Ecosystem) Match(file string) bool { return fileName.MatchString(path.Base(file)) }

// Extract reads a Compose file and the .env that Compose reads with it. The files that
// it includes and extends are read by themselves (Follow); what is not followed
// has its reason.
func (e *Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, why, err := imagepin.Load(repo, file)
	if err != nil {
		return nil, err
	}
	if !why.IsZero() {
		return []ecosystems.Dependency{imagepin.Trouble(Name, path.Base(file), ecosystems.Span{File: file}, why)}, nil
	}
	r := e.reader(repo, file, src)
	r.read()
	r.unfollowed()
	return imagepin.Settle(file, r.found), nil
}

func (e *Ecosystem) reader(repo fs.FS, file, src string) *reader {
	return newReader(repo, file, src, e.environment(repo, file))
}

// open reads the structure of a Compose file; nil where it cannot be read.
func (e *Ecosystem) open(repo fs.FS, file string) *reader {
	src, why, err := imagepin.Load(repo, file)
	if err != nil || !why.IsZero() {
		return nil
	}
	r := e.reader(repo, file, src)
	r.read()
	return r
}
