package chartrepo

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

const index = `apiVersion: v1
entries:
  redis-cluster:
  - version: 9.0.0
  redis:
  - created: "2024-05-01T10:00:00.123Z"
    version: 17.1.3
    description: |-
      redis:
        - version: 0.0.1
  - version: v17.1.2
    created: then
  - version: main
  old:
  - {version: 1.0.0, deprecated: true}
generated: "2024-05-01T10:00:00Z"
`

func TestVersions(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/charts/index.yaml":
			_, _ = fmt.Fprint(w, index)
		case "/broken/index.yaml":
			_, _ = fmt.Fprint(w, "entries: [")
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	s := New(fetch.New(fetch.Options{Retries: -1, Timeout: 5 * time.Second}))
	for _, c := range []struct{ repository, chart, want string }{
		{"/charts/", "redis", "17.1.3@2024 v17.1.2@1"},
		{"/charts", "redis-cluster", "9.0.0@1"},
		{"/charts", "old", "1.0.0@1 deprecated"},
		{"/charts", "gone", "not-found"},
		{"/charts", "a: [", "not-found"},
		{"/none", "redis", "404"},
		{"/broken", "redis", "not readable as an index"},
	} {
		list, err := s.Versions(context.Background(), server.URL+c.repository, c.chart)
		var got []string
		for _, v := range list.Candidates {
			got = append(got, fmt.Sprintf("%s@%d", v.Version.Text, v.Published.Year()))
		}
		for _, n := range list.Notes {
			got = append(got, n.Code)
		}
		text := strings.Join(got, " ")
		if err != nil {
			text = err.Error() + " " + fetch.Code(err)
		}
		if err == nil && text != c.want || !strings.Contains(text, c.want) {
			t.Errorf("%s %s: %s, want %s", c.repository, c.chart, text, c.want)
		}
	}
}

// The part of an index that is read says the same as the whole.
func FuzzOnly(f *testing.F) {
	f.Add(index, "redis")
	f.Add("entries:\n    a:\n        - version: 1\n    b: []\n", "a")
	f.Add("entries:\na:\n- version: 1\n", "a")
	f.Add("entries: {a: [{version: 1}]}\n", "a")
	f.Fuzz(func(t *testing.T, text, chart string) {
		var whole struct {
			Entries map[string][]release `yaml:"entries"`
		}
		func() {
			defer func() { _ = recover() }() // the parser panics on some broken input
			if yaml.Unmarshal([]byte(text), &whole) != nil {
				whole.Entries = nil
			}
		}()
		got, err := entries([]byte(text), chart)
		if whole.Entries == nil || strings.ContainsAny(text, "&*<\"'|>{}%#?!\r\t\u0085\u2028\u2029") || strings.ContainsAny(chart, "\n:#\"' ") || chart == "" {
			return
		}
		if err == nil && len(got) != len(whole.Entries[chart]) && strings.Count(text, "\nentries:") < 2 && !strings.Contains(text, "---") {
			t.Fatalf("%q of %q: %d versions, and %d in the whole", chart, text, len(got), len(whole.Entries[chart]))
		}
	})
}
