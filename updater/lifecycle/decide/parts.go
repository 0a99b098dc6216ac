package decide

import (
	"fmt"
	"hash/fnv"
	"sort"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/plan"
)

// maxState is the size limit of the state of one pull request, in bytes. It leaves
// space in the body for text.
const maxState = 48_000

// parted splits groups whose state is too large for a body. The part of an update
// depends only on its file or, within one large file, on its package, so that it stays
// the same when other updates come and go.
func parted(list []*Group) []*Group {
	var all []*Group
	split := false
	for _, g := range list {
		parts := []*Group{g}
		// Doubled, so that an update stays in its part or moves to one new part. Bounded, because
		// what cannot be divided may never fit; see Bounded.
		for n := 2; !fit(parts) && n <= 1024; n *= 2 {
			parts, split = g.parts(n), true
		}
		all = append(all, parts...)
	}
	if !split {
		return list
	}
	return unite(all)
}

func fit(parts []*Group) bool {
	for _, g := range parts {
		if len(g.Updates) > 1 && len(Metadata{Group: g.Key, Pairs: g.Pairs()}.Encode()) > maxState {
			return false
		}
	}
	return true
}

// parts returns the group in up to n parts, by file if that makes them small enough.
// Files that a tool completes, such as a go.mod, are not divided.
func (g *Group) parts(n int) []*Group {
	parts := g.partsBy(n, FileOf)
	if fit(parts) {
		return parts
	}
	return g.partsBy(n, func(i *plan.Item) string {
		if i.HasTool() {
			return FileOf(i)
		}
		return FileOf(i) + "\x00" + i.Dependency.Package.Name
	})
}

// FileOf returns the file that an update edits.
func FileOf(i *plan.Item) string {
	if len(i.Edits) > 0 {
		return i.Edits[0].At.File
	}
	return i.Manifest()
}

func (g *Group) partsBy(n int, name func(*plan.Item) string) []*Group {
	byPart := map[int]*Group{}
	var order []int
	for _, i := range g.Updates {
		sum := fnv.New32a()                // the same in every run, unlike maphash
		_, _ = sum.Write([]byte(name(&i))) // writing to a hash cannot fail
		part := int(sum.Sum32() % uint32(n))
		if byPart[part] == nil {
			byPart[part] = &Group{Key: fmt.Sprintf("%s/part-%d", g.Key, part+1), On: g.On, Single: g.Single}
			order = append(order, part)
		}
		byPart[part].Updates = append(byPart[part].Updates, i)
	}
	sort.Ints(order)
	var list []*Group
	for _, part := range order {
		list = append(list, byPart[part])
	}
	return list
}

var partSuffix = lazyregexp.New(`/part-[0-9]+$`)

// Unparted returns the key of the group of a part.
func Unparted(key string) string { return partSuffix.ReplaceAllString(key, "") }

// Bounded drops pairs that do not fit into a body, which happens only if thousands
// form one unit. Closing that pull request then refuses only the remaining ones.
func (m Metadata) Bounded() Metadata {
	if len(m.Encode()) <= maxState {
		return m
	}
	all := m.Pairs
	n := sort.Search(len(all), func(k int) bool {
		m.Pairs = all[:k]
		return len(m.Encode()) > maxState
	})
	m.Pairs = all[:max(n-1, 0)]
	return m
}
