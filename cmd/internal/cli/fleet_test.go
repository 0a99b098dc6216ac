package cli

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// TestFleetWhoRule asks a database where a rule of the checklist is broken.
func TestFleetWhoRule(t *testing.T) {
	file := filepath.Join(t.TempDir(), "freshpin.db")
	db, err := database.Open(t.Context(), file, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := repositories.New(db).Put(t.Context(), []store.Repository{{Name: "acme/shop", ForgeID: 7}}); err != nil {
		t.Fatal(err)
	}
	repo, err := repositories.New(db).ByName(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	found := []store.Finding{
		{ID: "Dockerfile root-user - root", Rule: "root-user", Level: "must", File: "Dockerfile", Line: 3, Text: "the program runs as root\x1b[2J"},
		{ID: "b", Rule: "privileged", Level: "could", File: "compose.yaml", Line: 7, Text: "web runs privileged"},
	}
	if err := passes.New(db).Finish(t.Context(), store.Finished{Repository: repo, Generation: 1, Whole: true, Findings: found}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for _, c := range []struct {
		args string
		code int
		want []string
		not  string
	}{
		{"fleet who --rule root-user", console.ExitOK, []string{"acme/shop", "Dockerfile:3", "the program runs as root", "1 finding in 1 repository"}, "privileged"},
		{"fleet who --rule root-user --format json", console.ExitOK, []string{`"rule": "root-user"`, `"line": 3`}, "privileged"},
		{"fleet who --rule unconfined", console.ExitOK, []string{"no repository has findings of unconfined"}, "acme"},
		{"fleet who --rule rot-user", console.ExitUsage, []string{`unknown rule "rot-user"`, `did you mean "root-user"`}, ""},
		{"fleet who --rule root-user python", console.ExitUsage, nil, ""},
		{"fleet who", console.ExitUsage, nil, ""},
	} {
		var out bytes.Buffer
		code := Run(t.Context(), append(strings.Fields(c.args), "--database", file), func(string) string { return "" }, &out, &out)
		if code != c.code {
			t.Errorf("%s: code %d, want %d\n%s", c.args, code, c.code, out.String())
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in\n%s", c.args, want, out.String())
			}
		}
		if c.not != "" && strings.Contains(out.String(), c.not) || strings.Contains(out.String(), "\x1b") {
			t.Errorf("%s:\n%s", c.args, out.String())
		}
	}
}
