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

// unstated is the default language version, for a go.mod without a go line (Go Modules Reference, "go directive").
const unstated = "1.16"

// maxRaised is the most requirements raised by one version that are followed. Each
// needs a request.
const maxRaised = 100

// maxAsked is the number of versions that are checked one by one, the newest first.
// The rest is searched in steps, so that a module with hundreds of releases needs
// only a few requests. The reason mentions it.
const maxAsked = 12

// near is the number of newest versions that are searched in doubling steps.
const near = 8

// Fit returns the index of the newest version that fits, judging by its own go.mod;
// len(q.Versions) for none. why is the reason why the newest does not. It judges neither
// toolchains nor manifests without a go line. A version does
// not fit if its go.mod declares the path of another module, if its go line is higher
// than that of the manifest, which would be raised (Go Modules Reference, "go
// directive"), or if it would raise another direct requirement further than the policy
// allows. Fit checks the raised requirements in the same way, so that modules that
// require each other are judged together.
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

// granted returns the index of the newest version whose go line is not higher than
// that of the manifest. It searches in steps, since a module rarely lowers its go line.
func (e *Ecosystem) granted(ctx context.Context, q ecosystems.Fitting) (first int, why ecosystems.Reason, err error) {
	first, err = search(q.Versions, func(v version.Version) (bool, error) {
		f := &fitter{source: e.source, grants: q.Dependency.Pin.Runtime, first: module.Version{Path: q.Dependency.Package.Name, Version: v.Text}}
		file, err := f.read(ctx, f.first)
		if file == nil || err != nil { // a missing go.mod raises no go line
			return true, err
		}
		no := f.language(file)
		// Fit explains why the newest one does not fit.
		if why.IsZero() || v.Text == q.Versions[0].Text {
			why = no
		}
		return no.IsZero(), nil
	})
	if first == 0 { // the newest one is granted, whatever was asked on the way
		why = ecosystems.Reason{}
	}
	return first, why, err
}

// search returns the index of the first right version, assuming that all after it are
// right, too; len(list) if there is none. Problems of the newest versions are mostly
// recent, so it first goes back in doubling steps and then bisects.
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

// fits returns why a version does not fit; the zero Reason if it does.
func (e *Ecosystem) fits(ctx context.Context, q ecosystems.Fitting, v version.Version) (ecosystems.Reason, error) {
	d := q.Dependency
	f := &fitter{source: e.source, grants: d.Pin.Runtime, beside: q.Beside, first: module.Version{Path: d.Package.Name, Version: v.Text}}
	_, replaces := readIndex(d.Package.Index)
	file, err := f.read(ctx, f.first)
	if file == nil || err != nil {
		return ecosystems.Reason{}, err
	}
	// A fork may keep the path of the module that it replaces.
	if is := file.Module.Mod.Path; is != d.Package.Name && is != replaces {
		return ecosystems.Reason{Code: ecosystems.Conflict, Text: fmt.Sprintf("%s declares another path in its go.mod: %s", v, brief(is))}, nil
	}
	return f.follow(ctx, file)
}

// tooNew returns a Refusal for a manifest that needs a newer go command; nil if there is no go command.
func (e *Ecosystem) tooNew(ctx context.Context, d ecosystems.Dependency) *ecosystems.Refusal {
	if e.tool == nil {
		return nil
	}
	tool, err := e.tool.Version(ctx)
	if err != nil {
		return nil // Finish reports it
	}
	file := "go.mod"
	if len(d.At) > 0 {
		file = d.At[0].File
	}
	return tooNew(file, d.Pin.Runtime, tool)
}

// A fitter determines the effect of a version of a module on a manifest.
type fitter struct {
	source Source
	grants string // go line of the manifest: "1.18"
	beside []ecosystems.Neighbour
	first  module.Version
	raised []module.Version // other requirements with their raised versions
}

// read returns the go.mod of a version, nil if it does not exist. The go command reports a missing one later.
func (f *fitter) read(ctx context.Context, m module.Version) (*modfile.File, error) {
	file, err := f.source.GoMod(ctx, m.Path, m.Version)
	if err != nil && fetch.Code(err) == fetch.NotFound {
		return nil, nil
	}
	return file, err
}

// follow judges the go.mod of the first module and of all modules that it raises.
func (f *fitter) follow(ctx context.Context, file *modfile.File) (ecosystems.Reason, error) {
	for n := 0; ; n++ {
		if no := f.judge(n, file); !no.IsZero() {
			return no, nil
		}
		if n == len(f.raised) || n == maxRaised {
			return ecosystems.Reason{}, nil
		}
		next, err := f.read(ctx, f.raised[n])
		if fetch.Code(err) == fetch.Refused { // private: only the go command may have access
			next, err = nil, nil
		}
		if err != nil {
			return ecosystems.Reason{}, err
		}
		if file = next; file == nil {
			file = &modfile.File{} // what it requires is not known
		}
	}
}

// judge judges one go.mod: the first, or that of the n-th raised module.
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

// language returns a reason if the go line of a version is higher than that of the manifest.
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

// raise records a raised requirement, and returns why it is raised too far; "" if it is not.
func (f *fitter) raise(m module.Version) (why string) {
	if m.Path == f.first.Path && semver.Compare(m.Version, f.first.Version) <= 0 {
		return ""
	}
	to, ok := gosemver.Parse(m.Version)
	if !ok {
		return "" // no version: the go command reports it
	}
	for _, n := range f.beside {
		// Indirect requirements have no policy: the go command chooses their versions.
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

// note records a raised module with the highest required version.
func (f *fitter) note(m module.Version) {
	for _, has := range f.raised {
		if has.Path == m.Path && semver.Compare(has.Version, m.Version) >= 0 {
			return
		}
	}
	f.raised = append(f.raised, m)
}

// required reports whether a dependency is a requirement whose version is used:
// neither the target of a replacement nor a replaced module.
func required(d ecosystems.Dependency) bool {
	_, replaces := readIndex(d.Package.Index)
	return d.Pin.Text != "" && replaces == "" && d.Skip.Code != ecosystems.Replaced && !d.Pin.Version.IsZero()
}
