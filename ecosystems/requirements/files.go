package requirements

import (
	"context"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// mostPages is how many pages are kept with all that they say.
const mostPages = 4

// A page is all that is published of a project, with its files.
type page struct {
	pkg      ecosystems.Package
	releases []pypi.Release
}

// files returns a release with what only some lines and checks ask for: the
// hashes of its files, and where its metadata are. That is many times as much as
// a listing keeps of a release, and is read again from the page, which the
// client has.
func (e *Ecosystem) files(ctx context.Context, pkg ecosystems.Package, v version.Version) (pypi.Release, bool, error) {
	if known := e.list(ctx, pkg); known.err != nil {
		return pypi.Release{}, false, known.err
	}
	all, err, _ := e.reading.Do(pkg.Name+"\n"+pkg.Index, func() (any, error) { return e.page(ctx, pkg) })
	if err != nil {
		return pypi.Release{}, false, err
	}
	r, ok := releaseOf(all.([]pypi.Release), v, func(r *pypi.Release) *version.Version { return &r.Version })
	return r, ok, nil
}

// page reads the page of a project, unless it is one of the last.
func (e *Ecosystem) page(ctx context.Context, pkg ecosystems.Package) ([]pypi.Release, error) {
	e.mu.Lock()
	at := slices.IndexFunc(e.pages, func(p page) bool { return p.pkg == pkg })
	if at >= 0 {
		defer e.mu.Unlock()
		return e.pages[at].releases, nil
	}
	e.mu.Unlock()
	p, err := e.source.Releases(ctx, pkg.Name, pkg.Index)
	if err != nil {
		return nil, err
	}
	read := page{pkg, pypi.WithPublic(p.Releases)}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.pages) == mostPages {
		e.pages = slices.Delete(e.pages, 0, 1)
	}
	e.pages = append(e.pages, read)
	return read.releases, nil
}
