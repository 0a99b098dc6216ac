package updater

import (
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// imports sets, for each advisory that names vulnerable packages, whether the code
// beside the manifest imports one of them. It ignores what dependencies import.
func imports(items []plan.Item) {
	affected := plan.Select(items, func(i *plan.Item) bool {
		return slices.ContainsFunc(i.Advisories, func(a plan.Advisory) bool { return len(a.Imports) > 0 })
	})
	for _, module := range plan.GroupBy(affected, func(i *plan.Item) plan.ManifestKey { return i.Origin.Key() }) {
		findImports(module)
	}
}

// findImports reads the code of one module once for all its items.
func findImports(items []*plan.Item) {
	importer, ok := items[0].Origin.Ecosystem.(ecosystems.Importer)
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
	found, err := importer.Imports(items[0].Origin.Tree.FS, items[0].Origin.Manifest, packages)
	for _, i := range items {
		if err != nil {
			i.Tracef("which vulnerable packages are imported: %v", err)
			continue
		}
		for n := range i.Advisories {
			a := &i.Advisories[n]
			a.Looked = len(a.Imports) > 0
			for _, p := range a.Imports {
				if at := found[p]; at != "" && a.Imported == "" {
					a.Imported = i.Origin.Tree.Show(at)
				}
			}
		}
	}
}
