package requirements

import (
	"io/fs"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
)

// Inline reads a requirement of PEP 508 that stands letter for letter in a file
// of another kind, such as pyproject.toml. Edit, Pins and Runs take what it returns.
func (*Ecosystem) Inline(data string, at ecosystems.Span) ecosystems.Dependency {
	text := data[at.Start:at.End]
	start := at.Start + len(text) - len(strings.TrimLeft(text, space))
	text = strings.Trim(text, space)
	f := &manifest{reader: &reader{}, file: at.File, data: data, collect: true}
	f.requirement(&line{text: text, parts: []segment{{0, start}}}, len(text), nil)
	return f.deps[0]
}

// Govern gives the dependencies of such a file the Python of its project, and
// the indexes that it names: main in place of the operator's own, "" for none,
// and further ones.
func (e *Ecosystem) Govern(repo fs.FS, file string, deps []ecosystems.Dependency, main string, further []string) {
	key, skip := e.govern(indexes{main: main, extra: further})
	runtime := e.runtime(repo, file)
	for n := range deps {
		d := &deps[n]
		d.Pin.Runtime = runtime.python
		if own, _ := d.Own.(*detail); own != nil {
			own.floor = runtime.floor
		}
		if d.Package.Kind == pypi.Word {
			d.Package.Index = e.source.KeyFor(key, d.Pin.Version.Track)
		}
		if !skip.IsZero() && d.Skip.IsLookup() {
			d.Skip = skip
		}
	}
}

// Moved returns the text of a version as a bound of that many numbers: 3.1 of
// 3.1.4 and two.
func Moved(numbers []uint64, count int) []uint64 { return fit(numbers, count) }
