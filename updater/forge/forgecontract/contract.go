// Package forgecontract holds the contract that every forge passes: nothing is
// done twice, nobody's commits are lost, and files arrive byte by byte with the
// kind that they had.
//
// It knows no forge. Whoever tests one brings a repository to test with, and
// the hands of a person who works on it.
package forgecontract

import (
	"context"
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

// A File is a file of a repository.
type File struct {
	Mode string // git's: "100644", "100755", "120000"
	Data string // of a symbolic link: where it leads
}

// A Fixture is a forge with a repository in it.
type Fixture struct {
	Forge forge.Forge
	Repo  string

	// Commit is a person who commits the files on a branch, which is made from
	// the default branch where there is none, and returns the commit.
	Commit func(t *testing.T, branch string, files map[string]File) string
	// Read returns what a clone of the branch holds, and its commit; nil and "" if there is no such branch.
	Read func(t *testing.T, branch string) (files map[string]File, commit string)
	// Merge is a person who merges the branch of a pull request into its base.
	Merge func(t *testing.T, pr forge.PullRequest)
}

// Seed is what the default branch of a Fixture's repository holds.
func Seed() map[string]File {
	files := map[string]File{
		"Dockerfile":             {"100644", "FROM python:3.6.1\n"},
		"run.sh":                 {"100755", "#!/bin/sh\n"},
		"docker/link":            {"120000", "../Dockerfile"},
		"docker/prod/Dockerfile": {"100644", "FROM x:1\r\nRUN y"},
		"empty":                  {"100644", ""},
		"gone/only":              {"100644", "x\n"},
		"gone.txt":               {"100644", "sorts between gone and gone/\n"},
		"images/ünï cödé 日本.txt": {"100644", "ä\n"},
		"images/logo.png":        {"100644", "\x89PNG\r\n\x1a\n\x00\xff\xfe"},
		"latin1.txt":             {"100644", "caf\xe9\n"},
	}
	for n := range 120 {
		files[fmt.Sprintf("many/%03d/go.mod", n)] = File{"100644", fmt.Sprintf("module m%d\n", n)}
	}
	return files
}

// Test runs the contract. New makes a fixture whose repository holds the files
// of Seed in one commit on its default branch.
func Test(t *testing.T, newFixture func(t *testing.T, files map[string]File) Fixture) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *person)
	}{
		{"Open", open},
		{"NotFound", notFound},
		{"Unpack", unpack},
		{"PublishTwice", publishTwice},
		{"Files", files},
		{"Many", many},
		{"Nothing", nothing},
		{"Moves", moves},
		{"Base", base},
		{"Lost", lost},
		{"Touched", touched},
		{"Amended", amended},
		{"Keep", keep},
		{"Names", names},
		{"Several", several},
		{"Close", closed},
		{"CloseTouched", closeTouched},
		{"Merged", merged},
		{"Known", known},
		{"Memory", memory},
		{"MemoryConflict", memoryConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.test(t, &person{newFixture(t, Seed())})
		})
	}
}

// A person works with a fixture.
type person struct{ Fixture }

func (p *person) open(t *testing.T) *forge.Checkout {
	t.Helper()
	c, err := p.Forge.Open(t.Context(), p.Repo)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return c
}

// change is a change of one file, on the newest commit.
func (p *person) change(t *testing.T, print string, changes ...ecosystems.FileChange) forge.Change {
	t.Helper()
	c := p.open(t)
	return forge.Change{
		Branch: forge.Prefix + "dockerfile", Base: c.Branch, Parent: c.Commit, Tree: c.Tree, Files: changes, Entries: c.Files,
		Message: "Update python\n\nFrom 3.6.1.", Title: "Update python", Fingerprint: print,
		Body:   func(head string) string { return "The branch stands on " + head },
		Labels: []string{"dependencies"},
	}
}

func file(path, data string) ecosystems.FileChange {
	return ecosystems.FileChange{Path: path, Data: []byte(data)}
}

func (p *person) publish(t *testing.T, c forge.Change) forge.PullRequest {
	t.Helper()
	pr, err := p.Forge.Publish(t.Context(), p.Repo, c)
	if err != nil {
		t.Fatalf("Publish: %v", err)
	}
	return pr
}

// again is the change as it is sent to bring a pull request up to date.
func again(c forge.Change, pr forge.PullRequest) forge.Change {
	c.Number, c.Was = pr.Number, pr.Head
	return c
}

