package lifecycle

import (
	"slices"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/message/marks"
)

// TestNatural puts branches in the order of their numbers.
func TestNatural(t *testing.T) {
	list := []string{"release/1.10", "main", "release/2", "v007", "release/1.9", "v7", "v18446744073709551616", "release"}
	slices.SortFunc(list, natural)
	want := []string{"main", "release", "release/1.9", "release/1.10", "release/2", "v007", "v7", "v18446744073709551616"}
	if !slices.Equal(list, want) {
		t.Errorf("got %q", list)
	}
}

// TestScopedBranches gives every group of every base a branch of its own, and
// those of the default branch the names that they have without the setting.
func TestScopedBranches(t *testing.T) {
	if got := (&group{Key: "dockerfile"}).branch(); got != "freshpin/dockerfile" {
		t.Errorf("on the default branch: %s", got)
	}
	seen := map[string]string{}
	for _, base := range []string{"", "in", "in/x", "release/1.x", "release-1.x", "Release/1.x", "a@b", "ünï"} {
		for _, key := range []string{"dockerfile", "in/x", "in/x/dockerfile", "x/dockerfile", "security/gomod/a", "group/in"} {
			g := group{Key: key, On: base}
			if other, taken := seen[g.branch()]; taken {
				t.Errorf("%s on %q and %s have the branch %s", key, base, other, g.branch())
			}
			seen[g.branch()] = key + " on " + base
			pr := forge.PullRequest{Branch: g.branch(), Body: marks.Embed(metadata{Group: key, On: base}.encode())}
			if list := ours([]forge.PullRequest{pr}); len(list) != 1 || list[0].On != base || list[0].Group != key {
				t.Errorf("%s on %q is not found again: %+v", key, base, list)
			}
		}
	}
}

// TestChosenOnBase takes a box for the base that it stands for.
func TestChosenOnBase(t *testing.T) {
	d := ecosystems.Dependency{Ecosystem: "dockerfile", Package: ecosystems.Package{Name: "python"}, At: []ecosystems.Span{{File: "Dockerfile"}}}
	for _, c := range []struct {
		id, base string
		want     bool
	}{
		{"Dockerfile#dockerfile:python#1", "", true},
		{"Dockerfile#dockerfile:python#2", "", true},
		{"Dockerfile#dockerfile:python#1@a@b", "a@b", true},
		{"Dockerfile#dockerfile:python#1@a@b", "b", false},
		{"Dockerfile#dockerfile:python#1@release/1", "", false},
		{"Dockerfile#dockerfile:python#1", "release/1", false},
		{"Dockerfile#dockerfile:redis#1", "", false},
	} {
		if got := (overrides{chosen: map[string]bool{c.id: true}, base: c.base}).isChosen(d); got != c.want {
			t.Errorf("%s on %q: %v", c.id, c.base, got)
		}
	}
}

// TestKnownWants tells the pushes that concern a repository.
func TestKnownWants(t *testing.T) {
	k := Known{Checkout: forge.Checkout{Branch: "main"}}
	if !k.Wants("main") || k.Wants("release/1") {
		t.Error("without the setting the default branch counts, and no other")
	}
	k.Patterns = []string{"release/*", "not a branch"}
	if k.Wants("main") || !k.Wants("release/1") || k.Wants("freshpin/x") {
		t.Error("with the setting those count that it names")
	}
}
