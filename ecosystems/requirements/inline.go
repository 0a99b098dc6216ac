package requirements

import (
	"io/fs"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/requirements/lines"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/requirements/python"
)

// Inline parses a requirement (PEP 508) at a span of another kind of file, such
// as pyproject.toml. Edit, Pins and Runs accept the returned dependency.
func (*Ecosystem) Inline(data string, at ecosystems.Span) ecosystems.Dependency {
	text := data[at.Start:at.End]
	start := at.Start + len(text) - len(strings.TrimLeft(text, pep508.Space))
	text = strings.Trim(text, pep508.Space)
	f := &manifest{reader: &reader{}, file: at.File, data: data, collect: true}
	f.requirement(lines.One(text, start), len(text), nil)
	return f.deps[0]
}

// ApplyProject sets the Python of the project and the indexes of dependencies that
// Inline returned for a file. main replaces the operator's default index, "" does
// not; further are additional indexes.
func (e *Ecosystem) ApplyProject(repo fs.FS, file string, deps []ecosystems.Dependency, main string, further []string) {
	e.applyProject(deps, python.Of(repo, file, e.python), indexes{main: main, extra: further})
}
