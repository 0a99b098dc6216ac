package pyproject

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/requirements/bounds"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// poetry is the Own of a constraint of Poetry, for Edit
// (https://python-poetry.org/docs/dependency-specification/).
type poetry struct {
	operator string // "", "==", "^" or "~"; the first two mean exactly this version
	numbers  int    // how many numbers the version has
}

// single is a constraint with one version: a caret, a tilde, or an exact version.
var single = lazyregexp.New(`^(\^|~|==|)\s*(v?[0-9][0-9A-Za-z.+!-]*)$`)

// constraint adds a dependency of Poetry. It reads carets, tildes and single
// versions, and skips all other constraints with a reason.
func (r *reader) constraint(name, text string, at span) {
	d := r.unread(name, at.at, ecosystems.Unsupported, "")
	d.Package = ecosystems.Package{Kind: pypi.Word, Name: pypi.Normal(name)}
	d.Pin.Text, d.Skip = text, ecosystems.Reason{}
	m := single.FindStringSubmatch(text)
	switch {
	case !at.plain:
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "the constraint is written with escapes or over several lines"}
	case strings.TrimSpace(text) == "*" || text == "":
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "any version: the lock decides"}
	case m == nil:
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "a constraint of several bounds is not moved"}
	default:
		d.Skip = pinned(&d, m[1], m[2])
	}
	r.add(d)
}

// pinned fills in the pin of a constraint with one version. The Reason is zero if the version is valid.
func pinned(d *ecosystems.Dependency, operator, text string) ecosystems.Reason {
	v, ok := pep440.Parse(text)
	if !ok {
		return ecosystems.Reason{Code: ecosystems.Malformed, Text: fmt.Sprintf("%q is not a version of PEP 440", text)}
	}
	d.Own = poetry{operator, len(v.Release)}
	if operator == "" || operator == "==" {
		d.Pin.Version = v
		return ecosystems.Reason{}
	}
	end := upper(operator, v)
	d.Pin.Admits = func(c version.Version) bool {
		return version.Compare(c, v) >= 0 && version.Compare(c, end) < 0 && !(c.Pre && c.SameCore(end)) // 2.0rc1 is not in ^1.2
	}
	return ecosystems.Reason{}
}

// upper returns the exclusive upper bound of a range: 2.0.0 for ^1.2.3, 0.3.0
// for ^0.2.3, 1.3 for ~1.2, 2 for ~1.
func upper(operator string, v version.Version) version.Version {
	n := min(1, len(v.Release)-1) // a tilde raises the second number, or the only one
	if operator == "^" {
		for n = 0; n < len(v.Release)-1 && v.Release[n] == 0; n++ { // a caret raises the first that is not zero
		}
	}
	end := append([]uint64{}, v.Release[:n+1]...)
	end[n]++
	out, _ := pep440.Parse(pep440.Join(end)) // no error: numbers joined by dots are a version
	return out
}

// edit replaces the version of a constraint and keeps its operator.
func (p poetry) edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	v, ok := pep440.Parse(to.Version.Text)
	switch {
	case !d.Skip.IsZero():
		return nil, fmt.Errorf("edit %s: it is skipped: %s", d.Name, d.Skip.Text)
	case !ok || v.IsName():
		return nil, fmt.Errorf("edit %s: %.60q is not a version of PEP 440", d.Name, to.Version.Text)
	case d.Pin.Admits != nil && d.Pin.Admits(v):
		return nil, nil
	}
	text := v.Text
	if d.Pin.Admits != nil {
		text = pep440.Join(bounds.Fit(v.Release, p.numbers))
	}
	prefix := d.Pin.Text[:len(d.Pin.Text)-len(strings.TrimLeft(d.Pin.Text, "^~= "))]
	return []ecosystems.Edit{{At: d.At[0], Old: d.Pin.Text, New: prefix + text}}, nil
}
