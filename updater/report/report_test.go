package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (go test -update writes it anew):\n%s", file, diff)
	}
}

func item(file string, line int, ecosystem, name, pin string, change func(*plan.Item)) plan.Item {
	i := plan.Item{
		ID: file + "#" + ecosystem + ":" + name + "#1", File: file, Line: line, Column: 6,
		Dependency: ecosystems.Dependency{Ecosystem: ecosystem, Name: name, Package: ecosystems.Package{Name: name}, Pin: ecosystems.Pin{Text: pin}, Direct: true},
		Decision:   plan.Decision{Current: pin, Safe: pin, Minor: pin, Latest: pin, Status: plan.Current},
	}
	change(&i)
	return i
}

// sample has one of everything, and what strangers may write.
func sample() *plan.Plan {
	digest := "sha256:" + strings.Repeat("0123456789abcdef", 4)
	return &plan.Plan{
		Files: 3, Unlisted: 2,
		FailedHosts: []plan.HostFailure{{Host: "ghcr.io", Code: "rate-limited", Packages: 2, Error: "GET https://ghcr.io/v2/: 429 Too Many Requests"}},
		Requests:    fetch.Stats{Sent: 12, Cached: 3, Revalidated: 1},
		Items: []plan.Item{
			item("Dockerfile", 1, "dockerfile", "python", "3.6.1-slim", func(i *plan.Item) {
				i.Safe, i.Minor, i.Latest, i.Beyond, i.ReleaseLine = "3.6.15-slim", "3.13.1-slim", "3.13.1-slim", version.Minor, "3.6"
				i.Status, i.Band = plan.Update, "patch"
				i.Target = ecosystems.Target{Version: version.Version{Text: "3.6.15-slim"}, Digest: digest}
				i.Edits = []plan.Edit{{Edit: ecosystems.Edit{Old: "3.6.1-slim", New: "3.6.15-slim@" + digest}, File: "Dockerfile", Line: 1, Column: 13}}
				i.CurrentPublished = time.Date(2017, 3, 29, 1, 0, 0, 0, time.FixedZone("", 3600))
				i.LatestPublished = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
				i.Libyears = 8.76
				i.Notes = []ecosystems.Note{{Code: "age-unknown", Text: "the publication date of 3.6.15-slim is unknown"}}
			}),
			item("Dockerfile", 9, "dockerfile", "nginx", "1.13-alpine", func(i *plan.Item) {
				i.Status, i.Band, i.Target.Digest = plan.Update, "digest", digest
				i.Minor, i.Latest, i.NewerBase = "1.31-alpine", "1.31-alpine", ""
			}),
			item("Dockerfile", 12, "dockerfile", "evil\x1b[31m|name`@octocat<script>\n#1", "1.0", func(i *plan.Item) {
				i.Current, i.Safe, i.Minor, i.Latest = "", "", "", ""
				i.Status = plan.Failed
				i.Reason = ecosystems.Reason{Code: "not-found", Text: "list tags of evil: GET https://evil.example/v2/: 404 Not Found <img src=x>"}
			}),
			item("go.mod", 7, "gomod", "github.com/golang-jwt/jwt", "v3.2.2+incompatible", func(i *plan.Item) {
				i.Latest, i.LatestPackage, i.Beyond, i.Status = "v5.3.0", "github.com/golang-jwt/jwt/v5", version.Major, plan.Held
				i.Reason = ecosystems.Reason{Code: "policy", Text: "github.com/golang-jwt/jwt/v5 v5.3.0: a new major version is a new module path"}
			}),
			item("sub dir/requirements.txt", 3, "requirements", "Flask", ">=0.12,<0.13", func(i *plan.Item) {
				i.Current, i.Safe, i.Minor, i.Latest, i.Beyond, i.Status = "0.12.5", "0.12.5", "0.13", "3.1.0", version.Major, plan.Held
				i.Reason = ecosystems.Reason{Code: "policy", Text: "0.13 is another line; allow: minor would propose it"}
			}),
			item("sub dir/requirements.txt", 4, "requirements", "click", "==8.1.8", func(i *plan.Item) { i.Current, i.Safe, i.Minor, i.Latest = "8.1.8", "8.1.8", "8.1.8", "8.1.8" }),
			item("sub dir/requirements.txt", 5, "requirements", "requests", "", func(i *plan.Item) {
				i.Latest, i.Status = "2.32.5", plan.Skipped
				i.Reason = ecosystems.Reason{Code: "unpinned", Text: "no version is written; pin: true adds bounds"}
			}),
		},
	}
}

