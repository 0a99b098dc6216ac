package store_test

import (
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

const digest = "sha256:aaaabbbbccccddddeeeeffff0000111122223333444455556666777788889999"

// whoPins are the pins of one repository that TestWho asks for, by their ID.
func whoPins() []store.Pin {
	list := []store.Pin{
		pin("hub", "dockerfile", "docker.io/library/python", "3.6"),
		pin("slim", "dockerfile", "docker.io/library/python", "3.6-slim"),
		pin("patch", "compose", "docker.io/library/python", "3.6.15"),
		pin("sixty", "dockerfile", "docker.io/library/python", "3.60"),
		pin("mirror", "dockerfile", "mirror.example:5000/library/python", "3.6"),
		pin("app", "compose", "docker.io/acme/app", "latest"),
		pin("req", "requirements", "requests", "==2.0"),
		pin("range", "requirements", "requests", ">=1.4,<3"),
		pin("oauth", "requirements", "requests-oauthlib", "==2.0"),
		pin("pep", "requirements", "ruamel-yaml", "==0.17"),
		pin("mod", "gomod", "github.com/jackc/pgx/v5", "v5.12.0"),
		pin("case", "gomod", "github.com/BurntSushi/toml", "v1.2.3"),
		pin("odd", "requirements", "100%_odd", "==1"),
	}
	list[0].Digest = digest
	list[4].Digest = digest
	list[6].Advisories = []record.Advisory{{ID: "PYSEC-2018-28", Aliases: []string{"CVE-2018-18074", "GHSA-x84v-xcm2-53pg"}}}
	list[7].Current = "2.0"
	list[10].Advisories = []record.Advisory{{ID: "GO-2024-2606"}}
	for i := range list {
		list[i].Line = i
	}
	list[0].Name, list[9].Name = "python", "ruamel.yaml"
	return list
}

func TestWho(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/a")
		finish(t, db, get(t, db, "o/a"), noon, whoPins(), nil)
		for _, c := range []struct{ text, want string }{
			{"", ""}, {" ", ""}, {"@", ""}, {"==", ""}, {":", ""}, {"/", ""}, {"[x]", ""},
			{"%", "odd"}, {"_o", "odd"}, {"100%_", "odd"}, {`\`, ""}, {"'", ""}, {"\x00\xff", ""}, {strings.Repeat("é", 5000), ""},
			{"python", "hub slim patch sixty mirror"},
			{"PYTHON", "hub slim patch sixty mirror"},
			{"python:3.6", "hub slim patch mirror"},
			{"python:3.6-slim", "slim"},
			{"docker.io/library/python", "hub slim patch sixty"},
			{"docker.io/python:3.6", "hub slim patch"},
			{"library/python:3.60", "sixty"},
			{"docker://docker.io/library/python:3.60", "sixty"},
			{"python@3.6", "hub mirror"},
			{"python 3.60", "sixty"},
			{"python:3", "hub slim patch sixty mirror"},
			{"python:", "hub slim patch sixty mirror"},
			{"mirror.example:5000/library/python", "mirror"},
			{"mirror.example:5000/library/python:3.6", "mirror"},
			{"python:3.6@" + digest, "hub mirror"},
			{digest, "hub mirror"}, {strings.ToUpper(digest), "hub mirror"}, {digest[7:], "hub mirror"}, {"sha256:aaaabb", "hub mirror"}, {"sha256:ab", ""},
			{"docker.io/library/python@" + digest, "hub"},
			{"acme/app", "app"}, {"app", "app"},
			{"requests", "req range"},
			{"requests==2.0", "req range"}, {"requests == 2.0", "req range"}, {"Requests[socks]==2.0", "req range"}, {"requests==2", ""},
			{"requests>=1.4,<3", "range"}, {"requests >= 1.4, < 3", "range"}, {"requests>=1.4", ""},
			{"request", "req range oauth"},
			{"ruamel.yaml", "pep"}, {"Ruamel_Yaml==0.17", "pep"},
			{"github.com/jackc/pgx/v5@v5.12.0", "mod"}, {"github.com/jackc/pgx/v5@5.12.0", "mod"}, {"pgx", "mod"}, {"jackc/pgx", "mod"},
			{"https://github.com/jackc/pgx", "mod"},
			{"github.com/burntsushi/toml@v1.2.3", "case"},
			{"PYSEC-2018-28", "req"}, {"cve-2018-18074", "req"}, {"GHSA-X84V-xcm2-53pg", "req"}, {"GO-2024-2606", "mod"}, {"CVE-2018-1807", ""},
			{"requests-oauthlib", "oauth"}, // looks like an advisory
		} {
			list, err := pins.New(db).Search(t.Context(), store.Viewer{All: true}, c.text, 0)
			if got := ids(list); err != nil || got != c.want {
				t.Errorf("Who(%.80q) = %q, %v, want %q", c.text, got, err, c.want)
			}
			v := session(t, db, noon.AddDate(1, 0, 0), map[int64]store.Access{1: store.Read})
			mine, err := pins.New(db).Search(t.Context(), v, c.text, 0)
			if got := ids(mine); err != nil || got != c.want {
				t.Errorf("Who(%.80q) with a session = %q, %v, want %q", c.text, got, err, c.want)
			}
		}
		if list, err := pins.New(db).Search(t.Context(), store.Viewer{All: true}, "python", 2); err != nil || len(list) != 2 {
			t.Errorf("at most two: %s, %v", ids(list), err)
		}
	})
}

func ids(list []store.Pin) string {
	var all []string
	for _, p := range list {
		all = append(all, p.ID)
	}
	return strings.Join(all, " ")
}

// Pins in other users' repositories do not affect search results, not even by their existence.
func TestWhoIsNoOracle(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "me/mine", "eve/secret")
		finish(t, db, get(t, db, "me/mine"), noon, []store.Pin{pin("1", "requirements", "libfoo-extra", "==1")}, nil)
		finish(t, db, get(t, db, "eve/secret"), noon, []store.Pin{pin("2", "requirements", "libfoo", "==1")}, nil)
		v := session(t, db, noon.AddDate(1, 0, 0), map[int64]store.Access{1: store.Read})
		if list, err := pins.New(db).Search(t.Context(), v, "libfoo", 0); err != nil || ids(list) != "1" {
			t.Errorf("found %q, %v", ids(list), err)
		}
	})
}

func TestPackagesAndPinning(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/a", "o/b", "o/gone")
		for _, name := range []string{"o/a", "o/b", "o/gone"} {
			finish(t, db, get(t, db, name), noon, whoPins(), nil)
		}
		ok(t, repositories.New(db).Remove(t.Context(), []string{"o/gone"}))
		list, err := pins.New(db).Packages(t.Context(), store.Viewer{All: true}, "PYTHON", 0)
		want := store.PackageUse{Ecosystem: "dockerfile", Package: "docker.io/library/python", Pins: 6, Repositories: 2, Versions: 3}
		if err != nil || len(list) != 3 || list[0] != want {
			t.Errorf("Packages = %+v, %v", list, err)
		}
		for _, c := range []struct {
			pkg, tag string
			want     int
		}{
			{"docker.io/library/python", "", 2}, {"docker.io/library/python", "3.6", 2}, {"docker.io/library/python", "3.7", 0},
			{"python", "", 0}, {"docker.io/library/pytho%", "", 0},
		} {
			if got, err := pins.New(db).Pinning(t.Context(), c.pkg, c.tag); err != nil || len(got) != c.want {
				t.Errorf("Pinning(%s, %s) = %d, %v, want %d", c.pkg, c.tag, len(got), err, c.want)
			}
		}
	})
}

func FuzzWho(f *testing.F) {
	db := storetest.New(f)
	put(f, db, "o/a")
	finish(f, db, get(f, db, "o/a"), noon, whoPins(), nil)
	for _, text := range []string{"python:3.6", "a==b", "sha256:abcd", "GHSA-a-b", "x@y@z", "%_\\", "\x00", "::", "a:b/c:d"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := pins.New(db).Search(t.Context(), store.Viewer{All: true}, text, 0); err != nil {
			t.Error(err)
		}
	})
}
