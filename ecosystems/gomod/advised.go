package gomod

import (
	"context"
	"strings"

	"golang.org/x/mod/module"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// stdlib and gocmd are the names in advisories for the standard library and the
// programs of a toolchain (https://go.dev/doc/security/vuln/database).
const (
	stdlib = "stdlib"
	gocmd  = "toolchain"
)

// Advised implements ecosystems.Advised.
func (e *Ecosystem) Advised(ctx context.Context, pkg ecosystems.Package, v version.Version) (ecosystems.Subject, bool) {
	s := ecosystems.Subject{Ecosystem: "Go", Name: pkg.Name, Version: strings.TrimSuffix(strings.TrimPrefix(v.Text, "v"), "+incompatible")}
	if pkg.Name == toolchain {
		s.Name, s.Also, s.Version = stdlib, gocmd, strings.TrimPrefix(v.Text, "go")
	}
	// The name of a private module must not be sent to a database of advisories.
	if p, ok := e.source.(interface {
		Private(ctx context.Context, path string) bool
	}); ok {
		s.Private = p.Private(ctx, pkg.Name)
	}
	return s, len(v.Release) > 0
}

// ReadVersion implements ecosystems.Advised. Advisories write 1.2.3 for v1.2.3, and
// 1.21.0-rc.2 for go1.21rc2.
func (*Ecosystem) ReadVersion(_ ecosystems.Package, text string) (version.Version, bool) {
	return gosemver.Parse(module.CanonicalVersion("v" + strings.TrimPrefix(text, "v")))
}
