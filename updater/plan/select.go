package plan

// A ManifestKey identifies a manifest among the trees of a plan.
type ManifestKey struct{ tree, path string }

// Key returns the key of the manifest.
func (o *Origin) Key() ManifestKey { return ManifestKey{o.Tree.Prefix, o.Manifest} }

// Select returns the items that are wanted, in their order.
func Select(items []Item, wanted func(*Item) bool) (list []*Item) {
	for n := range items {
		// Pointers into the list, so that callers change its items and not copies.
		if wanted(&items[n]) {
			list = append(list, &items[n])
		}
	}
	return list
}

// Updates returns the items whose target is proposed, in their order.
func Updates(items []Item) []*Item {
	return Select(items, func(i *Item) bool { return i.Status == Update })
}

// GroupBy returns the elements of a list in groups with equal keys. Groups and their
// elements have the order of the list.
func GroupBy[T any, K comparable](list []T, key func(T) K) (groups [][]T) {
	at := map[K]int{}
	for _, one := range list {
		k := key(one)
		n, known := at[k]
		if !known {
			n = len(groups)
			at[k], groups = n, append(groups, nil)
		}
		groups[n] = append(groups[n], one)
	}
	return groups
}
