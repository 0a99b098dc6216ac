package pyproject

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/requirements"
)

// A reader walks over one file.
type reader struct {
	pip   *requirements.Ecosystem
	file  string
	src   string
	found []ecosystems.Dependency

	main    string   // the index that the file names in place of the operator's own
	further []string // those that it names besides
	index   *index   // the one whose table is being read
	indexes []*index
	sources map[string]ecosystems.Reason // where a name comes from instead of an index
}

// An index is a table of tool.uv.index, tool.poetry.source or tool.pdm.source.
type index struct {
	url      string
	main     bool // it stands in for PyPI
	explicit bool // it serves only what names it
}

// maxDepth is how deep values may stand inside of others.
const maxDepth = 100

// read walks over the expressions of the file: tables, and keys with values.
func (r *reader) read() {
	text := r.src
	if rest, ok := strings.CutPrefix(text, "\uFEFF"); ok {
		text = "   " + rest // of the same length
	}
	if at := deep(text); at >= 0 {
		r.trouble(at, ecosystems.Limit, fmt.Sprintf("values are nested more than %d deep", maxDepth))
		return
	}
	p := unstable.Parser{}
	p.Reset([]byte(text))
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = keys(e.Key())
			r.opens(table)
		case unstable.KeyValue:
			r.value(&p, append(table[:len(table):len(table)], keys(e.Key())...), e.Value())
		}
	}
	if err := p.Error(); err != nil {
		r.malformed(&p, err)
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

// deep returns where brackets are nested too deep, -1 for nowhere; those in strings count too.
func deep(text string) int {
	depth := 0
	for n := range len(text) {
		switch text[n] {
		case '{', '[':
			if depth++; depth > maxDepth {
				return n
			}
		case '}', ']':
			depth = max(depth-1, 0)
		}
	}
	return -1
}

func keys(it unstable.Iterator) (list []string) {
	for it.Next() {
		list = append(list, string(it.Node().Data))
	}
	return list
}

// value reads a value below a path of keys; an element of a list has the key "[]".
func (r *reader) value(p *unstable.Parser, path []string, n *unstable.Node) {
	switch n.Kind {
	case unstable.Array:
		for it := n.Children(); it.Next(); {
			r.value(p, append(path[:len(path):len(path)], "[]"), it.Node())
		}
	case unstable.InlineTable:
		r.opens(path)
		for it := n.Children(); it.Next(); {
			kv := it.Node()
			r.value(p, append(path[:len(path):len(path)], keys(kv.Key())...), kv.Value())
		}
	case unstable.String:
		r.text(path, string(n.Data), r.inside(n))
	case unstable.Bool:
		r.flag(path, string(n.Data) == "true")
	}
}

// inside returns where the text of a string stands, without its quotes; false
// where it stands otherwise in the file, with escapes.
func (r *reader) inside(n *unstable.Node) span {
	start, end := int(n.Raw.Offset), int(n.Raw.Offset+n.Raw.Length)
	text := string(n.Data)
	if start < 0 || end > len(r.src) || start > end {
		return span{}
	}
	raw := r.src[start:end]
	at := ecosystems.Span{File: r.file, Start: start, End: end}
	if n := len(raw) - len(text); n == 2 && raw[1:len(raw)-1] == text {
		at.Start, at.End = start+1, end-1
		return span{at, true}
	}
	return span{at, raw == text}
}

// A span is where a text stands, and whether it does so letter for letter.
type span struct {
	at    ecosystems.Span
	plain bool
}

// requirementLists are the paths of lists of requirements (PEP 508).
var requirementLists = regexp.MustCompile(`^(?:project dependencies|project optional-dependencies [^ ]+|dependency-groups [^ ]+|build-system requires|` +
	`tool uv (?:dev-dependencies|constraint-dependencies|override-dependencies|build-constraint-dependencies)|tool pdm dev-dependencies [^ ]+|` +
	`tool hatch envs [^ ]+ (?:dependencies|extra-dependencies)|tool hatch build (?:targets [^ ]+ )?dependencies) \[\]$`)

// poetryKeys are the paths of constraints of Poetry.
var poetryKeys = regexp.MustCompile(`^tool poetry (?:dependencies|dev-dependencies|group [^ ]+ dependencies) ([^ ]+)( version)?(?: \[\] version)?$`)

// text reads a string.
func (r *reader) text(path []string, text string, at span) {
	joined := strings.Join(path, " ")
	switch m := poetryKeys.FindStringSubmatch(joined); {
	case requirementLists.MatchString(joined):
		r.requirement(text, at)
	case m != nil && m[1] != "python":
		r.constraint(m[1], text, at)
	case len(path) == 5 && strings.HasPrefix(joined, "tool uv sources "), len(path) == 6 && strings.HasPrefix(joined, "tool uv sources ") && path[4] == "[]":
		r.source(path[3], path[len(path)-1])
	}
	r.indexText(joined, text)
}

// requirement adds a requirement that stands in a string.
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

// ignored reports whether a comment on the line of an offset, or alone on the line above, says so.
func (r *reader) ignored(at int) bool {
	line, _, _ := strings.Cut(r.src[at:], "\n")
	if n := strings.IndexByte(line, '#'); n >= 0 && ecosystems.Ignores(line[n:]) {
		return true
	}
	start := strings.LastIndexByte(r.src[:at], '\n') + 1
	if start == 0 {
		return false
	}
	above := strings.TrimSpace(r.src[strings.LastIndexByte(r.src[:start-1], '\n')+1 : start-1])
	return strings.HasPrefix(above, "#") && ecosystems.Ignores(above)
}

// source notes that a name comes from elsewhere: a key of its table says from where.
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

// flag reads true and false.
func (r *reader) flag(path []string, on bool) {
	joined := strings.Join(path, " ")
	switch {
	case on && len(path) == 5 && strings.HasPrefix(joined, "tool uv sources ") && path[4] == "workspace":
		r.sources[pypi.Normal(path[3])] = ecosystems.Reason{Code: ecosystems.Path, Text: "a member of the workspace"}
	case on && r.index != nil && joined == "tool uv index default":
		r.index.main = true
	case on && r.index != nil && joined == "tool uv index explicit":
		r.index.explicit = true
	}
}

// opens notes that a table begins: one of an index is a new one.
func (r *reader) opens(table []string) {
	r.index = nil
	switch strings.TrimSuffix(strings.Join(table, " "), " []") {
	case "tool uv index", "tool poetry source", "tool pdm source":
		r.index = &index{}
		r.indexes = append(r.indexes, r.index)
	}
}

// indexText reads what the table of an index says, and the older keys of uv.
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

// sourced skips what comes from elsewhere.
func (r *reader) sourced() {
	for n, d := range r.found {
		if why, ok := r.sources[pypi.Normal(d.Name)]; ok && d.Skip.IsLookup() {
			r.found[n].Skip = why
		}
	}
}

// malformed tells where the file cannot be read; what stands before is kept.
func (r *reader) malformed(p *unstable.Parser, err error) {
	at := 0
	var e *unstable.ParserError
	if errors.As(err, &e) {
		if len(e.Highlight) > 0 {
			at = min(int(p.Range(e.Highlight).Offset), len(r.src))
		} else {
			at = len(r.src)
		}
		err = errors.New(e.Message)
	}
	r.trouble(at, ecosystems.Malformed, "not readable as TOML: "+err.Error())
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
