package updater

import (
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
)

// imports says of each advisory that names vulnerable packages whether the code
// beside the manifest imports one of them. What dependencies import is not looked at.
func (r *run) imports(items []Item) {
	type module struct{ prefix, manifest string }
	byModule := map[module][]*Item{}
	for n := range items {
		i := &items[n]
		if slices.ContainsFunc(i.Advisories, func(a Advisory) bool { return len(a.Imports) > 0 }) {
			m := module{i.tree.Prefix, i.manifest}
			byModule[m] = append(byModule[m], i)
		}
	}
	for _, list := range byModule {
		look(list)
	}
}

// look reads the code of one module once for all that is asked about it.
func look(items []*Item) {
	importer, ok := items[0].eco.(ecosystems.Importer)
	if !ok {
		return
	}
	var packages []string
	for _, i := range items {
		for _, a := range i.Advisories {
			packages = append(packages, a.Imports...)
		}
	}
	slices.Sort(packages)
	packages = slices.Compact(packages)
	found, err := importer.Imports(items[0].tree.FS, items[0].manifest, packages)
	for _, i := range items {
		if err != nil {
			i.trace("which vulnerable packages are imported: %v", err)
			continue
		}
		for n := range i.Advisories {
			a := &i.Advisories[n]
			a.Looked = len(a.Imports) > 0
			for _, p := range a.Imports {
				if at := found[p]; at != "" && a.Imported == "" {
					a.Imported = i.tree.show(at)
				}
			}
		}
	}
}
