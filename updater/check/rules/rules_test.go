package rules

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/check"
)

var update = flag.Bool("update", false, "write docs/checklist.md")

const page = "../../../docs/checklist.md"

// TestDocs holds that the page of the rules is what the rules say.
func TestDocs(t *testing.T) {
	var b bytes.Buffer
	if err := check.Docs(&b, All()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(page, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(page)
	if err != nil || !bytes.Equal(have, b.Bytes()) {
		t.Errorf("docs/checklist.md is not current (%v): go test ./updater/check/rules -run Docs -update", err)
	}
}

// TestRules holds that every rule is told of in full, once, and judges something.
func TestRules(t *testing.T) {
	var ids []string
	for _, r := range All() {
		ids = append(ids, r.ID)
		switch {
		case !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(r.ID):
			t.Errorf("%q is no id", r.ID)
		case r.Level == 0, r.Mode == 0, r.Title == "", r.Why == "", r.Fixes == "", r.Docker == nil && r.Compose == nil:
			t.Errorf("%s is not told of in full", r.ID)
		case !strings.HasPrefix(r.Source, "https://"):
			t.Errorf("%s has no source", r.ID)
		case !regexp.MustCompile(`^(safe|all|text|none)\b`).MatchString(r.Fixes):
			t.Errorf("%s: %q does not begin with the kind of the fix", r.ID, r.Fixes)
		case strings.HasSuffix(r.Title, "."), !strings.HasSuffix(r.Why, "."), !strings.HasSuffix(r.Fixes, "."):
			t.Errorf("%s: the title has no full stop, the sentences have one", r.ID)
		}
	}
	slices.Sort(ids)
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("an id stands twice in %v", ids)
	}
}
