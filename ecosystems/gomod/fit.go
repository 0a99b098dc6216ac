package gomod

import (
	"cmp"
	"context"
	"fmt"
	goversion "go/version"
	"sort"

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
// first. The rest is searched by halves, so that a module with hundreds of
// releases costs no more than a few questions; the reason says so.
const maxAsked = 12

// Fit looks for the newest version that fits, by what its own go.mod says. A
// version does not fit if that declares the path of another module, if its go
// line is above that of the manifest, which it would raise (Go Modules
// Reference, "go directive"), or if it requires more of another direct
// requirement than may be moved unasked. What it raises is asked the same, so
// that modules that require each other are judged together.
func (e *Ecosystem) Fit(ctx context.Context, q ecosystems.Fitting) (first int, why ecosystems.Reason, err error) {
	d := q.Dependency
	if e.source == nil || d.Package.Name == toolchain || d.Pin.Runtime == "" {
		return 0, why, nil
	}
	if no := e.tooNew(ctx, d); no != nil {
		return len(q.Versions), no.Reason, nil
	}
	for n, v := range q.Versions {
		if n == maxAsked {
			break
		}
		no, err := e.fits(ctx, q, v)
		if err != nil || no.IsZero() {
			return n, why, err
		}
		if why.IsZero() {
			why = no
		}
	}
	rest := q.Versions[min(maxAsked, len(q.Versions)):]
	to := sort.Search(len(rest), func(n int) bool {
		if err != nil {
			return true
		}
		var no ecosystems.Reason
		no, err = e.fits(ctx, q, rest[n])
		return no.IsZero()
	})
	if len(rest) > 0 {
		why.Text += fmt.Sprintf(" (behind the newest %d, not all of %d were asked)", maxAsked, len(rest))
	}
	return len(q.Versions) - len(rest) + to, why, err
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
	line := unstated
	if file.Go != nil {
		line = cmp.Or(file.Go.Version, unstated)
	}
	if goversion.Compare("go"+line, "go"+f.grants) > 0 {
		if through != "" {
			through += ", which"
		}
		return drags("%s requires go %s, and the go line says %s", cmp.Or(through, of.Version), line, f.grants)
	}
	for _, r := range file.Require {
		if why := f.raise(r.Mod); why != "" {
			return drags("%s: %s", cmp.Or(through, of.Version), why)
		}
	}
	return ecosystems.Reason{}
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
