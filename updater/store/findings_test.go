package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/findings"
	"github.com/freshpin/freshpin/updater/store/passes"
)

func TestFindings(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/a", "o/b")
		finding := func(rule, level string, information bool) store.Finding {
			return store.Finding{ID: "f " + rule, Rule: rule, Level: level, Information: information, File: "a/Dockerfile", Line: 3, Stage: "s", Text: "what's \"wrong\""}
		}
		keep := func(name string, generation int64, list []store.Finding) {
			t.Helper()
			f := store.Finished{Repository: get(t, db, name), Generation: generation, Whole: true, Findings: list}
			if err := passes.New(db).Finish(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		show := func() string {
			sum, err := findings.New(db).Counts(t.Context(), store.Viewer{All: true})
			if err != nil {
				t.Fatal(err)
			}
			list, err := findings.New(db).OfRule(t.Context(), store.Viewer{All: true}, "root-user", 0)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range list {
				names = append(names, fmt.Sprintf("%s %s:%d %s %v", f.Repo, f.File, f.Line, f.Level, f.Information))
			}
			return fmt.Sprint(sum, " ", strings.Join(names, ", "))
		}
		keep("o/a", 1, []store.Finding{finding("root-user", "must", false), finding("hardening", "should", true), finding("privileged", "could", false)})
		keep("o/b", 1, []store.Finding{finding("root-user", "must", true), finding("data-store-published", "should", false)})
		if got, want := show(), "{1 1 1} o/a a/Dockerfile:3 must false, o/b a/Dockerfile:3 must true"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		keep("o/a", 2, nil) // unchanged
		keep("o/b", 2, []store.Finding{})
		if got, want := show(), "{1 0 1} o/a a/Dockerfile:3 must false"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		list, err := findings.New(db).Of(t.Context(), get(t, db, "o/a").ID)
		if err != nil || len(list) != 3 || list[0].Text != "what's \"wrong\"" || list[2].Rule != "privileged" || list[1].ID != "f hardening" {
			t.Errorf("%v, %v", list, err)
		}
		if list, err := findings.New(db).OfRule(t.Context(), store.Viewer{}, "root-user", 0); err != nil || len(list) != 0 {
			t.Errorf("who may see nothing sees %v, %v", list, err)
		}
	})
}
