package download

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/tools/txtar"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/download/reading"
	"github.com/freshpin/freshpin/ecosystems/download/shelltext"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/internal/source/ospackages"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// packaged is the Own of the dependency for a package.
type packaged struct {
	at    shelltext.Text         // the text that the other ecosystem read, with its position in the file
	inner *ecosystems.Dependency // as the other ecosystem read it; nil if there is none
	name  string                 // the file name for the other ecosystem
}

// packages returns the dependencies for the packages that a command installs.
func (e *Ecosystem) packages(file string, in reading.Install) (list []ecosystems.Dependency) {
	if in.Kind == reading.Pip {
		return e.requirements(file, in)
	}
	for _, w := range in.Words {
		d, ok := plainPackage(in, w)
		if !ok {
			continue
		}
		d.Direct = true
		d.Pin.NoDigest = "a package has no digest beside it"
		for n := range d.At {
			d.At[n].File = file
		}
		list = append(list, d)
	}
	return list
}

// ranged matches a text that names several versions: a range, or a word such as latest.
var ranged = lazyregexp.New(`^.(?:[A-Za-z/_-]*$|=|[0-9.]*\*|[0-9.]+$)|^~|\*$`)

// plainPackage reads a word such as curl=8.9.1-r2 or golang.org/x/tools/cmd/goimports@v0.1.0. It reports false for a word without a version.
func plainPackage(in reading.Install, w shelltext.Text) (ecosystems.Dependency, bool) {
	sign := strings.IndexAny(w.S, "=@~")
	if sign < 1 {
		return ecosystems.Dependency{}, false
	}
	name, pinned := w.S[:sign], w.Slice(sign+1, len(w.S))
	if strings.HasPrefix(pinned.S, "=") { // apk add x~=1.2
		pinned = pinned.Slice(1, len(pinned.S))
	}
	d := ecosystems.Dependency{Name: name, Package: ecosystems.Package{Kind: in.Kind, Name: name}, Own: &packaged{at: pinned}}
	var ok bool
	switch in.Kind {
	case reading.Golang:
		d.Pin.Version, ok = gosemver.Parse(pinned.S)
	case ospackages.APK:
		d.Package.Index = ospackages.AlpineBranch(in.Image)
		d.Pin.Version, ok = ospackages.Parse(in.Kind, pinned.S)
		// Without a revision, or after "~", apk takes the newest one that matches.
		ok = ok && strings.Contains(pinned.S, "-r") && w.S[sign] == '='
	default:
		d.Package.Name, _, _ = strings.Cut(name, ":") // without the architecture
		d.Package.Index = ospackages.Suite(in.Image)
		d.Pin.Version, ok = ospackages.Parse(in.Kind, pinned.S)
		ok = ok && !strings.Contains(pinned.S, "*")
	}
	if !ok && ranged.MatchString(w.S[sign:]) {
		return d, false // each build may get another version, so there is no pin to update
	}
	d.Pin.Text = pinned.S
	at, whole := pinned.Contiguous(0, len(pinned.S))
	d.At = []ecosystems.Span{{Start: at, End: at + len(pinned.S)}}
	switch {
	case !ok:
		d.Pin.Version = version.Version{}
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: fmt.Sprintf("%q is no version of such a package", pinned.S)}
	case pinned.S == "":
		return d, false
	case !whole:
		d.At = []ecosystems.Span{{Start: max(w.At[0], 0), End: max(w.At[0], 0)}}
		d.Pin.Text = ""
		d.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: "its version is put together from several texts"}
	case in.Kind != reading.Golang && d.Package.Index == "":
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: fmt.Sprintf("the name of the image %s does not tell its release, so it is not known which packages it has", in.Image)}
	}
	return d, true
}

// requirements reads the packages of pip as lines of a requirements file, with ecosystem requirements.
func (e *Ecosystem) requirements(file string, in reading.Install) (list []ecosystems.Dependency) {
	other := e.others[reading.Pip]
	if other == nil {
		return nil
	}
	var all shelltext.Text
	for _, l := range in.Lines {
		if strings.ContainsAny(l, "\r\n$") {
			return nil // known only at run time
		}
		all = all.Add(shelltext.Unplaced(l+"\n", nil))
	}
	for _, w := range in.Words {
		if strings.ContainsAny(w.S, "\r\n#\x00") { // it would not be one line of the file
			continue
		}
		all = all.Add(w).Add(shelltext.Unplaced("\n", nil))
	}
	// CheckSet tells the commands of a file apart by this name.
	name := fmt.Sprintf("requirements-of-%d.txt", max(in.Words[0].At[0], 0))
	p := packaged{at: all, name: name}
	found, err := p.extract(other, in.Image)
	if err != nil {
		return nil
	}
	for _, d := range found {
		if d.Skip.Code == ecosystems.Malformed || d.Skip.Code == ecosystems.Unpinned || len(d.At) == 0 {
			continue
		}
		inner := d
		own := p
		own.inner = &inner
		d.Direct, d.Own = true, &own
		own.place(&d, file)
		list = append(list, d)
	}
	return list
}

