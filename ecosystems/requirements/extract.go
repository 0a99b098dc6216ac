package requirements

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/requirements/lines"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/requirements/python"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// The limits of includes.
const (
	maxDepth    = 10
	maxIncludes = 100
	maxInclude  = 1 << 20 // bytes of an included file
)

// Extract reads a file and the included files that Match does not report: the
// others are read on their own. It uses the index options of all included files,
// because pip applies them to everything that it reads in one run.
func (e *Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	r, err := e.load(repo, file)
	if err != nil {
		return nil, err
	}
	return r.deps, nil
}

// load does the work of Extract and returns the reader with all results.
func (e *Ecosystem) load(repo fs.FS, file string) (*reader, error) {
	data, err := fs.ReadFile(repo, file)
	if err != nil {
		return nil, err
	}
	r := &reader{repo: repo, seen: map[string]bool{}}
	r.compiled = readCompiled(repo, file, string(data))
	r.read(file, string(data), true, 0)
	if r.excess {
		return nil, ecosystems.ErrTooManyPins
	}
	if r.compiled != nil {
		r.deps = append(r.deps, r.compiled.pins...)
	}
	r.indexes.join(includers(repo, file))
	if len(r.deps) > 0 { // the lookup reads files in all folders above
		r.runtime = r.compiled.of(python.Of(repo, file, e.python))
	}
	e.applyProject(r.deps, r.runtime, r.indexes)
	return r, nil
}

// applyProject sets the Python of a project and the indexes of a file in its dependencies.
func (e *Ecosystem) applyProject(deps []ecosystems.Dependency, runtime python.Project, x indexes) {
	key, skip := e.indexKey(x)
	for i := range deps {
		d := &deps[i]
		d.Pin.Runtime = runtime.Version
		if own, _ := d.Own.(*detail); own != nil {
			own.floor, own.unread = runtime.Floor, x.unread
		}
		if d.Package.Kind == pypi.Word {
			d.Package.Index = e.source.KeyFor(key, d.Pin.Version.Track)
		}
		if !skip.IsZero() && d.Skip.IsLookup() {
			d.Skip = skip
		}
	}
}

// A reader reads one file and what it includes.
type reader struct {
	repo    fs.FS
	deps    []ecosystems.Dependency
	indexes indexes
	seen    map[string]bool
	excess  bool // the file has too many pins

	follow   bool           // also read the dependencies of included files that Match reports
	matched  []string       // the included files that Match reports
	hashed   bool           // some line has hashes, or an option requires them
	compiled *compiled      // how the file was compiled; nil for a file that people write
	runtime  python.Project // the Python that the file is for
}

// read reads one file. If collect is false, it reads only the options.
func (r *reader) read(file, data string, collect bool, depth int) {
	r.seen[file] = true
	if why := unreadable(data); !why.IsZero() {
		if collect {
			r.deps = append(r.deps, ecosystems.Dependency{Name: path.Base(file), At: []ecosystems.Span{{File: file}}, Skip: why, Direct: true})
		}
		return
	}
	f := &manifest{reader: r, file: file, data: data, collect: collect, depth: depth}
	if r.excess = r.excess || strings.Count(data, "\n") > linesOfPin*ecosystems.MostPins; r.excess {
		return
	}
	for _, l := range lines.Logical(data) {
		if r.excess = len(r.deps) > ecosystems.MostPins; r.excess {
			return
		}
		f.line(l)
	}
}

// linesOfPin is how many lines a pin may have on average: each hash takes one.
const linesOfPin = 10

// unreadable returns why the encoding of a text cannot be edited; the zero Reason if it can.
func unreadable(data string) ecosystems.Reason {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff", "\x00\x00\xfe\xff"} {
		if strings.HasPrefix(data, mark) {
			return ecosystems.Reason{Code: ecosystems.Unsupported, Text: "the file is in UTF-16 or UTF-32; only UTF-8 is edited"}
		}
	}
	if strings.Contains(data, "\x00") {
		return ecosystems.Reason{Code: ecosystems.Malformed, Text: "not a text file"}
	}
	return ecosystems.Reason{}
}

