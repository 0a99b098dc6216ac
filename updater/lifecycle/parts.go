package lifecycle

import (
	"fmt"
	"hash/fnv"
	"sort"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/plan"
)

// maxState is how long the state of one pull request may be, in bytes: a body
// has to hold it and say something to people beside it.
const maxState = 48_000

// parted splits groups whose state no body holds. Which part an update belongs
// to follows from its file or, within one large file, from its package, so that
// it stays there while others come and go.
func parted(list []*group) []*group {
	var all []*group
	split := false
	for _, g := range list {
		parts := []*group{g}
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

func fit(parts []*group) bool {
	for _, g := range parts {
		if len(g.Updates) > 1 && len(metadata{Group: g.Key, Pairs: g.pairs()}.encode()) > maxState {
			return false
		}
	}
	return true
}

// parts returns the group in up to n parts, by file where that makes them small
// enough. What a tool completes, as a go.mod, is one unit.
func (g *group) parts(n int) []*group {
	parts := g.partsBy(n, fileOf)
	if fit(parts) {
		return parts
	}
	return g.partsBy(n, func(i *plan.Item) string {
		if i.HasTool() {
			return fileOf(i)
		}
		return fileOf(i) + "\x00" + i.Dependency.Package.Name
	})
}

// fileOf is the file that an update is written into.
func fileOf(i *plan.Item) string {
	if len(i.Edits) > 0 {
		return i.Edits[0].At.File
	}
	return i.Manifest()
}

func (g *group) partsBy(n int, name func(*plan.Item) string) []*group {
	byPart := map[int]*group{}
	var order []int
	for _, i := range g.Updates {
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(name(&i))) // a hash takes everything
		part := int(sum.Sum32() % uint32(n))
		if byPart[part] == nil {
			byPart[part] = &group{Key: fmt.Sprintf("%s/part-%d", g.Key, part+1), On: g.On, Single: g.Single}
			order = append(order, part)
		}
		byPart[part].Updates = append(byPart[part].Updates, i)
	}
	sort.Ints(order)
	var list []*group
	for _, part := range order {
		list = append(list, byPart[part])
	}
	return list
}

var partSuffix = lazyregexp.New(`/part-[0-9]+$`)

// unparted is the key of the group that a part belongs to.
func unparted(key string) string { return partSuffix.ReplaceAllString(key, "") }

// bounded leaves out pairs that no body holds, which cannot be but where
// thousands are one unit: closing that pull request refuses the others alone.
func (m metadata) bounded() metadata {
	if len(m.encode()) <= maxState {
		return m
	}
	all := m.Pairs
	n := sort.Search(len(all), func(k int) bool {
		m.Pairs = all[:k]
		return len(m.encode()) > maxState
	})
	m.Pairs = all[:max(n-1, 0)]
	return m
}
