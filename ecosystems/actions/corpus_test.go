package actions_test

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
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/actions"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
)

// reader prints for each file of its arguments what another YAML parser (PyYAML)
// finds in it: the values of uses and image, by the rules of the two syntaxes.
const reader = `
import sys, json, yaml
class L(yaml.SafeLoader): pass
L.add_multi_constructor('!', lambda l, s, n: None)
def used(d):
    out = []
    def uses(m):
        if isinstance(m, dict) and isinstance(m.get('uses'), str): out.append(m['uses'].strip())
    def image(v):
        if isinstance(v, dict): v = v.get('image')
        if isinstance(v, str) and v.strip(): out.append('image ' + v.strip())
    if not isinstance(d, dict): return out
    for j in (d.get('jobs') or {}).values() if isinstance(d.get('jobs'), dict) else []:
        if not isinstance(j, dict): continue
        uses(j); image(j.get('container'))
        for s in (j.get('services') or {}).values() if isinstance(j.get('services'), dict) else []: image(s)
        for s in j.get('steps') or []: uses(s)
    r = d.get('runs')
    if isinstance(r, dict):
        for s in r.get('steps') or []: uses(s)
        if isinstance(r.get('image'), str) and r['image'].startswith('docker://'): out.append(r['image'])
    return out
res = {}
for f in json.load(sys.stdin):
    try: res[f] = [u for d in yaml.load_all(open(f, 'rb').read(), L) for u in used(d)]
    except yaml.YAMLError as e: res[f] = None
    except RecursionError: res[f] = None
json.dump(res, sys.stdout)
`

// TestCorpus compares extraction with an independent reader on real files, and
// edits each pin of them.
func TestCorpus(t *testing.T) {
	root := os.Getenv("FRESHPIN_CORPUS")
	if root == "" {
		t.Skip("FRESHPIN_CORPUS names no folder of real repositories")
	}
	eco := actions.New(nil, nil, "")
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && eco.Match(filepath.ToSlash(path)) {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Skipf("no workflow below %s: %v", root, err)
	}
	said := readAgain(t, files)
	pins := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		deps := extractBytes(t, eco, src)
		if said[file] == nil {
			continue // PyYAML does not read it
		}
		var got, want []string
		for _, d := range deps {
			got = append(got, written(src, d))
		}
		for _, use := range said[file] {
			if !strings.HasPrefix(use, "./") && !strings.HasPrefix(use, "../") {
				want = append(want, strings.TrimPrefix(strings.TrimPrefix(use, "image "), "docker://"))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", file, got, want)
		}
		pins += len(deps)
		editEach(t, eco, file, src, deps)
	}
	t.Logf("%d files, %d pins", len(files), pins)
}

// readAgain asks the other reader; the test is skipped where it is not here.
func readAgain(t *testing.T, files []string) map[string][]string {
	t.Helper()
	in, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", "-c", reader)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("there is no python3 with PyYAML here: %v", err)
	}
	var said map[string][]string
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	return said
}

func extractBytes(t *testing.T, eco *actions.Ecosystem, src []byte) []ecosystems.Dependency {
	t.Helper()
	const file = ".github/workflows/x.yml"
	deps, err := eco.Extract(fstest.MapFS{file: {Data: src}}, file)
	if err != nil {
		t.Fatal(err)
	}
	return deps
}

// written returns a pin as it stands in the file, without its comment.
func written(src []byte, d ecosystems.Dependency) string {
	name := d.Name
	switch {
	case d.Skip.Code != "" && d.Skip.Code != ecosystems.Unpinned && d.Pin.Text == "" && d.Pin.Digest == "":
		return name
	case d.Package.Kind == "oci" && d.Pin.Text == "" && d.Pin.Digest == "":
		return name
	case d.Package.Kind == "oci" && (d.Pin.Digest == "" || len(d.At) > 1):
		text := name + ":" + d.Pin.Text
		if d.Pin.Digest != "" {
			text += "@" + d.Pin.Digest
		}
		return text
	}
	return name + "@" + string(src[d.At[0].Start:d.At[0].End])
}

// editEach moves each pin by itself: it arrives, and the others and all other bytes stay.
func editEach(t *testing.T, eco *actions.Ecosystem, file string, src []byte, deps []ecosystems.Dependency) {
	t.Helper()
	for n, d := range deps {
		to := ecosystems.Target{Version: gittag.Parse("v99.9.9"), Digest: strings.Repeat("9", 40)}
		if d.Package.Kind == "oci" {
			to = ecosystems.Target{Version: dockertag.Parse("99.9.9"), Digest: "sha256:" + strings.Repeat("9", 64)}
		}
		if !d.Skip.IsZero() {
			continue
		}
		edits, err := eco.Edit(d, to)
		if err != nil {
			t.Errorf("%s: %s: %v", file, d.Name, err)
			continue
		}
		after, err := ecosystems.Apply(src, edits)
		if err != nil {
			t.Errorf("%s: %s: %v", file, d.Name, err)
			continue
		}
		again := extractBytes(t, eco, after)
		if len(again) != len(deps) {
			t.Errorf("%s: %s: %d pins became %d", file, d.Name, len(deps), len(again))
			continue
		}
		for m := range again {
			is, was := again[m], deps[m]
			switch {
			case m == n && d.Pin.NoDigest == "" && (is.Pin.Version.Text != to.Version.Text || is.Pin.Digest != to.Digest):
				t.Errorf("%s: %s arrived at %s@%s", file, d.Name, is.Pin.Text, is.Pin.Digest)
			case m != n && (is.Pin.Text != was.Pin.Text || is.Pin.Digest != was.Pin.Digest || is.Name != was.Name):
				t.Errorf("%s: %s moved with %s", file, is.Name, d.Name)
			}
		}
	}
}
