package rules

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/freshpin/freshpin/updater/check"
)

// TestLabels holds the rules to what a reader made of real findings.
func TestLabels(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/dockerfiles.txtar")
	if err != nil {
		t.Fatal(err)
	}
	labelled := map[string]int{}
	for _, f := range archive.Files {
		label, rest, _ := strings.Cut(f.Name, " ")
		rule, _, _ := strings.Cut(rest, " ")
		found := false
		for _, got := range judge(fstest.MapFS{}, "Dockerfile", string(f.Data)).Findings {
			found = found || got.Rule == rule && got.Mode == check.Default
		}
		if found != (label == "true") {
			t.Errorf("%s: found %v:\n%s", f.Name, found, f.Data)
		}
		labelled[rule]++
	}
	for _, r := range All() {
		if r.Docker != nil && r.Mode == check.Default && labelled[r.ID] == 0 && r.ID != "dead-line" && r.ID != "context-leaks" {
			t.Errorf("no shape of %s is labelled", r.ID)
		}
	}
}
