package actions

import (
	"context"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// osv is the ecosystem of actions in the OSV format.
const osv = "GitHub Actions"

var (
	_ ecosystems.Advised = (*Ecosystem)(nil)
	_ ecosystems.Dater   = (*Ecosystem)(nil)
)

// Published returns when an image was built. It returns the zero time for
// actions: the author of a tag chooses its date, so it is no evidence, and the
// age of a tag counts from when Freshpin first saw it.
func (e *Ecosystem) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	if d.Package.Kind == kind {
		return time.Time{}, nil
	}
	return e.images.Published(ctx, d, v)
}

// Advised names a version as advisories do: without the "v". For a moving tag it
// names the version that the tag points to now.
func (e *Ecosystem) Advised(ctx context.Context, pkg ecosystems.Package, v version.Version) (ecosystems.Subject, bool) {
	// The database knows only actions on github.com, which have no index.
	if pkg.Kind != kind || pkg.Index != "" || v.IsZero() || v.IsName() {
		return ecosystems.Subject{}, false
	}
	if reached, ok := e.git.Reached(ctx, pkg, v); ok {
		v = reached
	}
	if v.Prefix != "" && !strings.EqualFold(v.Prefix, "v") { // the tag of another component of the repository
		return ecosystems.Subject{}, false
	}
	return ecosystems.Subject{Ecosystem: osv, Name: pkg.Name, Version: v.Text[len(v.Prefix):]}, true
}

// ReadVersion parses a version as advisories write it.
func (*Ecosystem) ReadVersion(pkg ecosystems.Package, text string) (version.Version, bool) {
	v := gittag.Parse(text)
	return v, pkg.Kind == kind && !v.IsName()
}
