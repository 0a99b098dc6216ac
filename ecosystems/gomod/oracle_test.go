package gomod

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// oracle returns what modfile reads of a whole file, sorted; ok is false where
// it refuses it.
func oracle(data string) (want []string, ok bool) {
	data = strings.TrimPrefix(data, "\ufeff")
	f, err := modfile.Parse("go.mod", []byte(data), func(_, text string) (string, error) { return text, nil })
	if err != nil {
		return nil, false
	}
	add := func(name, text string, direct bool) {
		if text != "" {
			want = append(want, fmt.Sprint(name, " ", text, " ", direct))
		}
	}
	for _, r := range f.Require {
		add(r.Mod.Path, r.Mod.Version, !r.Indirect || holdsTool(f, r.Mod.Path))
	}
	for _, r := range f.Replace {
		if semver.Canonical(r.New.Version) == r.New.Version && r.New.Version != "" && checkVersion(r.New.Path, r.New.Version) != nil {
			return nil, false // only the go command looks at this
		}
		add(r.New.Path, r.New.Version, true)
	}
	if f.Toolchain != nil {
		add(toolchain, f.Toolchain.Name, true)
	}
	slices.Sort(want)
	return want, true
}

// holdsTool reports whether a module is the nearest one above the package of a tool line.
func holdsTool(f *modfile.File, path string) bool {
	return slices.ContainsFunc(f.Tool, func(t *modfile.Tool) bool {
		nearest := ""
		for _, r := range f.Require {
			if strings.HasPrefix(t.Path+"/", r.Mod.Path+"/") && len(r.Mod.Path) > len(nearest) {
				nearest = r.Mod.Path
			}
		}
		return nearest == path
	})
}

// Every go.mod below FRESHPIN_CORPUS reads as modfile reads it.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("FRESHPIN_CORPUS")
	if dir == "" {
		t.Skip("FRESHPIN_CORPUS names no folder with go.mod files")
	}
	files := 0
	err := fs.WalkDir(os.DirFS(dir), ".", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !New(nil, nil).Match(file) {
			return err
		}
		deps, err := New(nil, nil).Extract(os.DirFS(dir), file)
		if err != nil {
			return err
		}
		files++
		data, _ := fs.ReadFile(os.DirFS(dir), file)
		var got []string
		for _, d := range deps {
			if !d.Skip.IsZero() && d.Skip.Code != "replaced" {
				t.Logf("%s: %s: %+v", file, d.Name, d.Skip)
			}
			got = append(got, fmt.Sprint(d.Name, " ", d.Pin.Text, " ", d.Direct))
		}
		slices.Sort(got)
		if want, ok := oracle(string(data)); ok && !slices.Equal(got, want) {
			without := func(a, b []string) []string {
				return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
			}
			t.Errorf("%s: %q, want %q", file, without(got, want), without(want, got))
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
	t.Logf("%d files", files)
}
