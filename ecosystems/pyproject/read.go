package pyproject

import (
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/internal/tomltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/requirements"
)

// A reader walks over one file.
type reader struct {
	pip   *requirements.Ecosystem
	file  string
	src   string
	found []ecosystems.Dependency

	main    string   // the index that the file names instead of the operator's default
	further []string // the additional indexes that it names
	index   *index   // the index whose table is being read
	indexes []*index
	sources map[string]ecosystems.Reason // by name: why a package does not come from an index
	free    map[int]bool                 // the indexes in found of requirements that no lock holds
}

// An index is a table of tool.uv.index, tool.poetry.source or tool.pdm.source.
type index struct {
	url      string
	main     bool // it replaces PyPI
	explicit bool // it serves only packages that name it
}

// read reads all tables and values of the file.
func (r *reader) read() {
	at, err := tomltext.Visit(r.src, r.opens, r.value)
	switch {
	case errors.Is(err, tomltext.ErrDepth):
		r.trouble(at, ecosystems.Limit, err.Error())
		return
	case err != nil: // what stands before is still shown
		r.trouble(at, ecosystems.Malformed, err.Error())
	}
	for _, x := range r.indexes {
		switch {
		case x.url == "" || x.explicit:
		case x.main && r.main == "":
			r.main = x.url
		default:
			r.further = append(r.further, x.url)
		}
	}
}

// value reads a value; path is the path of its keys.
func (r *reader) value(path []string, n *unstable.Node) {
	switch n.Kind {
	case unstable.String:
		start, end, plain := tomltext.Inside(r.src, n)
		r.text(path, string(n.Data), span{ecosystems.Span{File: r.file, Start: start, End: end}, plain})
	case unstable.Bool:
		r.flag(path, string(n.Data) == "true")
	}
}

// A span is the position of a text, and whether the file has it letter for letter.
type span struct {
	at    ecosystems.Span
	plain bool
}

// requirementLists are the paths of lists of requirements (PEP 508).
var requirementLists = lazyregexp.New(`^(?:project dependencies|project optional-dependencies [^ ]+|dependency-groups [^ ]+|build-system requires|` +
	`tool uv (?:dev-dependencies|constraint-dependencies|override-dependencies|build-constraint-dependencies)|tool pdm dev-dependencies [^ ]+|` +
	`tool hatch envs [^ ]+ (?:dependencies|extra-dependencies)|tool hatch build (?:targets [^ ]+ )?dependencies) \[\]$`)

// unlockedLists are the requirement lists that no lock holds.
var unlockedLists = lazyregexp.New(`^(?:build-system|tool hatch) `)

// poetryKeys are the paths of constraints of Poetry.
var poetryKeys = lazyregexp.New(`^tool poetry (?:dependencies|dev-dependencies|group [^ ]+ dependencies) ([^ ]+)( version)?(?: \[\] version)?$`)

// uvSource matches the paths of the keys of a source: one table for a package, or several in a list.
var uvSource = lazyregexp.New(`^tool uv sources [^ ]+ (?:\[\] )?[^ ]+$`)

// text reads a string.
func (r *reader) text(path []string, text string, at span) {
	joined := strings.Join(path, " ")
	switch m := poetryKeys.FindStringSubmatch(joined); {
	case requirementLists.MatchString(joined):
		r.requirement(text, at)
		if unlockedLists.MatchString(joined) { // these move although there is a lock
			r.free[len(r.found)-1] = true
		}
	case m != nil && m[1] != "python":
		r.constraint(m[1], text, at)
	case uvSource.MatchString(joined):
		r.source(path[3], path[len(path)-1])
	}
	r.indexText(joined, text)
}

// requirement adds the requirement in a string.
func (r *reader) requirement(text string, at span) {
	if !at.plain {
		r.add(r.unread(text, at.at, ecosystems.Unsupported, "the requirement is written with escapes or over several lines"))
		return
	}
	r.add(r.pip.Inline(r.src, at.at))
}

