package patch

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems"
)

// patched applies the patch of the changes with a command, and returns what is there then.
func patched(t *testing.T, files map[string]string, list []ecosystems.FileChange, command ...string) map[string]string {
	t.Helper()
	dir := folder(t, files)
	text := Of(os.DirFS(dir), list)
	if len(text) == 0 {
		return contents(t, dir)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(text)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s\n%s", command, err, out, text)
	}
	return contents(t, dir)
}

func needs(t *testing.T, command string) {
	t.Helper()
	if _, err := exec.LookPath(command); err != nil {
		t.Skipf("there is no %s command to check against", command)
	}
}

// TestPatch has git and patch apply what is printed.
func TestPatch(t *testing.T) {
	files := map[string]string{
		"crlf": "one\r\ntwo\r\nthree\r\n", "mixed": "one\r\ntwo\nthree", "open": "no end", "closed": "end\n", "bom": "\xef\xbb\xbfx: 1\n",
		"latin1": "caf\xe9\n", "run*": "#!/bin/sh\n", "a b/c d": "space\n", "ünï/日本": "x\n", "- odd": "-- x\n++ y\n", "dir/gone": "bye\n",
		"long": strings.Repeat("same\n", 40) + "x\n" + strings.Repeat("same\n", 40) + "y\n" + strings.Repeat("same\n", 10),
	}
	list := []ecosystems.FileChange{
		{Path: "- odd", Data: []byte("-- z\n++ y\n")},
		{Path: "a b/c d", Data: []byte("room\n")},
		{Path: "bom", Data: []byte("\xef\xbb\xbfx: 2\n")},
		{Path: "closed", Data: []byte("end")},
		{Path: "crlf", Data: []byte("one\r\n2\r\nthree\r\n")},
		{Path: "dir/gone", Delete: true},
		{Path: "dir/new/file", Data: []byte("hello\n")},
		{Path: "dir/new/open", Data: []byte("hello")},
		{Path: "latin1", Data: []byte("caf\xe9s\n")},
		{Path: "long", Data: []byte(strings.Repeat("same\n", 40) + "xx\n" + strings.Repeat("same\n", 40) + "yy\n" + strings.Repeat("same\n", 10))},
		{Path: "mixed", Data: []byte("one\r\nTWO\nthree")},
		{Path: "open", Data: []byte("an end\n")},
		{Path: "run*"[:3], Data: []byte("#!/bin/sh\ntrue\n")},
		{Path: "ünï/日本", Data: []byte("y\n")},
	}
	want := maps.Clone(files)
	for _, f := range list {
		name := f.Path
		if _, ok := files[name+"*"]; ok {
			name += "*"
		}
		if want[name] = string(f.Data); f.Delete {
			delete(want, name)
		}
	}
	for _, command := range [][]string{{"git", "apply", "--whitespace=nowarn"}, {"patch", "-p1", "-s", "--binary"}} {
		t.Run(command[0], func(t *testing.T) {
			needs(t, command[0])
			if diff := cmp.Diff(want, patched(t, files, list, command...)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestPatchNames has git take names that must be quoted, and empty files.
func TestPatchNames(t *testing.T) {
	needs(t, "git")
	files := map[string]string{"a\tb": "1\n", "quo\"te": "1\n", `back\slash`: "1\n", "line\nend": "1\n", "emptied": "1\n", "filled": ""}
	var list []ecosystems.FileChange
	want := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text := "2\n"
		if name == "emptied" {
			text = ""
		}
		list = append(list, ecosystems.FileChange{Path: name, Data: []byte(text)})
		want[name] = text
	}
	list = append(list, ecosystems.FileChange{Path: "new empty", Data: []byte{}})
	want["new empty"] = ""
	if diff := cmp.Diff(want, patched(t, files, list, "git", "apply", "--whitespace=nowarn")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestPatchAny: whatever a file holds, git makes of the old one the new one.
func TestPatchAny(t *testing.T) {
	needs(t, "git")
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a\n", "b\n", "\n", "a\r\n", "-\n", "@@ -1 +1 @@\n", "\\ No newline at end of file\n", " x\n", "\t\n"}), 0, 12)
	ends := rapid.SampledFrom([]string{"", "", "end", "\r", "a\n"})
	rapid.Check(t, func(r *rapid.T) {
		old := strings.Join(lines.Draw(r, "old"), "") + ends.Draw(r, "old end")
		to := strings.Join(lines.Draw(r, "new"), "") + ends.Draw(r, "new end")
		got := patched(t, map[string]string{"f": old}, []ecosystems.FileChange{{Path: "f", Data: []byte(to)}}, "git", "apply", "--whitespace=nowarn")
		if got["f"] != to {
			r.Fatalf("from %q\ngot %q\nwant %q", old, got["f"], to)
		}
	})
}

// folder fills a folder. A name that ends in "*" is executable.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		mode := fs.FileMode(0o644)
		if n, ok := strings.CutSuffix(name, "*"); ok {
			name, mode = n, 0o755
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// contents is the other way round. Folders that hold nothing are "name/".
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if list, err := os.ReadDir(name); err != nil || len(list) > 0 {
				return err
			}
			files[rel+"/"] = ""
			return nil
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		if i.Mode()&0o100 != 0 {
			rel += "*"
		}
		data, err := os.ReadFile(name)
		files[rel] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
