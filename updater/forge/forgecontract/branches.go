package forgecontract

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
)

// branches opens branches other than the default one, and proposes a change to one.
func branches(t *testing.T, p *person) {
	f, ok := p.Forge.(forge.Brancher)
	if !ok {
		t.Skip("this forge opens the default branch alone")
	}
	main := p.open(t)
	first := p.Commit(t, "release/1.x", map[string]File{"Dockerfile": {"100644", "FROM python:3.5.1\n"}})
	// Characters that have to be escaped in an address.
	second := p.Commit(t, "release/2+x#ü", map[string]File{"Dockerfile": {"100644", "FROM python:3.5.2\n"}})
	// Not below the prefix.
	p.Commit(t, "releases", map[string]File{"Dockerfile": {"100644", "FROM x\n"}})

	list, err := f.Branches(t.Context(), p.Repo, "release/")
	if err != nil || len(list) != 2 || list[0] != (forge.Branch{Name: "release/1.x", Commit: first}) || list[1] != (forge.Branch{Name: "release/2+x#ü", Commit: second}) {
		t.Fatalf("Branches = %+v, %v; want those at %s and %s", list, err, first, second)
	}
	if none, err := f.Branches(t.Context(), p.Repo, "none/"); err != nil || len(none) != 0 {
		t.Errorf("Branches of none = %+v, %v", none, err)
	}
	for _, b := range append(list, forge.Branch{Name: "release/1.x"}, forge.Branch{Name: main.Branch, Commit: main.Commit, Tree: main.Tree}) {
		c, err := f.OpenBranch(t.Context(), main, b)
		if err != nil {
			t.Fatalf("OpenBranch(%+v): %v", b, err)
		}
		files, commit := p.Read(t, b.Name)
		data, err := fs.ReadFile(c.FS, "Dockerfile")
		if err != nil || string(data) != files["Dockerfile"].Data || c.Branch != b.Name || c.Commit != commit || c.Repo != main.Repo || c.CanWrite != main.CanWrite {
			t.Errorf("OpenBranch(%+v) = %s at %s with %q, %v", b, c.Branch, c.Commit, data, err)
		}
	}
	for _, name := range []string{"release/9", "release", ""} {
		if _, err := f.OpenBranch(t.Context(), main, forge.Branch{Name: name}); name != "" && !errors.Is(err, forge.ErrNotFound) || err == nil {
			t.Errorf("OpenBranch(%q): %v, want not found", name, err)
		}
	}
	p.proposeOn(t, f, main, list[0])
}

// proposeOn opens a pull request whose base is another branch.
func (p *person) proposeOn(t *testing.T, f forge.Brancher, main *forge.Checkout, b forge.Branch) {
	t.Helper()
	at, err := f.OpenBranch(t.Context(), main, b)
	if err != nil {
		t.Fatal(err)
	}
	c := p.change(t, "aa", ecosystems.FileChange{Path: "Dockerfile", Data: []byte("FROM python:3.5.9\n")})
	c.Base, c.Parent, c.Tree, c.Entries = at.Branch, at.Commit, at.Tree, at.Files
	pr, err := p.Forge.Publish(t.Context(), p.Repo, c)
	if err != nil || pr.Base != b.Name {
		t.Fatalf("Publish on %s: base %q, %v", b.Name, pr.Base, err)
	}
	p.holds(t, c.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.5.9\n"}})
	p.Merge(t, pr)
	if files, _ := p.Read(t, b.Name); files["Dockerfile"].Data != "FROM python:3.5.9\n" {
		t.Errorf("%s holds %q after merging", b.Name, files["Dockerfile"].Data)
	}
	if files, _ := p.Read(t, main.Branch); files["Dockerfile"].Data != Seed()["Dockerfile"].Data {
		t.Errorf("%s holds %q: it was not the base", main.Branch, files["Dockerfile"].Data)
	}
}
