package goproxy

import (
	"context"
	"slices"
	"sort"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// names are the path of a module and the path of the module it replaces, "" for none.
type names struct{ path, replaces string }

// renamed returns why a version with this go.mod cannot be used under the path; "" if
// it can. The go command requires the path that the go.mod declares. A replacement
// may declare the path of the module it replaces (cmd/go, goModSummary).
func (n names) renamed(m goMod) string {
	if is := m.file.Module.Mod.Path; is != n.path && is != n.replaces {
		return "its go.mod declares another path: " + oneLine(is)
	}
	return ""
}

// markRenamed marks the candidates that declare another path, if the latest version
// does. It bisects to find the first such version, because modules are renamed only
// once.
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
		return nil // no candidate, such as a +incompatible version
	}
	var failed error
	first := sort.Search(at, func(i int) bool {
		if failed != nil {
			return true
		}
		mod, err := s.goMod(ctx, n.path, order[i].Version.Text)
		if missing(err) {
			return false // a missing version is found when it is used
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