var pythonImage = lazyregexp.New(`(?:^|/)python:(\d+\.\d+)`)

// repo returns a repository with only the lines and the Python that they are for.
func (p *packaged) repo(image string) (fs.FS, error) {
	repo := &txtar.Archive{Files: []txtar.File{{Name: p.name, Data: []byte(p.at.S)}}}
	if m := pythonImage.FindStringSubmatch(image); m != nil {
		repo.Files = append(repo.Files, txtar.File{Name: ".python-version", Data: []byte(m[1] + "\n")})
	}
	return txtar.FS(repo)
}

// extract reads the text with the ecosystem that knows it.
func (p *packaged) extract(other ecosystems.Ecosystem, image string) ([]ecosystems.Dependency, error) {
	repo, err := p.repo(image)
	if err != nil {
		return nil, err
	}
	return other.Extract(repo, p.name)
}

// place sets the position of the pin in the file.
func (p *packaged) place(d *ecosystems.Dependency, file string) {
	at := d.At[0]
	d.At = []ecosystems.Span{{File: file}}
	start, end := at.Start, at.End
	if first, ok := p.at.Contiguous(start, end); ok {
		d.At[0].Start, d.At[0].End = first, first+end-start
		return
	}
	if start, end = p.at.Longest(start, end); strings.ContainsAny(p.at.S[start:end], "0123456789") && !strings.ContainsAny(p.at.S[at.Start:start]+p.at.S[end:at.End], "0123456789") {
		d.Pin.Before, d.Pin.After = p.at.S[at.Start:start], p.at.S[end:at.End]
		d.At[0].Start, d.At[0].End = p.at.At[start], p.at.At[start]+end-start
		return
	}
	first := max(p.at.At[at.Start], 0)
	d.At[0].Start, d.At[0].End, d.Pin.Text = first, first, ""
	d.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: "its version is put together from several texts"}
}

// safeText matches text that is safe in a script with any quotes around it.
var safeText = lazyregexp.New(`^[0-9A-Za-z.+_~:!*-]{1,128}$`)

// edit returns the replacements that move a package to a target.
func (p *packaged) edit(other ecosystems.Ecosystem, d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	edits := []ecosystems.Edit{{At: ecosystems.Span{End: len(p.at.S)}, Old: p.at.S, New: to.Version.Text}}
	if p.inner != nil {
		var err error
		if edits, err = other.Edit(*p.inner, to); err != nil {
			return nil, err
		}
	} else if to.Version.Text == p.at.S {
		return nil, nil
	}
	for n, one := range edits {
		at, ok := p.at.Contiguous(one.At.Start, one.At.End)
		switch {
		case !ok:
			return nil, errors.New("its version is put together from several texts")
		case !safeText.MatchString(one.New):
			return nil, fmt.Errorf("%q cannot be written into a script", one.New)
		}
		edits[n].At = ecosystems.Span{File: d.At[0].File, Start: at, End: at + one.At.End - one.At.Start}
	}
	return edits, nil
}

// inner returns a dependency as the other ecosystem read it.
func inner(d ecosystems.Dependency) ecosystems.Dependency {
	if p, ok := d.Own.(*packaged); ok && p.inner != nil {
		within := *p.inner
		within.Pin.Version = d.Pin.Version // the listing may have read it anew
		return within
	}
	return d
}

// listed returns the listing of a package. For a Go package it first finds the
// module: the longest prefix of its path that is one.
func (e *Ecosystem) listed(ctx context.Context, other ecosystems.Ecosystem, pkg ecosystems.Package) (ecosystems.Listing, error) {
	if pkg.Kind != reading.Golang {
		return other.Versions(ctx, pkg)
	}
	var first error
	asked := pkg.Name
	for p := asked; strings.Contains(p, "/"); p = path.Dir(p) {
		if module.CheckPath(p) != nil { // no proxy has it
			continue
		}
		pkg.Name = p
		l, err := other.Versions(ctx, pkg)
		if err == nil && len(l.Candidates) > 0 {
			e.modules.Store(ecosystems.Package{Kind: reading.Golang, Name: asked}, p)
			return l, nil
		}
		if err != nil && fetch.Code(err) != fetch.NotFound {
			return l, err
		}
		if first == nil { // that of the whole path says most
			first = err
		}
	}
	return ecosystems.Listing{}, first
}

