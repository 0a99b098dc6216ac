package ecosystemtest

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
)

// Judge compares the dependencies of real manifests with those that a Python
// script finds. script defines read(path), which returns the references in a file
// in the form of said, such as "name:version@digest", and raises an exception for a
// file that it cannot read. The ecosystem has to find all of these, and if both is
// true no others. Judge skips the test if there are no manifests, or no Python with
// the needed modules.
func Judge(t *testing.T, eco ecosystems.Ecosystem, script string, said func(ecosystems.Dependency) string, both bool) {
	t.Helper()
	root := os.Getenv(CorpusVariable)
	if root == "" {
		t.Skipf("%s names no folder of real manifests", CorpusVariable)
	}
	var files []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && eco.Match(filepath.ToSlash(name)) {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	theirs := python(t, script, files)
	read, named := 0, 0
	for _, name := range files {
		want, ok := theirs[name]
		if !ok { // Python cannot read it, so there is nothing to compare
			continue
		}
		read++
		named += len(want)
		list, err := eco.Extract(os.DirFS(filepath.Dir(name)), filepath.Base(name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		compare(t, name, list, want, said, both)
	}
	t.Logf("%d files, %d of which Python reads, with %d references in them", len(files), read, named)
}

func compare(t *testing.T, name string, list []ecosystems.Dependency, want []string, said func(ecosystems.Dependency) string, both bool) {
	t.Helper()
	var ours []string
	skipped := 0
	for _, d := range list {
		ours = append(ours, said(d))
		if !d.Skip.IsLookup() {
			skipped++
		}
	}
	lost := 0
	for _, w := range slices.Compact(slices.Sorted(slices.Values(want))) {
		if !slices.Contains(ours, w) {
			lost++
		}
	}
	// A skipped dependency may have no name that Python would give it.
	if lost > skipped {
		t.Errorf("%s: Python reads %q, and we list %q", name, want, ours)
	}
	for n, d := range list {
		if both && d.Skip.IsLookup() && !slices.Contains(want, ours[n]) {
			t.Errorf("%s: we list %s, and Python reads only %q", name, ours[n], want)
		}
	}
}

const judge = `
import json, sys
out = {}
for path in sys.stdin.read().split("\n"):
    try:
        if path: out[path] = [x for x in read(path) if isinstance(x, str) and x]
    except Exception: pass
print(json.dumps(out))
`

// python runs a script on files and returns the references in each.
func python(t *testing.T, script string, files []string) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "python3", "-c", script+judge)
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n"))
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	data, err := cmd.Output()
	if err != nil {
		t.Skipf("Python cannot judge: %v: %.200s", err, trouble.String())
	}
	out := map[string][]string{}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Reference returns the reference of an image, "name:version@digest".
func Reference(d ecosystems.Dependency) string {
	out := d.Name
	if d.Pin.Text != "" && d.Pin.Comment == nil {
		out += ":" + d.Pin.Text
	}
	if d.Pin.Digest != "" {
		out += "@" + d.Pin.Digest
	}
	return out
}