// A manifest is one file while a reader reads it.
type manifest struct {
	*reader
	file    string
	data    string
	collect bool
	depth   int
}

// line reads one logical line: a requirement with options, or only options.
func (f *manifest) line(l *lines.Line) {
	end := optionsAt(l.Text)
	options, err := lines.Options(l.Text, end)
	if err != nil {
		f.malformed(l, err)
	}
	switch {
	case err == nil && end > 0:
		f.requirement(l, end, options)
		return
	case end > 0:
		return
	// The line may name a private index. Looking the packages up elsewhere would
	// send their names to other servers.
	case err != nil && strings.Contains(l.Text, "://"):
		f.indexes.unreadable = true
	}
	for _, o := range options {
		f.option(l, o)
	}
}

// optionsAt returns the offset of a line's options: the first word that begins with a hyphen (pip's break_args_options).
func optionsAt(text string) int {
	for i := range len(text) {
		if text[i] == '-' && (i == 0 || strings.IndexByte(pep508.Space, text[i-1]) >= 0) {
			return i
		}
	}
	return len(text)
}

func (f *manifest) add(d ecosystems.Dependency) {
	if f.collect {
		d.Direct = true
		f.deps = append(f.deps, d)
	}
}

func (f *manifest) span(l *lines.Line, start, end int) ecosystems.Span {
	from, to := l.Span(start, end)
	return ecosystems.Span{File: f.file, Start: from, End: to}
}

// malformed adds a malformed line. Its name leaves out parts that may be secret.
func (f *manifest) malformed(l *lines.Line, err error) {
	d := ecosystems.Dependency{Name: l.Text, At: []ecosystems.Span{f.span(l, 0, len(l.Text))}, Ignored: l.Ignored()}
	d.Name, _, _ = strings.Cut(d.Name, " ")
	if strings.Contains(d.Name, "://") || strings.HasPrefix(d.Name, "-") {
		d.Name, _, _ = strings.Cut(pep508.LastElement(d.Name), "=")
	}
	d.Skip = ecosystems.Reason{Code: ecosystems.Malformed, Text: err.Error()}
	switch {
	case variable.MatchString(l.Text):
		d.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: "put together from environment variables"}
	case templatePattern.MatchString(l.Text):
		d.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: "a line of a template, which another program fills in before pip reads it"}
		if !strings.Contains(l.Text, "://") {
			d.Name = l.Text
		}
	}
	d.Name = strings.ToValidUTF8(d.Name[:min(len(d.Name), 60)], "")
	f.add(d)
}

// variable matches what pip replaces by an environment variable: upper case, in braces.
var variable = lazyregexp.New(`\$\{[A-Z0-9_]+\}`)

// templatePattern matches placeholders of template languages: Jinja, ERB and
// Mako, the @NAME@ of configure and CMake, $NAME.
var templatePattern = lazyregexp.New(`\{\{|\}\}|\{%|%\}|\{#|#\}|<%|%>|^%%? ?\w|@[A-Za-z][A-Za-z0-9_.]*@|\$\{?[A-Za-z_(]|\b__[A-Z][A-Z0-9_]*__\b|%\([a-z_]+\)s`)

func (f *manifest) option(l *lines.Line, o lines.Option) {
	switch o.Name {
	case "requirement", "constraint":
		f.include(l, o)
	case "editable":
		skip := pep508.Elsewhere(o.Value)
		if skip.IsZero() {
			skip = ecosystems.Reason{Code: ecosystems.Path, Text: "a local path"}
			if strings.Contains(o.Value, "@") && strings.Contains(o.Value, "://") {
				skip = ecosystems.Reason{Code: ecosystems.URL, Text: "an editable direct reference"}
			}
		}
		f.add(ecosystems.Dependency{Name: pep508.LastElement(o.Value), At: []ecosystems.Span{f.span(l, o.Start, o.End)}, Skip: skip, Ignored: l.Ignored()})
	case "require-hashes":
		f.hashed = true
	default:
		f.indexes.option(o)
	}
}

