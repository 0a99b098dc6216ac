package forgecontract

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
)

func open(t *testing.T, p *person) {
	c := p.open(t)
	got := map[string]File{}
	for name, e := range c.Files {
		i, err := fs.Lstat(c.FS, name)
		if err != nil {
			t.Errorf("Lstat(%s): %v", name, err)
			continue
		}
		f := File{Mode: e.Mode}
		if i.Mode()&fs.ModeSymlink != 0 {
			f.Data, err = fs.ReadLink(c.FS, name)
		} else {
			var data []byte
			data, err = fs.ReadFile(c.FS, name)
			f.Data = string(data)
		}
		if err != nil || e.Size != int64(len(f.Data)) {
			t.Errorf("%s: %d bytes, %v; the listing says %d", name, len(f.Data), err, e.Size)
		}
		got[name] = f
	}
	if diff := cmp.Diff(Seed(), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	_, commit := p.Read(t, c.Branch)
	if c.Commit != commit || c.Repo != p.Repo || !c.CanWrite || c.Tree == "" || c.Tree == c.Commit {
		t.Errorf("%+v, want commit %s", c, commit)
	}
	// What was read one by one before may be fetched together again.
	if err := c.Fetch(t.Context(), slices.Collect(maps.Keys(c.Files))); err != nil {
		t.Errorf("Fetch: %v", err)
	}
	through, err := fs.ReadFile(c.FS, "docker/link")
	if err != nil || string(through) != "FROM python:3.6.1\n" {
		t.Errorf("through a link: %q %v", through, err)
	}
	if _, err := fs.ReadFile(c.FS, "docker"); err == nil {
		t.Error("a folder was read as a file")
	}
	if _, err := fs.ReadFile(c.FS, "nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nowhere: %v", err)
	}
}

func notFound(t *testing.T, p *person) {
	_, err := p.Forge.Open(t.Context(), p.Repo+"-is-not-there")
	var refused *forge.Denied
	if !errors.As(err, &refused) || refused.Code != forge.NotFound || strings.Contains(refused.Reason, "\n") {
		t.Errorf("Open of nothing: %v", err)
	}
}

func unpack(t *testing.T, p *person) {
	dir := t.TempDir()
	if err := p.open(t).Unpack(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	got := map[string]File{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		i, err := d.Info()
		if err != nil {
			return err
		}
		f := File{Mode: "100644"}
		switch {
		case i.Mode()&fs.ModeSymlink != 0:
			f.Mode = "120000"
			f.Data, err = os.Readlink(name)
		case i.Mode()&0o100 != 0:
			f.Mode = "100755"
			fallthrough
		default:
			var data []byte
			data, err = os.ReadFile(name)
			f.Data = string(data)
		}
		got[filepath.ToSlash(rel)] = f
		return err
	})
	if diff := cmp.Diff(Seed(), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// files checks that modes, bytes and names are unchanged.
func files(t *testing.T, p *person) {
	c := p.change(t, "1a",
		file("run.sh", "#!/bin/sh\nexec true\n"),
		file("docker/link", "prod/Dockerfile"),
		file("docker/prod/Dockerfile", "\xef\xbb\xbfFROM x:2\r\nRUN y"),
		file("images/ünï cödé 日本.txt", "ö\n"),
		file("images/logo.png", "\x89PNG\x00\x00\xff"),
		file("latin1.txt", "na\xefve\n"),
		file("empty", "\n"),
		file("new/deep/down/go.sum", "x v1 h1:=\n"),
		file("new empty", ""),
		ecosystems.FileChange{Path: "gone/only", Delete: true},
	)
	p.publish(t, c)
	p.holds(t, c.Branch, map[string]File{
		"run.sh":                 {"100755", "#!/bin/sh\nexec true\n"},
		"docker/link":            {"120000", "prod/Dockerfile"},
		"docker/prod/Dockerfile": {"100644", "\xef\xbb\xbfFROM x:2\r\nRUN y"},
		"images/ünï cödé 日本.txt": {"100644", "ö\n"},
		"images/logo.png":        {"100644", "\x89PNG\x00\x00\xff"},
		"latin1.txt":             {"100644", "na\xefve\n"},
		"empty":                  {"100644", "\n"},
		"new/deep/down/go.sum":   {"100644", "x v1 h1:=\n"},
		"new empty":              {"100644", ""},
	}, "gone/only")
}

func many(t *testing.T, p *person) {
	changed := map[string]File{}
	var list []ecosystems.FileChange
	for n := range 60 {
		name, text := fmt.Sprintf("many/%03d/go.mod", n), fmt.Sprintf("module n%d\n", n)
		changed[name] = File{"100644", text}
		list = append(list, file(name, text))
	}
	c := p.change(t, "1a", list...)
	p.publish(t, c)
	p.holds(t, c.Branch, changed)
}

// nothing checks that an empty change opens no pull request.
func nothing(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.1\n"))
	if pr, err := p.Forge.Publish(t.Context(), p.Repo, c); err == nil {
		t.Errorf("a change of nothing became %+v", pr)
	}
	if list := p.pulls(t, nil); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	c = p.change(t, "1a", file("Dockerfile", "FROM python:3.6.2\n"))
	// Without our prefix, or no names of branches (git-check-ref-format(1)).
	for _, branch := range []string{"main", "", "freshpin/../../x", "freshpin/a b", "freshpin/x.lock"} {
		c.Branch = branch
		if pr, err := p.Forge.Publish(t.Context(), p.Repo, c); err == nil {
			t.Errorf("the branch %q became %+v", branch, pr)
		}
	}
}

// names checks that unusual texts arrive unchanged.
func names(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n"))
	c.Branch = forge.Prefix + "in/services/äpi/gomod"
	c.Title, c.Message = `Update "python" <b> 日本 \n`, "Update python\n\nTwo paragraphs, \"quoted\".\n\nSigned-off-by: A <a@example.com>"
	c.Body = func(string) string { return "| a | b |\n|---|---|\n| ü | `x` |\n\n<!-- freshpin:{\"x\":1} -->" }
	pr := p.publish(t, c)
	list := p.pulls(t, []int{})
	if len(list) != 1 || list[0].Title != c.Title || list[0].Branch != c.Branch || strings.TrimSpace(list[0].Body) != c.Body("") {
		t.Errorf("%+v", list)
	}
	if second := p.publish(t, c); second.Head != pr.Head {
		t.Errorf("the fingerprint below another trailer is not found: %s, then %s", pr.Head, second.Head)
	}
}