func (p *person) pulls(t *testing.T, known []int) []forge.PullRequest {
	t.Helper()
	list, err := p.Forge.PullRequests(t.Context(), p.Repo, known)
	if err != nil {
		t.Fatalf("PullRequests: %v", err)
	}
	return list
}

// holds checks that a branch holds the files of Seed with some of them changed.
func (p *person) holds(t *testing.T, branch string, changed map[string]File, gone ...string) {
	t.Helper()
	want := Seed()
	maps.Copy(want, changed)
	for _, name := range gone {
		delete(want, name)
	}
	got, _ := p.Read(t, branch)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", branch, diff)
	}
}

// one checks that there is exactly one pull request, as expected.
func (p *person) one(t *testing.T, want forge.PullRequest) {
	t.Helper()
	list := p.pulls(t, nil)
	if len(list) != 1 {
		t.Fatalf("%d pull requests, want 1: %+v", len(list), list)
	}
	got := list[0]
	if got.Number != want.Number || got.Head != want.Head || got.Branch != want.Branch || got.State != want.State || got.Title != want.Title {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

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
	var refused *forge.Refused
	if !errors.As(err, &refused) || refused.Code != "not-found" || strings.Contains(refused.Reason, "\n") {
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

// publishTwice sends the very same change again, as after a crash: once with
// nothing known of the first time, once with all.
func publishTwice(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n"))
	first := p.publish(t, c)
	if first.Number == 0 || first.State != forge.Open || first.Branch != c.Branch || first.Base != c.Base || first.Title != c.Title {
		t.Errorf("%+v", first)
	}
	if !strings.Contains(first.Body, first.Head) || !slices.Contains(first.Labels, "dependencies") {
		t.Errorf("body %q, labels %q; head %s", first.Body, first.Labels, first.Head)
	}
	p.holds(t, c.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}})
	second := p.publish(t, c)
	if second.Number != first.Number || second.Head != first.Head {
		t.Errorf("again: %+v\nfirst %+v", second, first)
	}
	p.one(t, first)
	if _, commit := p.Read(t, c.Branch); commit != first.Head {
		t.Errorf("the branch stands on %s, not %s", commit, first.Head)
	}
	p.holds(t, c.Base, nil)
}

// files checks that kinds, bytes and names arrive.
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
	for n := range 120 {
		name, text := fmt.Sprintf("many/%03d/go.mod", n), fmt.Sprintf("module n%d\n", n)
		changed[name] = File{"100644", text}
		list = append(list, file(name, text))
	}
	c := p.change(t, "1a", list...)
	p.publish(t, c)
	p.holds(t, c.Branch, changed)
}

// nothing is no pull request.
func nothing(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.1\n"))
	if pr, err := p.Forge.Publish(t.Context(), p.Repo, c); err == nil {
		t.Errorf("a change of nothing became %+v", pr)
	}
	if list := p.pulls(t, nil); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	c = p.change(t, "1a", file("Dockerfile", "FROM python:3.6.2\n"))
	for _, branch := range []string{"main", "", "freshpin/../../x", "freshpin/a b", "freshpin/x.lock"} {
		c.Branch = branch
		if pr, err := p.Forge.Publish(t.Context(), p.Repo, c); err == nil {
			t.Errorf("the branch %q became %+v", branch, pr)
		}
	}
}

// moves changes the content: the same branch and pull request, one commit.
func moves(t *testing.T, p *person) {
	first := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n"), file("empty", "no more\n")))
	c := again(p.change(t, "2b", file("Dockerfile", "FROM python:3.6.15\n")), first)
	c.Title = "Update python again"
	second := p.publish(t, c)
	if second.Number != first.Number || second.Head == first.Head || second.Title != c.Title || !strings.Contains(second.Body, second.Head) {
		t.Errorf("second %+v\nfirst %+v", second, first)
	}
	p.one(t, second)
	p.holds(t, c.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}})
}

// base moves on, and the pull request is rebuilt on it.
func base(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n"))
	first := p.publish(t, c)
	p.Commit(t, c.Base, map[string]File{"README": {"100644", "hello\n"}})
	rebuilt := p.publish(t, again(p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n")), first))
	if rebuilt.Number != first.Number || rebuilt.Head == first.Head {
		t.Errorf("rebuilt %+v\nfirst %+v", rebuilt, first)
	}
	p.holds(t, c.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}, "README": {"100644", "hello\n"}})
}

// lost finds the branch of a run that was killed before it could say so: what
// stands there is ours, whatever we remember.
func lost(t *testing.T, p *person) {
	first := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n")))
	c := p.change(t, "2b", file("Dockerfile", "FROM python:3.6.15\n"))
	second := p.publish(t, c)
	if second.Number != first.Number || second.Head == first.Head {
		t.Errorf("second %+v\nfirst %+v", second, first)
	}
	p.one(t, second)
}

