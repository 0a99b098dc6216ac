package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const before = `{
  "products": [
    {"name": "debian", "title": "Debian", "source": "https://wiki.debian.org/LTS", "read": "2026-11-24", "feed": "debian", "date": "extendedSupport", "lines": [
      {"line": "11", "name": "bullseye", "ends": "2026-08-31"}
    ]},
    {"name": "own", "lines": [
      {"line": "1", "ends": "2030-01-01"}
    ]},
    {"name": "python", "title": "Python", "source": "https://devguide.python.org/versions/", "read": "2026-11-24", "feed": "python", "lines": [
      {"line": "3.7", "ends": "2023-06-27"},
      {"line": "3.8", "ends": "2024-10"},
      {"line": "3.9", "ends": "2025-10-05"},
      {"line": "3.10", "ends": "2026-10"},
      {"line": "3.11", "ends": "2020-01-01"}
    ]}
  ]
}
`

const after = `{
  "products": [
    {"name": "debian", "title": "Debian", "source": "https://wiki.debian.org/LTS", "read": "2026-11-24", "feed": "debian", "date": "extendedSupport", "lines": [
      {"line": "11", "name": "bullseye", "ends": "2026-08-31"},
      {"line": "12", "ends": "2028-06-30", "source": "API/debian", "read": "2027-02-03"}
    ]},
    {"name": "own", "lines": [
      {"line": "1", "ends": "2030-01-01"}
    ]},
    {"name": "python", "title": "Python", "source": "https://devguide.python.org/versions/", "read": "2026-11-24", "feed": "python", "lines": [
      {"line": "3.7", "ends": "2023-06-27"},
      {"line": "3.8", "ends": "2024-10"},
      {"line": "3.9", "ends": "2025-10-31", "source": "API/python", "read": "2027-02-03"},
      {"line": "3.10", "ends": "2026-10"}
    ]}
  ]
}
`

func TestRun(t *testing.T) {
	answers := map[string]string{
		"/api/debian.json": `[{"cycle":"12","eol":"2026-06-10","extendedSupport":"2028-06-30"},{"cycle":"11","eol":"2024-08-14","extendedSupport":"2026-08-31"},{"cycle":"6","extendedSupport":"2016-02-29"},{"cycle":"13"}]`,
		"/api/python.json": `[{"cycle":3.9,"eol":"2025-10-31"},{"cycle":"3.11","eol":false},{"cycle":"3.10","eol":true},{"cycle":"3.8","eol":"2024-10-07"},{"cycle":"2.6","eol":"2013-10-29"},{"cycle":"3.12","eol":false},{"cycle":"stackless","eol":true},{"cycle":"3.7","eol":null}]`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(text))
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "table.json")
	if err := os.WriteFile(file, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2027, 2, 3, 4, 5, 6, 0, time.UTC)
	said := []string{
		"debian 12: nothing → 2028-06-30\npython 3.9: 2025-10-05 → 2025-10-31\npython 3.11: 2020-01-01 → nothing\n3 changes\n",
		"0 changes\n", // the same answers make the same table
	}
	for _, want := range said {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"--api", server.URL + "/", "--table", file}, now, &out, &errs); code != exitOK || out.String() != want {
			t.Errorf("exit %d, %q, %q, want %q", code, out.String(), errs.String(), want)
		}
		got, err := os.ReadFile(file)
		if diff := cmp.Diff(strings.ReplaceAll(after, "API", server.URL), string(got)); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}

	for _, bad := range []string{"<html>", `{}`, `[{"cycle":"3.7","eol":"soon"}]`, `[{"cycle":"3.7","eol":7}]`, ""} {
		answers["/api/python.json"] = bad
		if bad == "" {
			delete(answers, "/api/python.json")
		}
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"--api", server.URL, "--table", file}, now, &out, &errs)
		if code != exitFailed || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), "python") {
			t.Errorf("%q: exit %d, %q", bad, code, errs.String())
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != strings.ReplaceAll(after, "API", server.URL) {
			t.Errorf("%q changed the table: %v", bad, err)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"--api", "endoflife.date"}, {"--api", "file:///etc"}, {"--what"}, {"--api", "https://a.example", "b"}} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, time.Time{}, &out, &errs); code != exitUsage || errs.Len() == 0 || out.Len() > 0 {
			t.Errorf("%q: exit %d, %q", args, code, errs.String())
		}
	}
}
