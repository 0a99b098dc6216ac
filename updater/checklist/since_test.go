package checklist

import (
	"crypto/sha1"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/plan"
)

// objectsOf names the files of a tree as git does.
func objectsOf(t testing.TB, old plan.Tree) map[string]string {
	out := map[string]string{}
	err := fs.WalkDir(old.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(old.FS, name)
		out[name] = fmt.Sprintf("%x", sha1.Sum([]byte(fmt.Sprintf("blob %d\x00%s", len(data), data))))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSince(t *testing.T) {
	const root, user = "FROM x:1\nCMD y\n", "FROM x:1\nUSER 1\nCMD y\n"
	for _, c := range []struct {
		name     string
		old, now map[string]string
		want     string // rules by file of what was brought in
	}{
		{"nothing changed", map[string]string{"Dockerfile": root}, map[string]string{"Dockerfile": root}, ""},
		{"moved in the file, other words", map[string]string{"Dockerfile": root}, map[string]string{"Dockerfile": "# x\n\n\nfrom   x:1\n\nCMD z\n"}, ""},
		{"moved to another folder", map[string]string{"Dockerfile": root}, map[string]string{"app/Dockerfile": root}, ""},
		{"a copy is new", map[string]string{"Dockerfile": root}, map[string]string{"Dockerfile": root, "b/Dockerfile": root}, "b/Dockerfile root-user"},
		{"another base that is root, too", map[string]string{"Dockerfile": root}, map[string]string{"Dockerfile": "FROM z:1\nCMD y\n"}, ""},
		{"the user is gone", map[string]string{"Dockerfile": user}, map[string]string{"Dockerfile": root}, "Dockerfile root-user"},
		{"mended", map[string]string{"Dockerfile": root}, map[string]string{"Dockerfile": user}, ""},
		{"one more of the same", map[string]string{"compose.yaml": "services: {a: {image: 'x:1', privileged: true}}\n"},
			map[string]string{"compose.yaml": "services: {b: {image: 'x:1', privileged: true}, a: {image: 'x:1', privileged: true}}\n"}, "compose.yaml privileged"},
		{"compose no longer sets the user", map[string]string{"Dockerfile": root, "compose.yaml": "services: {a: {build: ., user: '1'}}\n"},
			map[string]string{"Dockerfile": root, "compose.yaml": "services: {a: {build: .}}\n"}, ""},
		{"a new stage becomes an image", map[string]string{"Dockerfile": "FROM x:1 AS a\nCMD y\nFROM x:1\nUSER 1\n", "compose.yaml": "services: {a: {build: .}}\n"},
			map[string]string{"Dockerfile": "FROM x:1 AS a\nCMD y\nFROM x:1\nUSER 1\n", "compose.yaml": "services: {a: {build: .}, b: {build: {context: ., target: a}}}\n"}, "Dockerfile root-user"},
		{"a workflow names a stage", map[string]string{"Dockerfile": "FROM x:1 AS dev\nCMD y\nFROM x:1\nUSER 1\n"},
			map[string]string{"Dockerfile": "FROM x:1 AS dev\nCMD y\nFROM x:1\nUSER 1\n", ".github/workflows/ci.yml": "jobs:\n  x:\n    with:\n      target: dev\n"}, "Dockerfile root-user"},
		{"what cannot be looked up decides nothing", map[string]string{"Dockerfile": "FROM gone:1\nCMD y\n"}, map[string]string{"Dockerfile": root}, ""},
		{"but what needs no answer is new", map[string]string{"Dockerfile": "FROM gone:1\nCMD y\n"}, map[string]string{"Dockerfile": "FROM x\nCMD y\n"}, "Dockerfile no-version"},
	} {
		for _, quick := range []bool{true, false} {
			var asked []string
			s := rootChecker(&asked)
			now, err := s.Run(t.Context(), tree(c.now))
			if err != nil {
				t.Fatal(err)
			}
			old := tree(c.old)
			objects := objectsOf(t, old)
			if !quick {
				objects = nil
			}
			got, err := now.Since(t.Context(), old, objects)
			if err != nil {
				t.Fatal(err)
			}
			var rules []string
			for _, f := range got.Introduced {
				if f.Mode == check.Default {
					rules = append(rules, f.At.File+" "+f.Rule)
				}
			}
			if strings.Join(rules, "; ") != c.want {
				t.Errorf("%s (quick: %v): brought in %v, want %s", c.name, quick, rules, c.want)
			}
			if got.Before+len(got.Introduced) != len(now.Findings) {
				t.Errorf("%s: %d and %d of %d findings", c.name, got.Before, len(got.Introduced), len(now.Findings))
			}
		}
	}
}

// BenchmarkSince compares 1,000 files of which one changed, without network.
func BenchmarkSince(b *testing.B) {
	files := map[string]string{}
	for n := range 1000 {
		files[fmt.Sprintf("d%d/Dockerfile", n)] = "FROM x:1\nRUN apt-get update && apt-get install -y curl\nCOPY . .\nCMD y\n"
	}
	old := tree(files)
	objects := objectsOf(b, old)
	files["d7/Dockerfile"] = "FROM x\nUSER 1\n"
	var asked []string
	s := rootChecker(&asked)
	s.Answer = nil
	now, err := s.Run(b.Context(), tree(files))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		got, err := now.Since(b.Context(), old, objects)
		if err != nil || len(got.Introduced) == 0 {
			b.Fatal(err, got)
		}
	}
}
