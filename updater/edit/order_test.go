package edit

import (
	"slices"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// TestHostileOrder: a manifest is written after what goes with it (F12).
func TestHostileOrder(t *testing.T) {
	edit := plan.Edit{}
	edit.At.File = ".env"
	mod, env := plan.Item{Origin: plan.Origin{Manifest: "svc/go.mod"}}, plan.Item{Origin: plan.Origin{Manifest: "compose.yaml"}}
	env.Edits = []plan.Edit{edit}
	w := &Work{Made: []plan.Item{mod, env}}
	for _, name := range []string{".env", "compose.yaml", "go.work.sum", "svc/go.mod", "svc/go.sum", "svc/vendor/modules.txt"} {
		w.Files = append(w.Files, ecosystems.FileChange{Path: name})
	}
	var got []string
	for _, f := range w.InOrder() {
		got = append(got, f.Path)
	}
	if want := []string{"go.work.sum", "svc/go.sum", "svc/vendor/modules.txt", ".env", "compose.yaml", "svc/go.mod"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
