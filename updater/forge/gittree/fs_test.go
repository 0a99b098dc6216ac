package gittree

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/updater/forge"
)

// made is a tree whose files are kept beside it.
type made struct {
	items []Item
	data  map[string][]byte
}

func (m *made) add(path, mode, content string) {
	hash := BlobHash([]byte(content))
	if m.data == nil {
		m.data = map[string][]byte{}
	}
	m.data[hash] = []byte(content)
	m.items = append(m.items, Item{Path: path, Mode: mode, Hash: hash, Size: int64(len(content))})
}

func (m *made) tree() *FS {
	return New(m.items, func(e forge.Entry) ([]byte, error) {
		data, ok := m.data[e.Hash]
		if !ok {
			return nil, errors.New("no such blob")
		}
		return data, nil
	})
}

func sample() *made {
	m := &made{}
	m.add("Dockerfile", File, "FROM scratch\n")
	m.add("deep/er/go.mod", File, "module m\n")
	m.add("deep/run.sh", Executable, "#!/bin/sh\n")
	m.add("empty", File, "")
	m.add("link", Link, "deep/er/go.mod")
	m.add("deep/up", Link, "../Dockerfile")
	m.add("folder", Link, "deep/er/")
	m.add("folder2", Link, "./folder/../er")
	m.add("out", Link, "../../etc/passwd")
	m.add("deep/out", Link, "../../x")
	m.add("abs", Link, "/etc/passwd")
	m.add("loop", Link, "loop")
	m.add("ping", Link, "pong")
	m.add("pong", Link, "ping")
	m.add("dangling", Link, "nowhere")
	m.add("emptylink", Link, "")
	m.add("here", Link, ".")
	m.items = append(m.items, Item{Path: "module", Mode: Module, Hash: EmptyBlob}, Item{Path: "hollow", Mode: Folder, Hash: EmptyBlob})
	return m
}

func TestFS(t *testing.T) {
	m := &made{} // links that lead nowhere cannot be opened, as TestFS wants
	for _, i := range sample().items {
		if i.Mode != Link {
			m.items = append(m.items, i)
		}
	}
	m.data = sample().data
	m.add("link", Link, "deep/er/go.mod")
	m.add("deep/up", Link, "../Dockerfile")
	if err := fstest.TestFS(m.tree(), "Dockerfile", "deep/er/go.mod", "deep/run.sh", "empty", "module", "link", "hollow"); err != nil {
		t.Error(err)
	}
}

func TestLinks(t *testing.T) {
	f := sample().tree()
	for _, tt := range []struct{ path, want string }{
		{"out", "-"},
		{"deep/out", "-"},
		{"abs", "-"},
		{"loop", "-"},
		{"ping", "-"},
		{"dangling", "-"},
		{"emptylink", "-"},
		{"Dockerfile/x", "-"},
		{"link/x", "-"},
		{"here/here/here/Dockerfile", "FROM scratch\n"},
		{"link", "module m\n"},
		{"deep/up", "FROM scratch\n"},
		{"folder/go.mod", "module m\n"},
		{"folder2/go.mod", "module m\n"},
		{"here/folder2/go.mod", "module m\n"},
	} {
		data, err := fs.ReadFile(f, tt.path)
		if tt.want == "-" {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("ReadFile(%s) = %q, %v, want that it is not there", tt.path, data, err)
			}
			continue
		}
		if err != nil || string(data) != tt.want {
			t.Errorf("ReadFile(%s) = %q, %v, want %q", tt.path, data, err, tt.want)
		}
	}
	if _, err := fs.ReadDir(f, "here/deep/../deep"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("ReadDir with ..: %v", err)
	}
	if info, err := fs.Stat(f, "folder"); err != nil || !info.IsDir() || info.Name() != "folder" {
		t.Errorf("Stat(folder) = %v, %v", info, err)
	}
	if info, err := fs.Lstat(f, "folder"); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("Lstat(folder) = %v, %v", info, err)
	}
	if to, err := fs.ReadLink(f, "deep/up"); err != nil || to != "../Dockerfile" {
		t.Errorf("ReadLink(deep/up) = %q, %v", to, err)
	}
}

func TestCallerMayChangeWhatWasRead(t *testing.T) {
	f := sample().tree()
	data, _ := fs.ReadFile(f, "Dockerfile")
	data[0] = 'X'
	if again, _ := fs.ReadFile(f, "Dockerfile"); string(again) != "FROM scratch\n" {
		t.Errorf("read again: %q", again)
	}
}

// FuzzTree makes trees of any names, links included, and walks them.
func FuzzTree(f *testing.F) {
	f.Add("a\na/b\na/b/c", "a\n..\nb", "a/b")
	f.Add("x\n../x\n/x\n./x\nx//y\nx/.", "x/../x\n.\n", "x/x/x")
	f.Fuzz(func(t *testing.T, paths, links, open string) {
		if len(paths)+len(links)+len(open) > 1000 {
			return
		}
		m := &made{}
		for n, p := range strings.Split(paths, "\n") {
			if n%3 == 2 {
				m.add(p, File, p)
				continue
			}
			targets := strings.Split(links, "\n")
			m.add(p, Link, targets[n%len(targets)])
		}
		tree := m.tree()
		_ = fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				t.Errorf("%q: %v", p, err)
			}
			if !fs.ValidPath(p) {
				t.Errorf("%q is no path", p)
			}
			_, _ = fs.ReadFile(tree, p+"/"+open)
			return nil
		})
		if file, err := tree.Open(open); err == nil {
			if _, err := file.Stat(); err != nil {
				t.Errorf("Stat(%q) = %v", open, err)
			}
		}
	})
}
