package requirements

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/requirements/header"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// maxSources limits the files that one was compiled from.
const maxSources = 20

// compiled describes how pip-compile or uv made a file.
type compiled struct {
	header   header.Header
	limits   map[string][]limit // the requirements of the sources, by package
	unread   string             // why a source could not be read; "" if all were
	unlisted map[string]bool    // packages that the tool leaves out of the file

	pins   []ecosystems.Dependency  // exact pins in the sources, which move together with those of the file
	places map[ecosystems.Span]bool // the positions of pins
}

// holds reports whether a position is that of an exact pin in a source.
func (c *compiled) holds(at ecosystems.Span) bool { return c != nil && c.places[at] }

// A limit is one requirement of a source.
type limit struct {
	at      ecosystems.Span
	data    string // of the file, for where
	name    string // as written
	clauses pep440.Specifiers
	marker  pep508.Marker
	movable bool // Freshpin updates the source too, so its pin can move along
}

// where returns the place of a limit as FILE:LINE.
func (l limit) where() string { return lineOf([]byte(l.data), l.at) }

// readCompiled returns how a file was compiled, nil for a file that people write.
// The command in its header names its sources, or else the comments beside its
// lines do.
func readCompiled(repo fs.FS, file, data string) *compiled {
	h := header.Read(data)
	if h.Tool == "" {
		return nil
	}
	c := &compiled{header: h, limits: map[string][]limit{}, unlisted: h.Unlisted(), places: map[ecosystems.Span]bool{}}
	sources := h.Sources
	if len(sources) == 0 {
		sources = annotated(data) // the header may name a script that runs the tool
	}
	if len(sources) == 0 && h.Known {
		sources = []string{"requirements.in"} // pip-compile's own default
	}
	if len(sources) == 0 {
		c.unread = "its header does not name its source"
	}
	if h.Remote != "" {
		c.unread = fmt.Sprintf("its source %.100q is not in the repository", h.Remote)
	}
	for _, s := range sources[:min(len(sources), maxSources)] {
		c.source(repo, file, s)
	}
	return c
}

// source reads one source of a file and the files that it includes.
func (c *compiled) source(repo fs.FS, file, source string) {
	name, data, ok := find(repo, file, source, c.header.Output)
	switch base := path.Base(source); {
	case !ok:
		c.unread = cmp.Or(c.unread, fmt.Sprintf("its source %.100q is not in the repository", base))
		return
	case name == file:
		return // the pins of the file must not limit themselves
	case base == "pyproject.toml":
		c.project(name, data)
		return
	case strings.HasPrefix(base, "setup."):
		// setup.py is code, and setup.cfg may take its requirements from files.
		c.unread = cmp.Or(c.unread, fmt.Sprintf("its source %s is not read here", name))
		return
	}
	r := &reader{repo: repo, seen: map[string]bool{file: true}, follow: true}
	r.read(name, data, true, 0)
	texts := map[string]string{name: data}
	for _, d := range r.deps {
		own, _ := d.Own.(*detail)
		if own == nil || d.Package.Name == "" || len(own.clauses) == 0 {
			continue
		}
		at := d.At[0]
		if _, ok := texts[at.File]; !ok {
			texts[at.File], _ = readText(repo, at.File) // no error: the reader read it
		}
		l := limit{at: at, data: texts[at.File], name: d.Name, clauses: own.clauses, marker: own.marker, movable: match(at.File)}
		if !l.movable && !d.Pin.Version.IsZero() && d.Skip.IsZero() && !c.places[at] {
			// Freshpin updates no .in file by itself. Its exact pin would hold that of
			// the compiled file, so both move together.
			l.movable, c.places[at] = true, true
			c.pins = append(c.pins, d)
		}
		c.limits[d.Package.Name] = append(c.limits[d.Package.Name], l)
	}
}

