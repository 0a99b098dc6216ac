package updater_test

import (
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/updater/plan"
)

// TestNeverPatches: that a repository patches in its second number needs proof
// by dates, unless a rule knows it. The tags are "tag@date", without a date where
// the image does not tell one.
func TestNeverPatches(t *testing.T) {
	for _, c := range []struct {
		name, from, tags, settings string
		want                       string // where the update leads; the pin itself for its digest alone
		dates                      int    // how many images are asked for one
	}{
		// cases and reports
		{"case 01: only lines, built every month", "devcontainers/python:3.11-bookworm",
			"3.9-bookworm@2026-11-02 3.10-bookworm@2026-11-02 3.11-bookworm@2026-11-02 3.12-bookworm@2026-11-02 3.13-bookworm@2026-11-02 1-3.11-bookworm 1.1.5-3.11-bookworm", "", "3.11-bookworm", 2},
		{"case 03: pypy patches behind the dash", "pypy:3.10-slim", "3.9-slim@2023-01-02 3.10-slim@2024-01-02 3.11-slim@2025-01-02 3.10-7.3.16-slim 3.10-7.3.17-slim 3.11-7.3.18-slim", "", "3.10-slim", 0},
		{"case 04: node patches in another variant", "node:20.0.0-alpine3.16",
			"20.0.0-alpine3.16@2023-04-02 20.1.0-alpine3.16@2023-05-02 20.2.0-alpine3.16@2023-06-02 20.3.1 20.3.1-alpine3.17 20.5.1-bookworm 20.2.0 20.1.0", "", "20.0.0-alpine3.16", 0},
		{"php lines", "acme/php:8.1-fpm", "8.0-fpm@2026-11-01 8.1-fpm@2026-11-08 8.2-fpm@2026-11-01 8.3-fpm@2026-11-08", "", "8.1-fpm", 2},
		{"haproxy's development", "haproxy:3.0-dev", "3.0-dev@2024-01-02 3.1-dev@2024-06-02 3.5-dev@2025-01-02 3.6-dev@2025-06-02", "", "3.0-dev", 0},
		{"a revision anywhere", "acme/x:8.7", "8.7@2024-01-02 8.8@2024-06-02 8.9@2025-01-02 8.9-1072", "", "8.7", 0},
		{"a place for patches", "acme/x:8.7", "8.7@2024-01-02 8.8@2024-06-02 8.9@2025-01-02 v8.0.0", "", "8.7", 0},
		{"the pin has a place for patches", "acme/x:8.1.0", "8.1.0@2024-01-02 8.2.0@2024-06-02 8.3.0@2025-01-02", "", "8.1.0", 0},

		// proof
		{"not built again", "acme/x:16.1", "16.1@2023-11-09 16.2@2024-02-08 16.3@2024-05-09 17.1@2024-11-14", "", "16.3", 2},
		{"not built again, with a digest", "acme/x:16.1@DIGEST", "16.1@2023-11-09 16.2@2024-02-08 16.3@2024-05-09", "", "16.3", 2},
		{"built again after the successor", "acme/x:16.1", "16.1@2024-02-20 16.2@2024-02-08 16.3@2024-05-09", "", "16.1", 2},
		{"built on the same day, the pin first", "acme/x:16.1", "16.1@2024-02-08T01:00 16.2@2024-02-08T09:00 16.3@2024-05-09", "", "16.1", 2},
		{"the successor is the next that there is", "acme/x:16.1", "16.0 16.1@2023-11-09 16.4@2024-02-08 16.5@2024-05-09", "", "16.5", 2},
		{"a line that has ended, and the next is still built", "acme/python:3.8", "3.8@2024-10-01 3.9@2026-11-02 3.10@2026-11-02", "", "3.8", 2},
		{"the successor is the newest, and built lately: both are compared anyway", "acme/x:16.2", "16.0 16.1@2025-11-09 16.2@2026-05-08 16.3@2026-11-09", "", "16.3", 0},
		{"two minors are too few", "acme/x:16.1", "16.1@2023-11-09 16.2@2024-02-08", "", "16.1", 0},
		{"nothing newer: nothing is asked", "acme/x:16.3", "16.1@2023-11-09 16.2@2024-02-08 16.3@2024-05-09 17.1@2024-11-14", "", "16.3", 0},
		{"MAJOR 0", "acme/x:0.1", "0.1@2023-11-09 0.2@2024-02-08 0.3@2024-05-09", "", "0.1", 0},
		{"a calendar", "acme/x:23.04", "23.04@2023-04-09 23.10@2023-10-08 23.11@2024-05-09", "", "23.04", 0},
		{"a calendar by its sibling", "acme/x:23.10", "23.04@2023-04-09 23.10@2023-10-08 23.11@2024-05-09", "", "23.10", 0},
		{"years", "acme/x:2023.1", "2023.1@2023-04-09 2023.2@2023-10-08 2023.3@2024-05-09", "", "2023.1", 0},

		// dates that prove nothing
		{"no dates", "acme/x:16.1", "16.1 16.2 16.3", "", "16.1", 1},
		{"the successor has none", "acme/x:16.1", "16.1@2023-11-09 16.2 16.3", "", "16.1", 2},
		{"the epoch", "acme/x:16.1", "16.1@1970-01-01 16.2@2024-02-08 16.3@2024-05-09", "", "16.1", 1},
		{"the future", "acme/x:16.1", "16.1@2023-11-09 16.2@2093-02-08 16.3@2024-05-09", "", "16.1", 2},
		{"all of one day", "acme/x:16.1", "16.1@2020-01-01 16.2@2020-01-01 16.3@2020-01-01", "", "16.1", 2},

		// what rules say
		{"postgres is known", "postgres:16.1", "16.1 16.2", "", "16.2", 0},
		{"so is its image for one platform", "arm64v8/postgres:16.1-alpine", "16.1-alpine 16.2-alpine", "", "16.2-alpine", 0},
		{"but not before 10", "postgres:9.5", "9.5 9.6", "", "9.5", 0},
		{"debian is known", "debian:12.5-slim", "12.5-slim 12.11-slim 13.1-slim", "", "12.11-slim", 0},
		{"a rule overrides what is known", "postgres:16.1", "16.1 16.2", "rules: [{match: {name: postgres}, line: minor}]", "16.1", 0},
		{"a rule overrides what dates prove", "acme/x:16.1", "16.1@2023-11-09 16.2@2024-02-08 16.3@2024-05-09", "line: minor", "16.1", 0},
		{"a rule needs no proof", "acme/x:16.1", "16.1 16.2 16.3", "line: major", "16.3", 0},
	} {
		s := &ociserver.Server{}
		name, tag, _ := strings.Cut(strings.TrimSuffix(c.from, "@DIGEST"), ":")
		if !strings.Contains(name, "/") {
			name = "library/" + name
		}
		for word := range strings.FieldsSeq(c.tags) {
			text, day, dated := strings.Cut(word, "@")
			i := ociserver.Image{Content: text}
			if dated {
				i.Created = date(t, day)
			}
			s.Add(name, text, i)
		}
		from := strings.Replace(c.from, "DIGEST", s.Digest(name, tag), 1)
		p := planOf(t, map[string]string{"Dockerfile": "FROM " + from + "\n", ".freshpin.yaml": "cooldown: {packages: 0d}\n" + c.settings}, s)
		i := only(t, p)
		if got := i.Target.Version.Text; got != c.want && !(i.Status == plan.Current && c.want == i.Current) {
			t.Errorf("%s: %s %s to %q (%s), want %q\n%s", c.name, i.Status, i.Band, got, i.Reason.Text, c.want, strings.Join(i.Trace, "\n"))
		}
		asked, want := s.Requests()["manifest"], c.dates
		if c.want != tag { // two are compared, of which one is also dated
			want += 2 - c.dates/2
		}
		if c.from == from && asked != want {
			t.Errorf("%s: %d manifests were asked for, want %d: %v", c.name, asked, want, s.Requests())
		}
	}
}

func date(t *testing.T, text string) time.Time {
	t.Helper()
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04"} {
		if d, err := time.Parse(layout, text); err == nil {
			return d
		}
	}
	t.Fatalf("%q is no date", text)
	return time.Time{}
}
