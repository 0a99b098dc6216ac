package lifecycle

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
)

// branches has no branch with exactly the name that it is asked for.
type branches struct{ forge.Brancher }

func (branches) Branches(_ context.Context, _, prefix string) ([]forge.Branch, error) {
	return []forge.Branch{{Name: prefix + "0"}}, nil
}

// TestGoneBases finds branches that are gone also where the forge stands behind another one, as in
// the service: such pull requests were closed with their branch, and are no refusals.
func TestGoneBases(t *testing.T) {
	closed := func(base string) *decide.Branch {
		return &decide.Branch{PullRequest: forge.PullRequest{State: forge.Closed, Base: base}}
	}
	r := &run{Reconciler: &Reconciler{}, can: forge.Abilities{Brancher: branches{}}, home: &forge.Checkout{Branch: "main"}}
	gone, err := r.goneBases(t.Context(), []*decide.Branch{closed("release/1"), closed("main"), closed("")})
	if err != nil || !maps.Equal(gone, map[string]bool{"release/1": true}) {
		t.Errorf("gone: %v, %v", gone, err)
	}
}

// TestNatural puts branches in the order of their numbers.
func TestNatural(t *testing.T) {
	list := []string{"release/1.10", "main", "release/2", "v007", "release/1.9", "v7", "v18446744073709551616", "release"}
	slices.SortFunc(list, natural)
	want := []string{"main", "release", "release/1.9", "release/1.10", "release/2", "v007", "v7", "v18446744073709551616"}
	if !slices.Equal(list, want) {
		t.Errorf("got %q", list)
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
