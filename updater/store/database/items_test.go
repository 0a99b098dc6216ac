package database_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// oldPins are two pins in the columns of version 6, the second one as bare as they come.
const oldPins = `INSERT INTO pins (repository, seq, package_id, pin_id, file, line, col, ecosystem, name, package, pin, pin_key, digest, digest_key,
	current, current_key, safe, minor, latest, latest_package, newer_base, release_line, status, band, security, target, target_hash,
	reason_code, reason, notes, advisories, published, libyears, pull, why, alarm, base) VALUES
	(1, 0, 1, 'two', 'Dockerfile', 2, 6, 'dockerfile', 'python', 'docker.io/library/python', '3.6', '3.6', 'sha256:abcd', 'sha256:abcd',
	'3.6', '3.6', '3.6.15', '3.9', '3.14', 'py', 'bookworm', '3.6', 'update', 'patch', TRUE, '3.6.15', 'sha256:cd',
	'c', 'he said "no" \ é', '[{"code":"end-of-life","text":"it ended"}]', '[{"id":"GHSA-x","severity":"HIGH","fixed":"3.7","aliases":["CVE-1"]},{"id":"GHSA-y","severity":"","fixed":""}]',
	1700000000123456, 1.5, 7, '["x","y"]', 'it was changed', 'release'),
	(1, 1, 1, 'one', 'Dockerfile', 1, 1, 'dockerfile', 'python', 'docker.io/library/python', '', '', '', '',
	'', '', '', '', '', '', '', '', 'skipped', '', FALSE, '', '', '', '', '', '', 0, 0, 0, '', '', '')`

// TestPinsBecomeItems opens a database that version 6 wrote: every pin is what
// it was, is found by package, digest and advisory, and is looked at anew.
func TestPinsBecomeItems(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		old, err := database.OpenVersion(t.Context(), dsn, 6)
		ok(t, err)
		for _, statement := range []string{
			"INSERT INTO repositories (name, name_key, forge_id, installation, branch, url, private, topics, state, settled, pins_hash) VALUES ('o/a', 'o/a', 1, 9, 'main', '', FALSE, '', 'proposing', 'yes', 'hash')",
			"INSERT INTO packages (ecosystem, package, name, pkg_key, name_key, short) VALUES ('dockerfile', 'docker.io/library/python', 'python', 'docker.io/library/python', 'python', 'python')",
			oldPins,
			"INSERT INTO pin_advisories (advisory, repository, seq) VALUES ('GHSA-X', 1, 0), ('CVE-1', 1, 0), ('GHSA-Y', 1, 0)",
		} {
			_, err := old.Change(t.Context(), "fill the old tables", statement)
			ok(t, err)
		}
		ok(t, old.Close())
		db := storetest.Open(t, dsn, database.Options{})
		r, err := repositories.New(db).ByName(t.Context(), "o/a")
		ok(t, err)
		if r.Settled != "" {
			t.Error("the next pass takes what is known for whole, without the facts that version 6 did not store")
		}
		none := []string{}
		update := store.Pin{
			Repository: r.ID, Repo: "o/a", Dependency: record.Dependency{
				ID: "two", File: "Dockerfile", Line: 2, Column: 6, Ecosystem: "dockerfile", Name: "python", Package: "docker.io/library/python",
				Pin: "3.6", Digest: "sha256:abcd", Current: "3.6", Safe: "3.6.15", Minor: "3.9", Latest: "3.14", LatestPackage: "py", NewerBase: "bookworm", ReleaseLine: "3.6",
				Status: "update", Band: "patch", Security: true, Target: record.Target{Version: "3.6.15", Digest: "sha256:cd"}, ReasonCode: "c", Reason: `he said "no" \ é`,
				Notes: []ecosystems.Note{{Code: "end-of-life", Text: "it ended"}}, CurrentPublished: "2023-11-14T22:13:20Z", Libyears: 1.5,
				Advisories: []record.Advisory{{ID: "GHSA-x", Severity: "HIGH", Fixed: "3.7", Aliases: []string{"CVE-1"}, Imports: none}, {ID: "GHSA-y", Aliases: none, Imports: none}},
			}, Base: "release", Pull: 7, Alarm: "it was changed", Why: []string{"x", "y"},
		}
		bare := store.Pin{
			Repository: r.ID, Repo: "o/a", Dependency: record.Dependency{
				ID: "one", File: "Dockerfile", Line: 1, Column: 1, Ecosystem: "dockerfile", Name: "python", Package: "docker.io/library/python",
				Status: "skipped", Notes: []ecosystems.Note{}, Advisories: []record.Advisory{},
			}, Why: none,
		}
		got, err := pins.New(db).Of(t.Context(), r.ID)
		ok(t, err)
		if diff := cmp.Diff([]store.Pin{bare, update}, got); diff != "" {
			t.Error(diff)
		}
		all := store.Viewer{All: true}
		for text, want := range map[string]string{"python": "one two", "python:3.6": "two", "sha256:abcd": "two", "CVE-1": "two", "GHSA-y": "two"} {
			found, err := pins.New(db).Search(t.Context(), all, text, 0)
			ok(t, err)
			if ids(found) != want {
				t.Errorf("%s: %s, want %s", text, ids(found), want)
			}
		}
		if alarms, n, err := pins.New(db).Alarms(t.Context(), all, 0); err != nil || n != 1 || ids(alarms) != "two" {
			t.Errorf("%d alarms, %s, %v", n, ids(alarms), err)
		}
		// A pass replaces them like any others.
		pass := store.Finished{Repository: r, Whole: true, Pins: []store.Pin{{Dependency: record.Dependency{
			ID: "new", File: "f", Line: 1, Ecosystem: "dockerfile", Name: "docker.io/library/python", Package: "docker.io/library/python", Pin: "3.7", Status: "current",
		}}}}
		ok(t, passes.New(db).Finish(t.Context(), pass))
		if found, err := pins.New(db).Search(t.Context(), all, "python", 0); err != nil || ids(found) != "new" {
			t.Errorf("after a pass: %s, %v", ids(found), err)
		}
	})
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ids(list []store.Pin) string {
	var ids []string
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	return strings.Join(ids, " ")
}
