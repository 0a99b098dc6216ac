package advisory

import (
	"cmp"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Order compares two versions of an ecosystem; ok is false if one of them is
// not valid.
type Order func(a, b string) (n int, ok bool)

// Affecting returns the findings that affect a version of an ecosystem without a
// Reader, such as that of a distribution, ordered by ID.
func Affecting(records []*Record, pkg Package, v string, order Order, now time.Time) []*Finding {
	var list []*Finding
	for _, group := range sameThing(records, pkg, now) {
		if slices.ContainsFunc(group, func(r *Record) bool { return r.holds(pkg, v, order) }) {
			list = append(list, findingOf(group, pkg, unread))
		}
	}
	slices.SortFunc(list, byID)
	return list
}

func unread(string) (version.Version, bool) { return version.Version{}, false }

// holds reports whether a record says that a version is affected.
func (r *Record) holds(pkg Package, v string, order Order) bool {
	return slices.ContainsFunc(r.Affected, func(a Affected) bool {
		if a.Package.key() != pkg.key() {
			return false
		}
		return slices.Contains(a.Versions, v) ||
			slices.ContainsFunc(a.Ranges, func(g Range) bool { return g.Type != "GIT" && g.holds(v, order) })
	})
}

// holds reports whether a range contains a version: the last event at or before
// the version decides (OSV schema, "Evaluation"). Events may be in any order.
func (r Range) holds(v string, order Order) bool {
	inside, last := false, "0"
	for _, e := range r.Events {
		at := cmp.Or(e.Introduced, e.Fixed, e.LastAffected, e.Limit)
		n, ok := -1, true
		if at != "0" {
			n, ok = order(at, v)
		}
		// The last affected version is itself still affected.
		past := n < 0 || n == 0 && e.LastAffected == ""
		if !ok || !past {
			continue
		}
		// Events may be in any order: one that is older than the deciding one changes nothing.
		if last != "0" && at != last {
			if n, ok := order(at, last); at == "0" || ok && n < 0 {
				continue
			}
		}
		inside, last = e.Introduced != "", at
	}
	return inside
}