// touched leaves a person's commit alone, unless told to throw it away.
func touched(t *testing.T, p *person) {
	first := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n")))
	theirs := p.Commit(t, first.Branch, map[string]File{"fix.txt": {"100644", "mine\n"}})
	for _, c := range []forge.Change{
		p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n")),
		again(p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n")), first),
		again(p.change(t, "2b", file("Dockerfile", "FROM python:3.6.15\n")), first),
	} {
		if pr, err := p.Forge.Publish(t.Context(), p.Repo, c); !errors.Is(err, forge.ErrTouched) {
			t.Errorf("Publish: %+v, %v", pr, err)
		}
	}
	if _, commit := p.Read(t, first.Branch); commit != theirs {
		t.Errorf("the branch stands on %s, not on the person's %s", commit, theirs)
	}
	if list := p.pulls(t, nil); len(list) != 1 || list[0].Head != theirs || list[0].Title != first.Title {
		t.Errorf("%+v", list)
	}
	c := again(p.change(t, "2b", file("Dockerfile", "FROM python:3.6.15\n")), first)
	c.Force = true
	forced := p.publish(t, c)
	p.one(t, forced)
	p.holds(t, first.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}})
}

// amended is a branch of our name that a person made.
func amended(t *testing.T, p *person) {
	theirs := p.Commit(t, forge.Prefix+"dockerfile", map[string]File{"fix.txt": {"100644", "mine\n"}})
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.14\n"))
	if pr, err := p.Forge.Publish(t.Context(), p.Repo, c); !errors.Is(err, forge.ErrTouched) {
		t.Errorf("Publish: %+v, %v", pr, err)
	}
	if _, commit := p.Read(t, c.Branch); commit != theirs {
		t.Errorf("the branch stands on %s, not on the person's %s", commit, theirs)
	}
}

// keep changes the text of a pull request and not its branch.
func keep(t *testing.T, p *person) {
	first := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n")))
	c := again(p.change(t, "1a"), first)
	c.Keep, c.Title, c.Labels = true, "Another title", []string{"dependencies", "more"}
	kept := p.publish(t, c)
	if kept.Number != first.Number || kept.Head != first.Head || kept.Title != c.Title || !slices.Contains(kept.Labels, "more") {
		t.Errorf("%+v\nfirst %+v", kept, first)
	}
	p.holds(t, first.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}})
}

// names are texts that must arrive as they are.
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

// several pull requests stand beside each other; the branch of a person is no business of ours.
func several(t *testing.T, p *person) {
	a := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n")))
	c := p.change(t, "2b", file("docker/prod/Dockerfile", "FROM x:2\n"))
	c.Branch = forge.Prefix + "docker/prod"
	b := p.publish(t, c)
	p.Commit(t, "feature", map[string]File{"x": {"100644", "y\n"}})
	if a.Number == b.Number || a.Head == b.Head {
		t.Errorf("%+v\n%+v", a, b)
	}
	list := p.pulls(t, nil)
	if len(list) != 2 || list[0].Number >= list[1].Number {
		t.Errorf("%+v", list)
	}
	p.holds(t, a.Branch, map[string]File{"Dockerfile": {"100644", "FROM python:3.6.15\n"}})
	p.holds(t, b.Branch, map[string]File{"docker/prod/Dockerfile": {"100644", "FROM x:2\n"}})
}

// closed closes a pull request, twice as after a crash.
func closed(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n"))
	pr := p.publish(t, c)
	for range 2 {
		if err := p.Forge.Close(t.Context(), p.Repo, pr, "Nothing is left to do."); err != nil {
			t.Fatal(err)
		}
	}
	if got, commit := p.Read(t, pr.Branch); got != nil {
		t.Errorf("the branch still stands on %s", commit)
	}
	list := p.pulls(t, nil)
	if len(list) != 1 || list[0].State != forge.Closed || !strings.Contains(list[0].Body, forge.ClosedMark) {
		t.Errorf("%+v", list)
	}
	if open := p.pulls(t, []int{}); len(open) != 0 {
		t.Errorf("open: %+v", open)
	}
	next := p.publish(t, c)
	if next.Number == pr.Number || next.State != forge.Open {
		t.Errorf("after it was closed: %+v", next)
	}
}

