package requirements

import (
	"context"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Advised implements ecosystems.Advised.
func (*Ecosystem) Advised(_ context.Context, pkg ecosystems.Package, v version.Version) (ecosystems.Subject, bool) {
	public, _, _ := strings.Cut(v.Text, "+") // advisories do not name local labels (PEP 440, "Local version identifiers")
	return ecosystems.Subject{Ecosystem: "PyPI", Name: pkg.Name, Version: public}, len(v.Release) > 0
}

// ReadVersion implements ecosystems.Advised.
func (*Ecosystem) ReadVersion(_ ecosystems.Package, text string) (version.Version, bool) {
	return pep440.Parse(text)
}
