package requirements

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/internal/tomltext"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// project reads the dependencies of a pyproject.toml (PEP 621), including those
// of the extras that the file was compiled with.
func (c *compiled) project(file, data string) {
	found, static := projectTexts(data)
	if !static {
		c.unread = cmp.Or(c.unread, fmt.Sprintf("its source %s has no dependencies that can be read", file))
		return
	}
	for _, t := range found {
		if t.extra != "" && !c.header.All && !slices.Contains(c.header.Extras, t.extra) {
			continue
		}
		r, err := pep508.Parse(t.text, len(t.text))
		if err != nil || !r.Skip.IsZero() || len(r.Specifiers) == 0 {
			continue
		}
		name := pypi.Normal(r.Name)
		at := ecosystems.Span{File: file, Start: t.start, End: t.end}
		c.limits[name] = append(c.limits[name], limit{at: at, data: data, name: r.Name, clauses: r.Specifiers, marker: r.Marker})
	}
}

// A projectText is one dependency of a project, as written.
type projectText struct {
	text       string
	start, end int    // its place in the file
	extra      string // the extra that it belongs to, in the form of PEP 685; "" for none
}

// projectTexts returns the dependencies in a pyproject.toml. static is false if it
// lists none: another program computes them, or they are in another table.
func projectTexts(data string) (found []projectText, static bool) {
	dynamic := false
	_, err := tomltext.Visit(data, nil, func(path []string, n *unstable.Node) {
		if path[0] != "project" {
			return
		}
		extra := ""
		switch key := strings.Join(path[1:], " "); {
		case key == "dynamic []":
			dynamic = dynamic || string(n.Data) == "dependencies"
			return
		case key == "dependencies []":
		case len(path) == 4 && path[1] == "optional-dependencies" && path[3] == "[]":
			extra = pypi.Normal(path[2])
		default:
			return
		}
		start, end, _ := tomltext.Inside(data, n)
		found = append(found, projectText{string(n.Data), start, end, extra})
	})
	return found, err == nil && !dynamic && len(found) > 0
}
