package requirements

import (
	"errors"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/requirements/bounds"
	"github.com/freshpin/freshpin/ecosystems/requirements/lines"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// A detail is the Own of a dependency: what Edit and the checks need of its line.
type detail struct {
	clauses pep440.Specifiers
	places  []place         // of the version of each clause
	insert  ecosystems.Span // where to insert bounds if there are none
	hashes  *hashes         // nil for a line without hashes

	extras   []string
	marker   pep508.Marker
	compiled *compiled // how the file was compiled; nil for a file that people write
	floor    bool      // the Python of the pin is the oldest of those that the project supports
	unread   []string  // the constraints files that limit the file and were not read
}

// A place is a span of the file and the bytes there: a version over several lines is
// not the text of its clause.
type place struct {
	at  ecosystems.Span
	old string
}

func (f *manifest) place(l *lines.Line, start, end int) place {
	at := f.span(l, start, end)
	return place{at, f.data[at.Start:at.End]}
}

func (f *manifest) detail(l *lines.Line, r pep508.Requirement, options []lines.Option) *detail {
	d := &detail{clauses: r.Specifiers, hashes: f.hashes(l, options), extras: r.Extras, marker: r.Marker, compiled: f.compiled}
	f.hashed = f.hashed || d.hashes != nil
	for _, c := range r.Specifiers {
		d.places = append(d.places, f.place(l, r.SpecStart+c.Start, r.SpecStart+c.End))
	}
	if r.SpecStart > 0 { // after the byte before it, which is on the same physical line
		at := l.At(r.SpecStart-1) + 1
		d.insert = ecosystems.Span{File: f.file, Start: at, End: at}
	}
	return d
}

// hashForm is a valid value of --hash. Any other answer of an index could add lines to the file.
var hashForm = lazyregexp.New(`^[a-z0-9]+:[0-9a-fA-F]+$`)

// Edit returns the edits that move the bounds of a requirement so that they admit
// the target, and that replace its hashes. It returns none if the bounds admit
// the target already.
func (e *Ecosystem) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	own, _ := d.Own.(*detail)
	if own == nil || !d.Skip.IsLookup() || to.Version.IsName() {
		return nil, fmt.Errorf("%s has no version that can be edited", d.Name)
	}
	var edits []ecosystems.Edit
	if len(own.clauses) == 0 {
		edits = []ecosystems.Edit{{At: own.insert, New: bounds.Line(to.Version)}}
	} else {
		moved, err := bounds.Move(own.clauses, to.Version)
		if err != nil {
			return nil, fmt.Errorf("%s%s to %s: %w", d.Name, d.Pin.Text, to.Version, err)
		}
		for i, c := range own.clauses {
			if moved[i].Text != c.Text {
				edits = append(edits, ecosystems.Edit{At: own.places[i].at, Old: own.places[i].old, New: moved[i].Text})
			}
		}
	}
	if own.hashes == nil || len(edits) == 0 {
		return edits, nil
	}
	if len(to.Hashes) == 0 {
		return nil, errors.New("the index does not tell the hashes of every file of " + to.Version.Text)
	}
	if i := slices.IndexFunc(to.Hashes, func(h string) bool { return !hashForm.MatchString(h) }); i >= 0 {
		return nil, fmt.Errorf("%q is no hash as pip reads it", to.Hashes[i])
	}
	if own.hashes.pieces {
		return nil, errors.New("other options stand between the hashes")
	}
	return append(edits, own.hashes.edit(to.Hashes)), nil
}