func (r *reader) unread(name string, at ecosystems.Span, code, why string) ecosystems.Dependency {
	name, _, _ = strings.Cut(strings.TrimSpace(name), "\n")
	return ecosystems.Dependency{
		Name: strings.ToValidUTF8(name[:min(len(name), 60)], ""), At: []ecosystems.Span{at}, Direct: true, Skip: ecosystems.Reason{Code: code, Text: why},
	}
}

func (r *reader) add(d ecosystems.Dependency) {
	d.Ignored = d.Ignored || r.ignored(d.At[0].Start)
	r.found = append(r.found, d)
}

// ignored reports whether a comment on the line of an offset, or alone on the
// line above, tells Freshpin to ignore it.
func (r *reader) ignored(at int) bool {
	line, _, _ := strings.Cut(r.src[at:], "\n")
	if n := strings.IndexByte(line, '#'); n >= 0 && ecosystems.Ignores(line[n:]) {
		return true
	}
	start := strings.LastIndexByte(r.src[:at], '\n') + 1
	if start == 0 {
		return false // no line above
	}
	above := strings.TrimSpace(r.src[strings.LastIndexByte(r.src[:start-1], '\n')+1 : start-1])
	return strings.HasPrefix(above, "#") && ecosystems.Ignores(above)
}

// source records that a package does not come from an index: key says from where.
func (r *reader) source(name, key string) {
	switch key {
	case "git", "url":
		r.sources[pypi.Normal(name)] = ecosystems.Reason{Code: ecosystems.URL, Text: "tool.uv.sources takes it from an address, not from an index"}
	case "path":
		r.sources[pypi.Normal(name)] = ecosystems.Reason{Code: ecosystems.Path, Text: "tool.uv.sources takes it from a folder"}
	case "index":
		r.sources[pypi.Normal(name)] = ecosystems.Reason{Code: ecosystems.IndexNotAllowed, Text: "tool.uv.sources takes it from an index of its own, which is not asked"}
	}
}

// flag reads a boolean.
func (r *reader) flag(path []string, on bool) {
	joined := strings.Join(path, " ")
	switch {
	case on && uvSource.MatchString(joined) && path[len(path)-1] == "workspace":
		r.sources[pypi.Normal(path[3])] = ecosystems.Reason{Code: ecosystems.Path, Text: "a member of the workspace"}
	case on && r.index != nil && joined == "tool uv index default":
		r.index.main = true
	case on && r.index != nil && joined == "tool uv index explicit":
		r.index.explicit = true
	}
}

// opens records that a table begins. A table of an index begins a new index.
func (r *reader) opens(table []string) {
	r.index = nil
	switch strings.TrimSuffix(strings.Join(table, " "), " []") {
	case "tool uv index", "tool poetry source", "tool pdm source":
		r.index = &index{}
		r.indexes = append(r.indexes, r.index)
	}
}

// indexText reads a key of an index table, or one of uv's older index settings.
func (r *reader) indexText(path, text string) {
	switch path := strings.Replace(path, " [] ", " ", 1); {
	case path == "tool uv index-url":
		r.main = text
	case path == "tool uv extra-index-url []":
		r.further = append(r.further, text)
	case r.index == nil:
	case strings.HasSuffix(path, " url"):
		r.index.url = text
	case path == "tool poetry source priority":
		r.index.main, r.index.explicit = text == "default" || text == "primary", text == "explicit"
	case path == "tool pdm source name":
		r.index.main = text == "pypi"
	}
}

// sourced skips the dependencies that do not come from an index.
func (r *reader) sourced() {
	for n, d := range r.found {
		if why, ok := r.sources[pypi.Normal(d.Name)]; ok && d.Skip.IsLookup() {
			r.found[n].Skip = why
		}
	}
}

func (r *reader) trouble(at int, code, why string) {
	at = strings.LastIndexByte(r.src[:at], '\n') + 1
	line, _, _ := strings.Cut(r.src[at:min(len(r.src), at+4096)], "\n")
	line = strings.TrimRight(line, " \t\r")
	r.found = append(r.found, r.unread(line, ecosystems.Span{File: r.file, Start: at, End: at + len(line)}, code, why))
	if last := &r.found[len(r.found)-1]; last.Name == "" {
		last.Name = "pyproject.toml"
	}
}
