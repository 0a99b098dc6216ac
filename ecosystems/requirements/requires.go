package requirements

import (
	"context"
	"fmt"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/requirements/bounds"
	"github.com/freshpin/freshpin/ecosystems/requirements/conflict"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// requires looks up the requirements of a release.
func (e *Ecosystem) requires(ctx context.Context, pkg ecosystems.Package, v version.Version) conflict.Requires {
	r, ok, err := e.files(ctx, pkg, v)
	switch {
	case err != nil:
		return conflict.Requires{Err: err}
	case !ok:
		return conflict.Requires{Err: fmt.Errorf("%s %s is not published", pkg.Name, v)}
	}
	m, err := e.source.Metadata(ctx, pkg.Name, r)
	if err != nil {
		return conflict.Requires{Err: err}
	}
	return conflict.Requires{Dists: conflict.Parse(m.RequiresDist), Extras: m.Extras}
}

// after returns the clauses of a line after a move to a version.
func (d *detail) after(to version.Version) pep440.Specifiers {
	if len(d.clauses) == 0 {
		s, _ := pep440.ParseSpecifiers(bounds.Line(to)) // no error: Line returns valid text
		return s
	}
	moved, err := bounds.Move(d.clauses, to)
	if err != nil {
		return d.clauses // Edit will refuse the move
	}
	return moved
}
