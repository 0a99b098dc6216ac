package download

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/freshpin/freshpin/ecosystems"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
)

// TestCorpus moves every group of real Dockerfiles (FRESHPIN_CORPUS=FOLDER) to a
// version that does not exist, with checksums that stand in for the published
// ones: nothing panics, nothing moves by half, and BuildKit still reads the file.
func TestCorpus(t *testing.T) {
	root := os.Getenv("FRESHPIN_CORPUS")
	if root == "" {
		t.Skip("FRESHPIN_CORPUS names no folder")
	}
	e := New(source.New(source.Options{}), nil, nil)
	files, groups, moves, reasons := 0, 0, 0, map[string]int{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !e.Match(filepath.ToSlash(name)) {
			return err
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil // a symbolic link to nowhere
		}
		files++
		list, err := e.Extract(fstest.MapFS{"Dockerfile": {Data: src}}, "Dockerfile")
		if err != nil {
			return nil
		}
		for n, d := range list {
			groups++
			if d.Skip.Code != "" {
				reasons[d.Skip.Code]++
				t.Logf("%s: %s %s skipped: %s", strings.TrimPrefix(name, root), d.Name, d.Pin.Text, d.Skip.Text)
				continue
			}
			t.Logf("%s: %s %s %s at %d places", strings.TrimPrefix(name, root), d.Name, d.Pin.Text, d.Package.Index, len(d.At))
			if own, ok := d.Own.(*detail); ok {
				moves++
				standIn(t, e, name, src, list, n, own)
			}
		}
		return nil
	})
	t.Logf("%d files, %d groups, %d moved, skipped %v: %v", files, groups, moves, reasons, err)
	if files == 0 {
		t.Error("no Dockerfiles")
	}
}

func standIn(t *testing.T, e *Ecosystem, name string, src []byte, list []ecosystems.Dependency, n int, own *detail) {
	d := list[n]
	to := ecosystems.Target{}
	to.Version.Text = "98.76.54"
	for _, c := range own.group.Stage.Digests {
		if own.group.Stage.Owner(c, own.all).Group == own.group && !c.Key {
			a := sumlist.AlgorithmOf(c.Hex)
			to.Files = append(to.Files, ecosystems.File{Name: "f", Was: a + ":" + strings.ToLower(c.Hex), Checksum: a + ":" + strings.Repeat("c", len(c.Hex))})
		}
	}
	edits, err := e.Edit(d, to)
	if err != nil {
		t.Logf("%s: %s: %v", name, d.Name, err)
		return
	}
	after, err := ecosystems.Apply(src, edits)
	if err != nil {
		t.Errorf("%s: %s: %v", name, d.Name, err)
		return
	}
	again, err := e.Extract(fstest.MapFS{"Dockerfile": {Data: after}}, "Dockerfile")
	if err != nil || len(again) != len(list) {
		t.Errorf("%s: %s: %d dependencies after the edit, not %d: %v", name, d.Name, len(again), len(list), err)
		return
	}
	for m := range again {
		if again[m].Name == d.Name && again[m].Pin.Text == "98.76.54" {
			if err := e.Inspect(d, again[m], to); err != nil {
				t.Errorf("%s: %s: %v", name, d.Name, err)
			}
		}
	}
	if _, err := parser.Parse(bytes.NewReader(after)); err != nil {
		if _, before := parser.Parse(bytes.NewReader(src)); before == nil {
			t.Errorf("%s: %s: BuildKit: %v", name, d.Name, err)
		}
	}
}
