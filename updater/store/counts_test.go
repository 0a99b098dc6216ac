package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/pulls"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

func TestCounts(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/a", "o/gone")
		some := []store.Pin{pin("one", "gomod", "a", "v1.0.0"), pin("two", "gomod", "b", "v1.0.0"), pin("three", "gomod", "c", "v1.0.0")}
		for n := range some {
			some[n].Line, some[n].Status, some[n].Band = n, "update", "patch"
		}
		some[2].Status, some[2].Band = "held", ""
		list := []store.Pull{{Number: 1, State: "open"}, {Number: 2, State: "open", Security: true}, {Number: 3, State: "merged"}}
		for _, name := range []string{"o/a", "o/gone"} {
			finish(t, db, get(t, db, name), noon, some, list)
		}
		if err := repositories.New(db).Remove(t.Context(), []string{"o/gone"}); err != nil {
			t.Fatal(err)
		}
		pins, err := pins.New(db).Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		open, err := pulls.New(db).Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := map[store.Count]bool{}
		for _, c := range append(pins, open...) {
			got[c] = true
		}
		want := map[store.Count]bool{
			{Value: "update", Of: "patch", N: 2}: true, {Value: "held", N: 1}: true,
			{Value: "open", Of: "update", N: 1}: true, {Value: "open", Of: "security", N: 1}: true, {Value: "merged", Of: "update", N: 1}: true,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