// include follows -r and -c inside the repository. From a file that Match
// reports, it reads only the options.
func (f *manifest) include(l *lines.Line, o lines.Option) {
	target, ok := inside(f.file, o.Value)
	lost := func(code, why string) {
		if o.Name == "constraint" {
			f.indexes.unread = append(f.indexes.unread, pep508.LastElement(o.Value))
		}
		f.add(ecosystems.Dependency{Name: pep508.LastElement(o.Value), At: []ecosystems.Span{f.span(l, o.Start, o.End)}, Skip: ecosystems.Reason{Code: code, Text: why}})
	}
	switch {
	case strings.Contains(o.Value, "${"):
		lost(ecosystems.Variable, "the included file is named by a variable")
		return
	case strings.Contains(o.Value, "://"):
		lost(ecosystems.URL, "an included file is followed inside the repository only")
		return
	case !ok:
		lost(ecosystems.Path, "the included file lies outside the repository")
		return
	case f.seen[target]:
		return
	case f.depth >= maxDepth || len(f.seen) >= maxIncludes:
		lost(ecosystems.Unsupported, "included files are nested too deeply, or too many")
		return
	}
	data, err := readText(f.repo, target)
	switch {
	case errors.Is(err, errNoText):
		lost(ecosystems.Path, err.Error())
		return
	case err != nil:
		lost(ecosystems.Path, "the included file is not readable")
		return
	}
	if match(target) {
		f.matched = append(f.matched, target)
	}
	f.read(target, data, f.collect && (f.follow || !match(target)), f.depth+1)
}

var errNoText = errors.New("the included file is not in the repository, or too large")

// readText reads a file that another one names. The error is errNoText for one that is
// missing, too large or a folder.
func readText(repo fs.FS, name string) (string, error) {
	info, err := fs.Stat(repo, name)
	if err != nil || info.IsDir() || info.Size() > maxInclude {
		return "", errNoText
	}
	data, err := fs.ReadFile(repo, name)
	return string(data), err
}

// requirement adds the dependency of a line.
func (f *manifest) requirement(l *lines.Line, end int, options []lines.Option) {
	r, err := pep508.Parse(l.Text, end)
	if err != nil {
		f.malformed(l, err)
		return
	}
	d := ecosystems.Dependency{
		Name: r.Name, Skip: r.Skip, Ignored: l.Ignored(),
		At: []ecosystems.Span{f.span(l, 0, r.NameEnd)},
	}
	if d.Skip.Code != ecosystems.URL && d.Skip.Code != ecosystems.Path {
		d.Package = ecosystems.Package{Kind: pypi.Word, Name: pypi.Normal(r.Name)}
	}
	if r.SpecEnd > r.SpecStart {
		d.At[0] = f.span(l, r.SpecStart, r.SpecEnd)
		d.Pin.Text = l.Text[r.SpecStart:r.SpecEnd]
	}
	pin(&d, r)
	d.Own = f.detail(l, r, options)
	f.add(d)
}

// pin sets the pin of a dependency from the specifiers.
func pin(d *ecosystems.Dependency, r pep508.Requirement) {
	s := r.Specifiers
	if !d.Skip.IsZero() {
		return
	}
	if len(s) == 0 {
		d.Skip = ecosystems.Reason{Code: ecosystems.Unpinned, Text: "no version is written"}
		return
	}
	d.Pin.Excludes = excludes(s)
	for _, c := range s {
		if c.Operator == "===" && c.Version.IsZero() {
			d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: fmt.Sprintf("%s is not a version of PEP 440", c.Text)}
			return
		}
	}
	if v, ok := s.Exact(); ok {
		d.Pin.Version = v
		return
	}
	d.Pin.Admits = func(v version.Version) bool { return s.Contains(v, true) }
}

// excludes returns a function that reports whether a != clause excludes a version; nil if there is none.
func excludes(s pep440.Specifiers) func(version.Version) bool {
	not := slices.DeleteFunc(slices.Clone(s), func(c pep440.Clause) bool { return c.Operator != "!=" })
	if len(not) == 0 {
		return nil
	}
	return func(v version.Version) bool { return !not.Contains(v, true) }
}
