package rules

import (
	"os"
	"testing"

	"github.com/freshpin/freshpin/updater/check"
)

// TestOwn holds that our own files pass: nothing at level must, base images
// taken to run as root.
func TestOwn(t *testing.T) {
	repo := os.DirFS("../../..")
	data, err := os.ReadFile("../../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	found := judge(repo, "Dockerfile", string(data)).Findings
	units, _ := check.Composes(repo, []string{"templates/deploy/compose.yaml"}, true)
	if len(units) != 1 {
		t.Fatal("templates/deploy/compose.yaml is not read")
	}
	for _, u := range units {
		found = append(found, check.Judge(All(), []check.Unit{{Compose: u}}, &check.Facts{Answers: made}, check.Settings{}).Findings...)
	}
	for _, f := range found {
		if f.Level == check.Must && f.Mode == check.Default {
			t.Errorf("%s:%d %s: %s", f.At.File, f.Line, f.Rule, f.Text)
		}
	}
}
