package lifecycle

import (
	"slices"
	"testing"

	"github.com/freshpin/freshpin/updater/forge"
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
