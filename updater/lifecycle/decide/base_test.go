package decide

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/message/markers"
)

// TestScopedBranches gives every group of every base a branch of its own, and
// those of the default branch the names that they have without the setting.
func TestScopedBranches(t *testing.T) {
	if got := (&Group{Key: "dockerfile"}).Branch(); got != "freshpin/dockerfile" {
		t.Errorf("on the default branch: %s", got)
	}
	seen := map[string]string{}
	for _, base := range []string{"", "in", "in/x", "release/1.x", "release-1.x", "Release/1.x", "a@b", "ünï"} {
		for _, key := range []string{"dockerfile", "in/x", "in/x/dockerfile", "x/dockerfile", "security/gomod/a", "group/in"} {
			g := Group{Key: key, On: base}
			if other, taken := seen[g.Branch()]; taken {
				t.Errorf("%s on %q and %s have the branch %s", key, base, other, g.Branch())
			}
			seen[g.Branch()] = key + " on " + base
			pr := forge.PullRequest{Branch: g.Branch(), Body: markers.Embed(Metadata{Group: key, On: base}.Encode())}
			if list := Ours([]forge.PullRequest{pr}); len(list) != 1 || list[0].On != base || list[0].Group != key {
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
		if got := (Overrides{Chosen: map[string]bool{c.id: true}, Base: c.base}).IsChosen(d); got != c.want {
			t.Errorf("%s on %q: %v", c.id, c.base, got)
		}
	}
}
