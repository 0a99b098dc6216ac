package edit

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/scan"
)

// Prepare sets the edits of an update, with their positions. It holds an update that cannot be written.
func Prepare(i *plan.Item) {
	if i.Status != plan.Update {
		return
	}
	edits, err := i.Origin.Ecosystem.Edit(i.Dependency, i.Target)
	if err != nil {
		i.Hold(ecosystems.Reason{Code: ecosystems.Unsupported, Text: err.Error()})
		return
	}
	i.Edits = nil
	files := map[string][]byte{}
	for _, e := range edits {
		if e.At.File == "" {
			e.At.File = i.Origin.Manifest
		}
		data, ok := files[e.At.File]
		if !ok {
			data, _ = fs.ReadFile(i.Origin.Tree.FS, e.At.File) // Verify reports an unreadable file
			files[e.At.File] = data
		}
		line, column := ecosystems.Position(data, e.At.Start)
		i.Edits = append(i.Edits, plan.Edit{Edit: e, File: i.Origin.Tree.Show(e.At.File), Line: line, Column: column})
	}
}

// Verify applies the edits of every manifest in memory and reads the result
// again. It holds each update that would change anything except its own
// dependency.
func Verify(items []plan.Item) {
	for _, manifest := range plan.GroupBy(plan.Updates(items), func(i *plan.Item) plan.ManifestKey { return i.Origin.Key() }) {
		verifyFile(manifest)
	}
}

func verifyFile(items []*plan.Item) {
	before := map[string][]ecosystems.Dependency{}
	for _, e := range readers(items) {
		before[e.Info().Name], _ = scan.Extract(items[0].Origin.Tree.FS, items[0].Origin.Manifest, e)
	}
	if readBack(before, items) == nil {
		return
	}
	// Together they fail, so each is tried alone to find the ones to blame.
	held := 0
	for _, i := range items {
		if err := readBack(before, []*plan.Item{i}); err != nil {
			i.Hold(ecosystems.Reason{Code: ecosystems.Unsupported, Text: err.Error()})
			held++
		}
	}
	if held > 0 {
		return
	}
	for _, i := range items {
		i.Hold(ecosystems.Reason{Code: ecosystems.Conflict, Text: "the updates of this file cannot be written together"})
	}
}

// readers returns the ecosystems that read the manifest of items.
func readers(items []*plan.Item) []ecosystems.Ecosystem {
	list := items[0].Origin.Readers
	if len(list) == 0 {
		list = []ecosystems.Ecosystem{items[0].Origin.Ecosystem}
	}
	return list
}

// readBack applies the edits of the items and returns an error unless every
// ecosystem that reads the file finds the targets of the items and no other
// change. before has the dependencies before the edits, by ecosystem.
func readBack(before map[string][]ecosystems.Dependency, items []*plan.Item) error {
	edited, err := overlaid(items)
	if err != nil {
		return err
	}
	for _, e := range readers(items) {
		after, err := scan.Extract(edited, items[0].Origin.Manifest, e)
		if err != nil {
			return err
		}
		if err := compare(e, before[e.Info().Name], after, items); err != nil {
			return err
		}
	}
	return nil
}

// compare returns an error unless the items have moved to their targets and all
// other dependencies are the same.
func compare(e ecosystems.Ecosystem, before, after []ecosystems.Dependency, items []*plan.Item) error {
	manifest := items[0].Origin.Manifest
	if len(after) != len(before) {
		return fmt.Errorf("after the edit %s has %s, not %d", manifest, plan.Count(len(after), "dependency"), len(before))
	}
	moved := map[string]*plan.Item{}
	for _, i := range items {
		if i.Origin.Ecosystem.Info().Name == e.Info().Name {
			moved[identity(i.Dependency)] = i
		}
	}
	for n, was := range before {
		is, i := after[n], moved[identity(placed(was, manifest))]
		if i == nil && !same(was, is) {
			return fmt.Errorf("the edit would also change %s in %s", was.Name, manifest)
		}
		if i != nil && !arrived(is, i.Target) {
			return fmt.Errorf("after the edit %s reads %s%s, not %s", is.Name, is.Pin.Text, is.Pin.Digest, i.Target.Version)
		}
		if inspector, ok := e.(ecosystems.Inspector); ok && i != nil {
			if err := inspector.Inspect(was, is, i.Target); err != nil {
				return err
			}
		}
	}
	return nil
}

// placed returns a dependency whose positions all name a file, as those of items do.
func placed(d ecosystems.Dependency, manifest string) ecosystems.Dependency {
	d.At = slices.Clone(d.At)
	for n := range d.At {
		d.At[n].File = cmp.Or(d.At[n].File, manifest)
	}
	return d
}

// identity distinguishes the dependencies of one manifest, even at the same position.
func identity(d ecosystems.Dependency) string {
	return fmt.Sprintf("%+v %+v %q %q %q", d.At, d.Package, d.Name, d.Pin.Text, d.Pin.Platform)
}

// overlaid returns the tree after the edits of the items.
func overlaid(items []*plan.Item) (fs.FS, error) {
	t := items[0].Origin.Tree
	byFile := map[string][]ecosystems.Edit{}
	for _, i := range items {
		for _, e := range i.Edits {
			byFile[e.At.File] = append(byFile[e.At.File], e.Edit)
		}
	}
	edited := state{}
	for name, edits := range byFile {
		data, err := fs.ReadFile(t.FS, name)
		if err != nil {
			return nil, err
		}
		if edited[name], err = ecosystems.Apply(data, edits); err != nil {
			return nil, err
		}
	}
	return edited.over(t.FS), nil
}

func same(a, b ecosystems.Dependency) bool {
	return a.Name == b.Name && a.Package == b.Package && a.Pin.Text == b.Pin.Text && a.Pin.Digest == b.Pin.Digest &&
		a.Skip == b.Skip && a.Direct == b.Direct
}

// arrived reports whether a dependency has the target of its update.
func arrived(d ecosystems.Dependency, to ecosystems.Target) bool {
	if d.Pin.Admits != nil {
		return d.Pin.Admits(to.Version)
	}
	// The digest decides: the text beside it is only a comment or a tag for people.
	if to.Digest != "" && to.Named != "" && d.Pin.Version.Text == to.Named {
		return d.Pin.Digest == to.Digest
	}
	return d.Pin.Version.Text == to.Version.Text && (to.Digest == "" || d.Pin.Digest == to.Digest)
}
