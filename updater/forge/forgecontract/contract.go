// Package forgecontract tests the contract of forges: repeated calls have no further
// effect, commits of other people are never lost, and files keep their exact bytes
// and modes.
//
// It does not know any forge. The test of a forge passes a repository, and functions
// that act as a person who works on it.
package forgecontract

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
)

// A File is a file of a repository.
type File struct {
	Mode string // git's: "100644", "100755", "120000"
	Data string // for a symbolic link, its target
}

// A Fixture is a forge with a repository in it.
type Fixture struct {
	Forge forge.Forge
	Repo  string

	// Commit commits the files on a branch as a person, and returns the commit. It
	// creates a missing branch from the default branch.
	Commit func(t *testing.T, branch string, files map[string]File) string
	// Read returns the files of a clone of the branch and its commit; nil and "" if the branch does not exist.
	Read func(t *testing.T, branch string) (files map[string]File, commit string)
	// Merge merges a pull request into its base, as a person.
	Merge func(t *testing.T, pr forge.PullRequest)
}

// Seed returns the files on the default branch of a Fixture's repository.
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
	for n := range 60 {
		files[fmt.Sprintf("many/%03d/go.mod", n)] = File{"100644", fmt.Sprintf("module m%d\n", n)}
	}
	return files
}

// Test runs the contract. newFixture creates a fixture whose repository has the files
// in one commit on its default branch.
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
		{"Branches", branches},
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

// change returns a change of files on top of the newest commit.
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

// again returns the change that updates an open pull request.
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

// holds checks that a branch has the files of Seed, with some changed or gone.
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
