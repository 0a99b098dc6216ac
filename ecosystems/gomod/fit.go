package gomod

import (
	"cmp"
	"context"
	"fmt"
	goversion "go/version"
	"sort"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// unstated is the language version of a go.mod without a go line (Go Modules Reference, "go directive").
const unstated = "1.16"

// Fit looks for the newest version whose go line is not above that of the
// manifest: a higher one would raise it (Go Modules Reference, "go directive").
// A module never lowers its go line for long, so the versions are searched by halves.
func (e *Ecosystem) Fit(ctx context.Context, q ecosystems.Fitting) (int, ecosystems.Reason, error) {
	d, list := q.Dependency, q.Versions
	if e.source == nil || d.Pin.Runtime == "" || len(list) == 0 {
		return 0, ecosystems.Reason{}, nil
	}
	f := fitter{e.source, d.Package.Name, d.Pin.Runtime}
	if _, fits, err := f.fits(ctx, q.Newest); fits || err != nil {
		return 0, ecosystems.Reason{}, err
	}
	needs, fits, err := f.fits(ctx, list[0])
	if fits || err != nil {
		return 0, ecosystems.Reason{}, err
	}
	first := 1 + sort.Search(len(list)-1, func(n int) bool {
		if err != nil {
			return true
		}
		var ok bool
		_, ok, err = f.fits(ctx, list[n+1])
		return ok
	})
	text := fmt.Sprintf("%s requires go %s, and the go line says %s", list[0], needs, d.Pin.Runtime)
	return first, ecosystems.Reason{Code: ecosystems.Drags, Text: text}, err
}

// A fitter compares the go lines of one module's versions with that of a manifest.
type fitter struct {
	source Source
	module string
	grants string // "1.18"
}

// fits reports the go line of a version, and whether the manifest grants it.
// A version whose go.mod is not there fits: that is found when it is taken.
func (f fitter) fits(ctx context.Context, v version.Version) (needs string, ok bool, err error) {
	needs, err = f.source.GoLine(ctx, f.module, v.Text)
	if code := fetch.Code(err); err != nil && code == fetch.NotFound {
		return "", true, nil
	}
	return needs, err == nil && goversion.Compare("go"+cmp.Or(needs, unstated), "go"+f.grants) <= 0, err
}
