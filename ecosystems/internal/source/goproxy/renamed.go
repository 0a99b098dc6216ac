package goproxy

import (
	"context"
	"slices"
	"sort"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// names are the path of a module and that of the module that it replaces, "" for none.
type names struct{ path, replaces string }

// renamed returns why a version with this go.mod cannot be used under the name:
// the go command insists on the path that the go.mod declares, and lets a
// replacement declare that of what it replaces (cmd/go, goModSummary).
func (n names) renamed(m goMod) string {
	if is := m.file.Module.Mod.Path; is != n.path && is != n.replaces {
		return "its go.mod declares another path: " + oneLine(is)
	}
	return ""
}

// markRenamed marks the candidates that declare another path, where the latest
// version does. A module is renamed once, so that the first such version is
// found by halves.
func (s *Source) markRenamed(ctx context.Context, n names, latest string, m goMod, list []version.Candidate) error {
	why := n.renamed(m)
	if why == "" {
		return nil
	}
	order := make([]*version.Candidate, len(list))
	for i := range list {
		order[i] = &list[i]
	}
	slices.SortStableFunc(order, func(a, b *version.Candidate) int { return version.Compare(a.Version, b.Version) })
	at := slices.IndexFunc(order, func(c *version.Candidate) bool { return c.Version.Text == latest })
	if at < 0 {
		return nil
	}
	var failed error
	first := sort.Search(at, func(i int) bool {
		if failed != nil {
			return true
		}
		mod, err := s.goMod(ctx, n.path, order[i].Version.Text)
		if missing(err) {
			return false // who takes it finds that it is not there
		}
		if failed = err; err != nil {
			return true
		}
		return n.renamed(mod) != ""
	})
	for _, c := range order[min(first, at):] {
		if c.ShownOnly == "" {
			c.ShownOnly = why
		}
	}
	return failed
}
