package gomod

import (
	"cmp"
	"context"
	"fmt"
	goversion "go/version"
	"sort"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// unstated is the language version of a go.mod without a go line (Go Modules Reference, "go directive").
const unstated = "1.16"

// maxRaised bounds how many other requirements are followed that one version
// raises, each of which costs a question.
const maxRaised = 100

// maxAsked is how many versions are asked one by one whether they fit, the newest
// first. The rest is searched in steps, so that a module with hundreds of
// releases costs no more than a few questions; the reason says so.
const maxAsked = 12

// near is how far back the newest versions are searched in steps that double.
const near = 8

// Fit looks for the newest version that fits, by what its own go.mod says. A
// version does not fit if that declares the path of another module, if its go
// line is above that of the manifest, which it would raise (Go Modules
// Reference, "go directive"), or if it requires more of another direct
// requirement than may be moved unasked. What it raises is asked the same, so
// that modules that require each other are judged together.
func (e *Ecosystem) Fit(ctx context.Context, q ecosystems.Fitting) (first int, why ecosystems.Reason, err error) {
	d := q.Dependency
	if no, ok := d.Own.(unreadable); ok {
		return len(q.Versions), ecosystems.Reason{Code: ecosystems.ToolFail, Text: "the file cannot be moved as it stands: " + no.why}, nil
	}
	if e.source == nil || d.Package.Name == toolchain || d.Pin.Runtime == "" {
		return 0, why, nil
	}
	if no := e.tooNew(ctx, d); no != nil {
		return len(q.Versions), no.Reason, nil
	}
	first, why, err = e.granted(ctx, q)
	if err != nil {
		return 0, why, err
	}
	for n, v := range q.Versions[first:] {
		if n == maxAsked {
			break
		}
		no, err := e.fits(ctx, q, v)
		if err != nil || no.IsZero() {
			return first + n, why, err
		}
		if why.IsZero() {
			why = no
		}
	}
	rest := q.Versions[min(first+maxAsked, len(q.Versions)):]
	to, err := search(rest, func(v version.Version) (bool, error) {
		no, err := e.fits(ctx, q, v)
		return no.IsZero(), err
	})
	if len(rest) > 0 {
		why.Text += fmt.Sprintf(" (not all of the %d behind were asked)", len(rest))
	}
	return len(q.Versions) - len(rest) + to, why, err
}

// granted returns the position of the newest version whose go line is not above
// that of the manifest. A module does not lower its go line for long, so that
// the versions are searched in steps.
func (e *Ecosystem) granted(ctx context.Context, q ecosystems.Fitting) (first int, why ecosystems.Reason, err error) {
	first, err = search(q.Versions, func(v version.Version) (bool, error) {
		f := &fitter{source: e.source, grants: q.Dependency.Pin.Runtime, first: module.Version{Path: q.Dependency.Package.Name, Version: v.Text}}
		file, err := f.read(ctx, f.first)
		if file == nil || err != nil {
			return true, err
		}
		no := f.language(file)
		if why.IsZero() || v.Text == q.Versions[0].Text {
			why = no
		}
		return no.IsZero(), nil
	})
	if first == 0 {
		why = ecosystems.Reason{}
	}
	return first, why, err
}

// search returns the position of the first version that is right, where all
// behind it are; len(list) for none. What is wrong with the newest has mostly
// come lately: it goes back in steps that double, and farther by halves.
func search(list []version.Version, right func(version.Version) (bool, error)) (int, error) {
	first, end := 0, len(list)
	for n := 0; n < min(len(list), near); n += n + 1 {
		ok, err := right(list[n])
		if err != nil {
			return 0, err
		}
		if ok {
			end = n
			break
		}
		first = n + 1
	}
	var failed error
	first += sort.Search(end-first, func(n int) bool {
		if failed != nil {
			return true
		}
		var ok bool
		ok, failed = right(list[first+n])
		return ok
	})
	return first, failed
}

// fits says why a version does not fit.
func (e *Ecosystem) fits(ctx context.Context, q ecosystems.Fitting, v version.Version) (ecosystems.Reason, error) {
	d := q.Dependency
	f := &fitter{source: e.source, grants: d.Pin.Runtime, beside: q.Beside, first: module.Version{Path: d.Package.Name, Version: v.Text}}
	_, replaces := readIndex(d.Package.Index)
	file, err := f.read(ctx, f.first)
	if file == nil || err != nil {
		return ecosystems.Reason{}, err
	}
	if is := file.Module.Mod.Path; is != d.Package.Name && is != replaces {
		return ecosystems.Reason{Code: ecosystems.Conflict, Text: fmt.Sprintf("%s declares another path in its go.mod: %s", v, brief(is))}, nil
	}
	return f.follow(ctx, file)
}

// tooNew refuses a manifest that the go command here cannot serve; nil where there is none to ask.
func (e *Ecosystem) tooNew(ctx context.Context, d ecosystems.Dependency) *ecosystems.Refusal {
	if e.tool == nil {
		return nil
	}
	tool, err := e.tool.Version(ctx)
	if err != nil {
		return nil
	}
	file := "go.mod"
	if len(d.At) > 0 {
		file = d.At[0].File
	}
	return tooNew(file, d.Pin.Runtime, tool)
}

// A fitter asks what a version of a module would do to a manifest.
type fitter struct {
	source Source
	grants string // the go line: "1.18"
	beside []ecosystems.Neighbour
	first  module.Version
	raised []module.Version // other requirements, and to what
}

// read returns the go.mod of a version, nil where it is not there: that is found when it is taken.
func (f *fitter) read(ctx context.Context, m module.Version) (*modfile.File, error) {
	file, err := f.source.GoMod(ctx, m.Path, m.Version)
	if err != nil && fetch.Code(err) == fetch.NotFound {
		return nil, nil
	}
	return file, err
}

// follow judges the go.mod of the first module, and of all that it raises.
func (f *fitter) follow(ctx context.Context, file *modfile.File) (ecosystems.Reason, error) {
	for n := 0; ; n++ {
		if no := f.judge(n, file); !no.IsZero() {
			return no, nil
		}
		if n == len(f.raised) || n == maxRaised {
			return ecosystems.Reason{}, nil
		}
		next, err := f.read(ctx, f.raised[n])
		if fetch.Code(err) == fetch.Refused { // private: the go command knows, or nobody
			next, err = nil, nil
		}
		if err != nil {
			return ecosystems.Reason{}, err
		}
		if file = next; file == nil {
			file = &modfile.File{}
		}
	}
}

// judge judges one go.mod: the first, or that of the n-th that is raised.
func (f *fitter) judge(n int, file *modfile.File) ecosystems.Reason {
	of, through := f.first, ""
	if n > 0 {
		of = f.raised[n-1]
		through = fmt.Sprintf("%s requires %s %s", f.first.Version, of.Path, of.Version)
	}
	if no := f.language(file); !no.IsZero() {
		if n > 0 {
			no.Text = through + ", which" + strings.TrimPrefix(no.Text, f.first.Version)
		}
		return no
	}
	for _, r := range file.Require {
		if why := f.raise(r.Mod); why != "" {
			return drags("%s: %s", cmp.Or(through, of.Version), why)
		}
	}
	return ecosystems.Reason{}
}

// language says that the go line of a version is above that of the manifest.
func (f *fitter) language(file *modfile.File) ecosystems.Reason {
	line := unstated
	if file.Go != nil {
		line = cmp.Or(file.Go.Version, unstated)
	}
	if goversion.Compare("go"+line, "go"+f.grants) <= 0 {
		return ecosystems.Reason{}
	}
	return drags("%s requires go %s, and the go line says %s", f.first.Version, line, f.grants)
}

func drags(format string, args ...any) ecosystems.Reason {
	return ecosystems.Reason{Code: ecosystems.Drags, Text: fmt.Sprintf(format, args...)}
}

// raise notes what a requirement raises, and says why that is too far.
func (f *fitter) raise(m module.Version) (why string) {
	if m.Path == f.first.Path && semver.Compare(m.Version, f.first.Version) <= 0 {
		return ""
	}
	to, ok := gosemver.Parse(m.Version)
	if !ok {
		return ""
	}
	for _, n := range f.beside {
		d := n.Dependency
		if d.Package.Name != m.Path || !d.Direct || !required(d) || version.Compare(to, d.Pin.Version) <= 0 {
			continue
		}
		if why := n.Refuses(to); why != "" {
			return why
		}
		f.note(m)
	}
	return ""
}

// note remembers what is raised, and to the highest version that was required.
func (f *fitter) note(m module.Version) {
	for _, has := range f.raised {
		if has.Path == m.Path && semver.Compare(has.Version, m.Version) >= 0 {
			return
		}
	}
	f.raised = append(f.raised, m)
}

// required reports whether a dependency is a requirement whose version counts:
// not the target of a replacement, and not one that is replaced.
func required(d ecosystems.Dependency) bool {
	_, replaces := readIndex(d.Package.Index)
	return d.Pin.Text != "" && replaces == "" && d.Skip.Code != ecosystems.Replaced && !d.Pin.Version.IsZero()
}