// CheckSet checks the packages of each pip command like a requirements file.
func (e *Ecosystem) CheckSet(ctx context.Context, _ fs.FS, _ []string, moves []ecosystems.Move) ([]ecosystems.SetVerdict, error) {
	verdicts := make([]ecosystems.SetVerdict, len(moves))
	checker, ok := e.others[reading.Pip].(ecosystems.SetChecker)
	if !ok {
		return verdicts, nil
	}
	sets := map[string][]int{}
	var order []string
	for n, m := range moves {
		if p, is := m.Dependency.Own.(*packaged); is && p.inner != nil {
			key := m.Dependency.At[0].File + " " + p.name
			if sets[key] == nil {
				order = append(order, key)
			}
			sets[key] = append(sets[key], n)
		}
	}
	for _, key := range order {
		var within []ecosystems.Move
		var own *packaged
		for _, n := range sets[key] {
			m := moves[n]
			own = m.Dependency.Own.(*packaged)
			m.Dependency = inner(m.Dependency)
			within = append(within, m)
		}
		repo, err := own.repo("")
		if err != nil {
			return nil, err
		}
		some, err := checker.CheckSet(ctx, repo, []string{own.name}, within)
		if err != nil {
			return nil, err
		}
		for k, n := range sets[key] {
			v := some[k]
			for i, o := range v.With {
				v.With[i] = sets[key][o]
			}
			verdicts[n] = v
		}
	}
	return verdicts, nil
}

// toolchain is the name of the Go toolchain in ecosystem gomod.
const toolchain = "toolchain"

// advised returns the ecosystem with advisories about a package, and the package there.
func (e *Ecosystem) advised(ctx context.Context, pkg ecosystems.Package) (ecosystems.Advised, ecosystems.Package, bool) {
	switch from, _, _ := strings.Cut(pkg.Index, " "); {
	case pkg.Kind == reading.Golang:
		pkg.Name = e.moduleOf(ctx, pkg)
	case pkg.Kind == Kind && from == "go":
		pkg = ecosystems.Package{Kind: reading.Golang, Name: toolchain}
	case pkg.Kind != reading.Pip:
		return nil, pkg, false
	}
	other, ok := e.others[pkg.Kind].(ecosystems.Advised)
	return other, pkg, ok && pkg.Name != ""
}

// moduleOf returns the module of a Go package; "" if unknown.
func (e *Ecosystem) moduleOf(ctx context.Context, pkg ecosystems.Package) string {
	if known, ok := e.modules.Load(pkg); ok {
		return known.(string)
	}
	if _, err := e.listed(ctx, e.others[reading.Golang], pkg); err != nil {
		return ""
	}
	known, _ := e.modules.LoadOrStore(pkg, "") // no prefix is a module: do not look again
	return known.(string)
}

// Advised implements ecosystems.Advised. For a Go package it returns the module,
// which it looks up; for Go from go.dev, the toolchain.
func (e *Ecosystem) Advised(ctx context.Context, pkg ecosystems.Package, v version.Version) (ecosystems.Subject, bool) {
	other, pkg, ok := e.advised(ctx, pkg)
	if !ok {
		return ecosystems.Subject{}, false
	}
	return other.Advised(ctx, pkg, v)
}

// ReadVersion implements ecosystems.Advised.
func (e *Ecosystem) ReadVersion(pkg ecosystems.Package, text string) (version.Version, bool) {
	if from, _, _ := strings.Cut(pkg.Index, " "); pkg.Kind == Kind && from == "go" {
		pkg.Kind = reading.Golang
	}
	if other, ok := e.others[pkg.Kind].(ecosystems.Advised); ok {
		return other.ReadVersion(pkg, text)
	}
	return version.Version{}, false
}

// Runs implements ecosystems.Runner, for packages of pip.
func (e *Ecosystem) Runs(d ecosystems.Dependency, configured string) ecosystems.Runtime {
	p, ok := d.Own.(*packaged)
	if runner, runs := e.others[d.Package.Kind].(ecosystems.Runner); ok && runs && p.inner != nil {
		return runner.Runs(inner(d), configured)
	}
	return ecosystems.Runtime{}
}

// ospackage looks up the packages of Alpine and Debian.
type ospackage struct {
	ecosystems.Ecosystem // nil: only the methods below are called
	source               *ospackages.Source
}

// Versions returns the versions in the indexes of the distribution.
func (o ospackage) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	return o.source.Versions(ctx, pkg)
}

// Pins returns v: there is nothing to look up.
func (o ospackage) Pins(_ context.Context, _ ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	return ecosystems.Target{Version: v}, nil
}

// Info describes packages of distributions.
func (o ospackage) Info() ecosystems.Info {
	return ecosystems.Info{Kinds: []ecosystems.Kind{
		{Word: ospackages.APK, Noun: "Alpine package", Plural: "Alpine packages"}, {Word: ospackages.DEB, Noun: "Debian package", Plural: "Debian packages"},
	}}
}