func printed(t *testing.T, print func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := print(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	golden(t, "table.txt", printed(t, func(b *bytes.Buffer) error { return Table(b, sample(), Options{}) }))
	golden(t, "table-80.txt", printed(t, func(b *bytes.Buffer) error { return Table(b, sample(), Options{Width: 80, Color: true}) }))
	golden(t, "table-empty.txt", printed(t, func(b *bytes.Buffer) error { return Table(b, &plan.Plan{Files: 1}, Options{}) }))
}

func TestMarkdown(t *testing.T) {
	golden(t, "summary.md", printed(t, func(b *bytes.Buffer) error { return Markdown(b, sample()) }))
}

func TestJSON(t *testing.T) {
	got := printed(t, func(b *bytes.Buffer) error { return JSON(b, sample(), "0.1.0") })
	golden(t, "plan.json", got)
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	schema := compiled(t, text)
	instance, _ := jsonschema.UnmarshalJSON(strings.NewReader(got))
	if err := schema.Validate(instance); err != nil {
		t.Errorf("against its schema: %v", err)
	}
	if empty := printed(t, func(b *bytes.Buffer) error { return JSON(b, &plan.Plan{}, "0") }); strings.Contains(empty, "null") {
		t.Errorf("null in %s", empty)
	}
}

// TestSARIF compares with files that testdata/standard validates against the schema of the standard.
func TestSARIF(t *testing.T) {
	for name, p := range map[string]*plan.Plan{"plan.sarif": sample(), "empty.sarif": {}} {
		golden(t, name, printed(t, func(b *bytes.Buffer) error { return SARIF(b, p, "0.1.0") }))
	}
}

// TestMarkdownBound: GitHub cuts a job summary at 1 MiB.
func TestMarkdownBound(t *testing.T) {
	p := &plan.Plan{}
	for n := range 20_000 {
		p.Items = append(p.Items, item("requirements.txt", n, "requirements", "some-long-name", "==1.0", func(i *plan.Item) { i.Status = plan.Update }))
	}
	got := printed(t, func(b *bytes.Buffer) error { return Markdown(b, p) })
	if len(got) > 1<<20 || !strings.Contains(got, "more, not shown here") {
		t.Errorf("%d bytes", len(got))
	}
}

// TestSARIFAddress: a path is never read as an address with a scheme.
func TestSARIFAddress(t *testing.T) {
	p := &plan.Plan{Items: []plan.Item{item("a:b/Dockerfile", 1, "dockerfile", "x", "", func(i *plan.Item) { i.Status = plan.Skipped })}}
	if got := printed(t, func(b *bytes.Buffer) error { return SARIF(b, p, "0") }); !strings.Contains(got, `"uri": "./a:b/Dockerfile"`) {
		t.Error(got)
	}
}

func TestGate(t *testing.T) {
	for _, c := range []struct{ words, want string }{
		{"", ""}, {"update", "update"}, {"minor", "minor"}, {"major", "major"}, {"unpinned", "unpinned"}, {"skipped", "skipped"}, {"security", ""},
		{"major update update", "major update"},
	} {
		got, err := Gate(sample(), strings.Fields(c.words))
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("Gate(%s) = %v, %v; want %s", c.words, got, err, c.want)
		}
		if got, _ := Gate(&plan.Plan{}, strings.Fields(c.words)); len(got) > 0 {
			t.Errorf("Gate(%s) of nothing = %v", c.words, got)
		}
	}
	if _, err := Gate(sample(), []string{"all"}); err == nil {
		t.Error("Gate(all): no error")
	}
}

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a|b", `a\|b`}, {"<b>", `\<b\>`}, {"@octocat", "@\u2060octocat"}, {"`x`", "\\`x\\`"}, {"[a](b)", `\[a\]\(b\)`},
		{"https://x.example", "https:\u2060//x.example"}, {"www.x.example", "www\u2060.x.example"}, {"a\nb", "a b"}, {"a&amp;", "a&amp;amp;"}, {"#1", "\\#\u20601"},
	} {
		if got := Escape(c.in); got != c.want {
			t.Errorf("escape(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
