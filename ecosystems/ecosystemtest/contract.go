// Package ecosystemtest holds the contract that every ecosystem passes: what is
// extracted has a place, what is edited changes that one dependency and no
// other, and bytes outside the edits stay.
//
// The servers to test against are packages of their own below it, because they
// are also embedded in the demo and may not know package testing.
package ecosystemtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
)

// Edits checks one file: EditsIn for a repository that holds nothing else.
func Edits(t *testing.T, eco ecosystems.Ecosystem, path, data string, target func(ecosystems.Dependency) ecosystems.Target) {
	t.Helper()
	EditsIn(t, eco, map[string]string{path: data}, path, target)
}

// EditsIn extracts path, moves every dependency that can be edited to the target
// that the function names (none where its Version is zero), one after the
// other, and checks that extraction of the result shows exactly that one moved.
// It does so for the file as it is and in its other forms.
func EditsIn(t *testing.T, eco ecosystems.Ecosystem, files map[string]string, path string, target func(ecosystems.Dependency) ecosystems.Target) {
	t.Helper()
	if !eco.Match(path) {
		t.Errorf("Match(%q) = false", path)
	}
	for _, form := range forms(files[path]) {
		files := maps.Clone(files)
		files[path] = form
		edits(t, eco, files, path, target)
	}
}

// forms returns a file as it is, and as other editors would have saved it: with
// the line ends of Unix and of Windows, with a byte order mark, and without the
// end of its last line.
func forms(data string) []string {
	unix := strings.ReplaceAll(data, "\r\n", "\n")
	all := []string{data, unix, strings.ReplaceAll(unix, "\n", "\r\n"), "\uFEFF" + strings.TrimPrefix(data, "\uFEFF"), strings.TrimRight(data, "\r\n")}
	slices.Sort(all)
	return slices.Compact(all)
}

func edits(t *testing.T, eco ecosystems.Ecosystem, files map[string]string, path string, target func(ecosystems.Dependency) ecosystems.Target) {
	t.Helper()
	before := extract(t, eco, files, path)
	for n, d := range before {
		if err := placed(files, path, d); err != nil {
			t.Errorf("%s: %s: %v", path, d.Name, err)
			continue
		}
		to := target(d)
		if !d.Skip.IsLookup() || d.Ignored || to.Version.IsZero() {
			continue
		}
		if err := moves(t, eco, files, path, before, n, to); err != nil {
			t.Errorf("%s: %s%s to %s: %v\n%s", path, d.Name, d.Pin.Text, to.Version, err, files[path])
		}
	}
}

func extract(t *testing.T, eco ecosystems.Ecosystem, files map[string]string, path string) []ecosystems.Dependency {
	t.Helper()
	repo := fstest.MapFS{}
	for name, data := range files {
		repo[name] = &fstest.MapFile{Data: []byte(data)}
	}
	deps, err := eco.Extract(repo, path)
	if err != nil {
		t.Fatalf("Extract(%s): %v\n%s", path, err, files[path])
	}
	return deps
}

// placed checks that every span of a dependency lies in a file that is there.
func placed(files map[string]string, path string, d ecosystems.Dependency) error {
	if len(d.At) == 0 {
		return fmt.Errorf("has no position")
	}
	for _, at := range d.At {
		data, ok := files[fileOf(at, path)]
		if !ok || at.Start < 0 || at.End < at.Start || at.End > len(data) {
			return fmt.Errorf("span %+v lies outside the file of %d bytes", at, len(data))
		}
	}
	return nil
}

// fileOf returns the file of a span; a span without one stands in the file that was read.
func fileOf(at ecosystems.Span, path string) string {
	if at.File == "" {
		return path
	}
	return at.File
}

// moves edits the dependency before[n] and compares all dependencies of the result.
func moves(t *testing.T, eco ecosystems.Ecosystem, files map[string]string, path string, before []ecosystems.Dependency, n int, to ecosystems.Target) error {
	edits, err := eco.Edit(before[n], to)
	if err != nil || len(edits) == 0 {
		return err
	}
	edited, err := apply(files, path, edits)
	if err != nil {
		return err
	}
	after := extract(t, eco, edited, path)
	if len(after) != len(before) {
		return fmt.Errorf("%d dependencies became %d:\n%s", len(before), len(after), edited[path])
	}
	for i := range after {
		shared := slices.Equal(before[i].At, before[n].At)
		if !shared && show(before[i]) != show(after[i]) {
			return fmt.Errorf("the edit also changes %s into %s", show(before[i]), show(after[i]))
		}
	}
	return arrived(after[n], to)
}

// apply makes edits in every file that they name.
func apply(files map[string]string, path string, edits []ecosystems.Edit) (map[string]string, error) {
	out, byFile := map[string]string{}, map[string][]ecosystems.Edit{}
	for _, e := range edits {
		byFile[fileOf(e.At, path)] = append(byFile[fileOf(e.At, path)], e)
	}
	for name, data := range files {
		edited, err := ecosystems.Apply([]byte(data), byFile[name])
		if err != nil {
			return nil, err
		}
		out[name] = string(edited)
	}
	return out, nil
}

// arrived checks that a dependency stands where the update leads.
func arrived(d ecosystems.Dependency, to ecosystems.Target) error {
	switch {
	case d.Pin.Admits != nil && !d.Pin.Admits(to.Version):
		return fmt.Errorf("the new range %q does not admit it", d.Pin.Text)
	case d.Pin.Admits == nil && d.Pin.Version.Text != to.Version.Text:
		return fmt.Errorf("the file now says %q", d.Pin.Version.Text)
	case to.Digest != "" && d.Pin.Digest != to.Digest:
		return fmt.Errorf("the file now has the digest %q", d.Pin.Digest)
	}
	return nil
}

// show is equal for dependencies that say the same.
func show(d ecosystems.Dependency) string {
	return fmt.Sprintf("%s %+v %q %q %q %+v %v %v", d.Name, d.Package, d.Pin.Text, d.Pin.Digest, d.Pin.Platform, d.Skip, d.Direct, d.Ignored)
}
