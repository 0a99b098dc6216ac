// Package ecosystemtest tests the contract of ecosystems: every dependency has a
// place, an edit changes that dependency and no other, and bytes outside the edits
// stay.
//
// The test servers are separate packages below it, because the demo embeds them
// and must not import package testing.
package ecosystemtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
)

// Edits is EditsIn for a repository with only that file.
func Edits(t *testing.T, eco ecosystems.Ecosystem, path, data string, target Target) {
	t.Helper()
	EditsIn(t, eco, map[string]string{path: data}, path, target)
}

// EditsIn runs ReadBack on path, also with other line ends and a byte order mark
// (see forms).
func EditsIn(t *testing.T, eco ecosystems.Ecosystem, files map[string]string, path string, target Target) {
	t.Helper()
	if !eco.Match(path) {
		t.Errorf("Match(%q) = false", path)
	}
	for _, form := range forms(files[path]) {
		files := maps.Clone(files)
		files[path] = form
		if err := ReadBack(eco, files, path, target); err != nil {
			t.Errorf("%s: %v\n%s", path, err, form)
		}
	}
}

// forms returns a file as it is and as other editors save it: with the line ends
// of Unix and of Windows, with a byte order mark, and without a final newline.
func forms(data string) []string {
	unix := strings.ReplaceAll(data, "\r\n", "\n")
	all := []string{data, unix, strings.ReplaceAll(unix, "\n", "\r\n"), "\uFEFF" + strings.TrimPrefix(data, "\uFEFF"), strings.TrimRight(data, "\r\n")}
	slices.Sort(all)
	return slices.Compact(all)
}

// placed checks that every span of a dependency is inside an existing file.
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

// fileOf returns the file of a span; path if the span names none.
func fileOf(at ecosystems.Span, path string) string {
	if at.File == "" {
		return path
	}
	return at.File
}

// apply applies edits to every file that they name.
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

// arrived checks that a dependency has the version, digest and hashes of the target.
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

// show returns a text that is the same for dependencies with equal content.
func show(d ecosystems.Dependency) string {
	return fmt.Sprintf("%s %+v %q %q %q %+v %v %v", d.Name, d.Package, d.Pin.Text, d.Pin.Digest, d.Pin.Platform, d.Skip, d.Direct, d.Ignored)
}
