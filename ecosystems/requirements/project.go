package requirements

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/requirements/lines"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// project reads the dependencies of a pyproject.toml (PEP 621), including those
// of the extras that the file was compiled with.
func (c *compiled) project(file, data string, h header) {
	tables := readProject(data)
	if !tables.static {
		c.unread = cmp.Or(c.unread, fmt.Sprintf("its source %s has no dependencies that can be read", file))
		return
	}
	for _, t := range tables.texts {
		if t.extra != "" && !h.all && !slices.ContainsFunc(h.extras, func(x string) bool { return pypi.Normal(strings.TrimSpace(x)) == t.extra }) {
			continue
		}
		r, err := pep508.Parse(t.text, len(t.text))
		if err != nil || !r.Skip.IsZero() || len(r.Specifiers) == 0 {
			continue
		}
		m, _ := pep508.ParseMarker(r.Marker) // no error: parseRequirement checked it
		name := pypi.Normal(r.Name)
		c.limits[name] = append(c.limits[name], limit{file: file, data: data, at: t.at, end: t.at + len(t.text), name: r.Name, clauses: r.Specifiers, marker: m})
	}
}

// A project holds the dependencies of a pyproject.toml.
type project struct {
	static bool // [project] lists its dependencies; they are not dynamic
	texts  []projectText
}

// A projectText is one dependency, as written.
type projectText struct {
	text  string
	at    int    // its offset in the file
	extra string // the extra that it belongs to; "" for all
}

// readProject finds the arrays of [project] and [project.optional-dependencies]
// by their usual layout: a key at the beginning of a line, and strings up to the
// closing bracket. It does not find arrays in another layout.
func readProject(data string) project {
	p := project{static: true}
	section, hasDependencies, hasProject := "", false, false
	for at := 0; at < len(data); {
		end, next := lines.End(data, at)
		l := strings.TrimSpace(data[at:end])
		start := at
		if at = next; strings.HasPrefix(l, "[") {
			section, _, _ = strings.Cut(strings.Trim(l, "["), "]")
			section = strings.ReplaceAll(section, " ", "")
			hasProject = hasProject || section == "project"
			continue
		}
		key, value, ok := strings.Cut(l, "=")
		key = strings.Trim(strings.TrimSpace(key), `"'`)
		extra := section == "project.optional-dependencies"
		switch {
		case !ok:
		case section == "project" && key == "dynamic" && strings.Contains(value, `"dependencies"`):
			p.static = false
		case section == "project" && key == "dependencies" || extra:
			hasDependencies = hasDependencies || !extra
			name := ""
			if extra {
				name = pypi.Normal(key)
			}
			from := start + strings.IndexByte(data[start:], '=') + 1
			at = max(at, p.array(data, from, name))
		}
	}
	p.static = p.static && hasProject && (hasDependencies || len(p.texts) > 0)
	return p
}

// array reads the strings of an array and returns the offset of its end.
func (p *project) array(data string, from int, extra string) int {
	for i := from; i < len(data); i++ {
		switch c := data[i]; c {
		case ']':
			return i + 1
		case '#':
			_, next := lines.End(data, i)
			i = max(i, next-1)
		case '"', '\'':
			end := strings.IndexByte(data[i+1:], c)
			if end < 0 {
				return len(data)
			}
			p.texts = append(p.texts, projectText{data[i+1 : i+1+end], i + 1, extra})
			i += end + 1
		}
	}
	return len(data)
}