// closeTouched keeps the branch that a person has worked on.
func closeTouched(t *testing.T, p *person) {
	pr := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n")))
	theirs := p.Commit(t, pr.Branch, map[string]File{"fix.txt": {"100644", "mine\n"}})
	if err := p.Forge.Close(t.Context(), p.Repo, pr, "Nothing is left to do."); err != nil {
		t.Fatal(err)
	}
	if _, commit := p.Read(t, pr.Branch); commit != theirs {
		t.Errorf("the branch stands on %q, not on the person's %s", commit, theirs)
	}
}

func merged(t *testing.T, p *person) {
	pr := p.publish(t, p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n")))
	p.Merge(t, pr)
	list := p.pulls(t, []int{pr.Number})
	if len(list) != 1 || list[0].State != forge.Merged || list[0].Closed.IsZero() || strings.Contains(list[0].Body, forge.ClosedMark) {
		t.Errorf("%+v", list)
	}
	if c := p.open(t); c.Commit == "" || c.Files["Dockerfile"].Size != int64(len("FROM python:3.6.15\n")) {
		t.Errorf("the base is not merged: %+v", c.Files["Dockerfile"])
	}
}

// known asks for pull requests by their numbers.
func known(t *testing.T, p *person) {
	c := p.change(t, "1a", file("Dockerfile", "FROM python:3.6.15\n"))
	var pulls []forge.PullRequest
	for n := range 3 {
		c.Branch = fmt.Sprintf("%sx%d", forge.Prefix, n)
		pulls = append(pulls, p.publish(t, c))
	}
	for _, pr := range pulls[:2] {
		if err := p.Forge.Close(t.Context(), p.Repo, pr, "No."); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		known []int
		want  []int
	}{
		{nil, []int{pulls[0].Number, pulls[1].Number, pulls[2].Number}},
		{[]int{}, []int{pulls[2].Number}},
		{[]int{pulls[1].Number}, []int{pulls[1].Number, pulls[2].Number}},
		{[]int{pulls[2].Number, pulls[2].Number, 4711}, []int{pulls[2].Number}},
	} {
		var got []int
		for _, pr := range p.pulls(t, c.known) {
			got = append(got, pr.Number)
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("PullRequests(%v) = %v, want %v", c.known, got, c.want)
		}
	}
}

// memory keeps a small document.
func memory(t *testing.T, p *person) {
	m, ok := p.Forge.(forge.Memory)
	if !ok {
		t.Skip("this forge remembers nothing")
	}
	data, version, err := m.Recall(t.Context(), p.Repo)
	if err != nil || data != nil || version != "" {
		t.Fatalf("nothing yet: %q %q %v", data, version, err)
	}
	for _, text := range []string{"{\"schema\":1}\n", "", "ünï\x00\n", strings.Repeat("x", 100_000)} {
		if err := m.Remember(t.Context(), p.Repo, []byte(text), version); err != nil {
			t.Fatalf("Remember(%.20q): %v", text, err)
		}
		if err := m.Remember(t.Context(), p.Repo, []byte(text), version); err != nil {
			t.Errorf("the same again, as after a lost answer: %v", err)
		}
		got, next, err := m.Recall(t.Context(), p.Repo)
		if err != nil || string(got) != text || got == nil || next == "" || next == version {
			t.Errorf("Recall = %.20q %q %v, want %.20q", got, next, err, text)
		}
		version = next
	}
	if list := p.pulls(t, nil); len(list) != 0 {
		t.Errorf("it became a pull request: %+v", list)
	}
	p.holds(t, p.open(t).Branch, nil)
}

// memoryConflict lets one of two runs lose.
func memoryConflict(t *testing.T, p *person) {
	m, ok := p.Forge.(forge.Memory)
	if !ok {
		t.Skip("this forge remembers nothing")
	}
	remember := func(text, version string) error {
		return m.Remember(context.WithoutCancel(t.Context()), p.Repo, []byte(text), version)
	}
	if err := remember("one", ""); err != nil {
		t.Fatal(err)
	}
	_, version, err := m.Recall(t.Context(), p.Repo)
	if err != nil {
		t.Fatal(err)
	}
	if err := remember("two", ""); !errors.Is(err, forge.ErrConflict) {
		t.Errorf("over a document that was not recalled: %v", err)
	}
	if err := remember("two", version); err != nil {
		t.Fatal(err)
	}
	if err := remember("three", version); !errors.Is(err, forge.ErrConflict) {
		t.Errorf("over a document that was replaced: %v", err)
	}
	if data, _, err := m.Recall(t.Context(), p.Repo); err != nil || string(data) != "two" {
		t.Errorf("Recall = %q %v", data, err)
	}
}