// find finds a source. Names in a command are relative to the folder in which it
// ran. The name of its output determines that folder; without it, find takes the
// nearest folder from which the name leads to a file.
func find(repo fs.FS, file, source, output string) (name, data string, ok bool) {
	var bases []string
	if output = path.Clean(slashes(output)); output != "." && (file == output || strings.HasSuffix(file, "/"+output)) {
		bases = append(bases, path.Clean(strings.TrimSuffix(file, output)))
	}
	if path.IsAbs(source) {
		return "", "", false // a path of the machine on which the file was compiled
	}
	for _, base := range slices.AppendSeq(bases, ecosystems.Above(file)) {
		name := path.Join(base, slashes(source))
		if data, err := readText(repo, name); err == nil && unreadable(data).IsZero() {
			return name, data, true
		}
	}
	return "", "", false
}

// slashes returns a name that may have been written on Windows with slashes.
func slashes(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// annotated returns the sources that the comments of a compiled file name: "via -r requirements.in".
func annotated(data string) []string {
	var out []string
	for l := range strings.Lines(data) {
		_, comment, ok := strings.Cut(l, "#")
		if !ok || len(out) >= maxSources {
			continue
		}
		_, source, ok := strings.Cut(" "+comment, " -r ")
		source, _, _ = strings.Cut(strings.TrimSpace(source), ",")
		if ok && source != "" && !strings.ContainsAny(source, " :") && !slices.Contains(out, source) {
			out = append(out, source)
		}
	}
	return out
}

// notes returns the unknown limits of a line: sources and constraints that were not read.
func (d *detail) notes() []ecosystems.Note {
	if d == nil {
		return nil
	}
	var notes []ecosystems.Note
	if d.compiled != nil && d.compiled.unread != "" {
		notes = append(notes, ecosystems.Note{Code: ecosystems.Compiled, Text: "the file is compiled by " + d.compiled.header.Tool + ": its source has to admit the new version, too, but " + d.compiled.unread})
	}
	if len(d.unread) > 0 {
		notes = append(notes, ecosystems.Note{Code: ecosystems.Constraints, Text: fmt.Sprintf("the file is bound by the constraints of %.100q, which are not followed: whether they admit the new version is not known", d.unread[0])})
	}
	return notes
}

// Limit returns a function with the reason why a version is not allowed: a source
// of the compiled file does not admit it, or it is a development release and
// the pin is another pre-release. nil allows every version.
func (*Ecosystem) Limit(d ecosystems.Dependency) func(version.Version) string {
	sources := sourceLimit(d)
	if !d.Pin.Version.Pre || pep440.IsDevelopment(d.Pin.Version) {
		return sources
	}
	return func(v version.Version) string {
		switch {
		case pep440.IsDevelopment(v):
			return fmt.Sprintf("a development release, which %s is not", d.Pin.Version)
		case sources == nil:
			return ""
		}
		return sources(v)
	}
}

// sourceLimit returns a function with the reason why the sources of a compiled
// file do not admit a version; nil if they admit all. Movable lines are no
// limits, because their pins may move along (CheckSet).
func sourceLimit(d ecosystems.Dependency) func(version.Version) string {
	own, _ := d.Own.(*detail)
	if own == nil || own.compiled == nil {
		return nil
	}
	envs := pep508.Environments(d.Pin.Runtime)
	var limits []limit
	for _, l := range own.compiled.limits[d.Package.Name] {
		// A line for some environments does not limit the release for the others.
		if !l.movable && l.marker.Where(envs, nil) == pep508.Everywhere(len(envs)) {
			limits = append(limits, l)
		}
	}
	if len(limits) == 0 {
		return nil
	}
	return func(v version.Version) string {
		n := slices.IndexFunc(limits, func(l limit) bool { return !l.clauses.Contains(v, true) })
		if n < 0 {
			return ""
		}
		l := limits[n]
		return fmt.Sprintf("%s admits %s%s only", l.where(), l.name, l.clauses)
	}
}
