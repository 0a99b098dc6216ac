package findings

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/report"
)

// hostileChecklist has text from files that a terminal, a table or a page would obey.
func hostileChecklist() *Checklist {
	at := ecosystems.Span{File: "a\x1b[31m/Dockerfile"}
	fix := &check.Fix{Kind: check.All, Text: "writes x", Edits: []ecosystems.Edit{{}}}
	return &Checklist{
		Files: 2, Version: "1", Rules: []check.Rule{{ID: "no-version", Title: "t", Level: check.Must, Mode: check.Default, Why: "w.", Source: "https://x"}, {ID: "latest", Title: "u", Level: check.Should}},
		Findings: []check.Finding{
			{Rule: "no-version", Level: check.Must, Mode: check.Default, At: at, Line: 3, Stage: "b|c", Text: "x\x1b]0;y\x07 | <img> `z`\n::error::w", Hint: "h", Fix: fix, ID: "a no-version - x"},
			{Rule: "latest", Level: check.Should, Mode: check.Information, At: at, Line: 4, Text: "i", ID: "a latest - x"},
		},
		Ignored: []check.Finding{{Rule: "latest", Level: check.Should, Mode: check.Default, At: at, Line: 5, Text: "j", Ignored: "# freshpin: ignore latest: \x1bwhy", ID: "a latest - y"}},
	}
}

func TestChecklistFormats(t *testing.T) {
	c := hostileChecklist()
	print := map[string]func(*bytes.Buffer) error{
		"table":    func(b *bytes.Buffer) error { return Table(b, c, report.Options{Verbose: true, Width: 80}) },
		"json":     func(b *bytes.Buffer) error { return c.JSON(b) },
		"sarif":    func(b *bytes.Buffer) error { return c.SARIF(b) },
		"markdown": func(b *bytes.Buffer) error { return c.Markdown(b) },
		"outputs":  func(b *bytes.Buffer) error { return c.Outputs(b) },
	}
	for name, want := range map[string][]string{
		"table":    {"    3  must    no-version", "[b|c]", "[--fix=all writes x]", "(information)", "ignored", "Must: 1 finding in 1 of 2 files. Should: clean. Could: clean. For information: 1. Ignored: 1. --fix=all fixes 1."},
		"json":     {`"id": "a no-version - x"`, `"must": 1`, `"information": 1`, `"kind": "all"`, `"ignored": "# freshpin`},
		"sarif":    {`"freshpin/v1": "a no-version - x"`, `"level": "error"`, `"level": "note"`, `"suppressions"`, `"helpUri": "https://x"`, `"startLine": 3`},
		"markdown": {"### Must", "| must | should |", "For information", `\|`},
		"outputs":  {"must=1\nshould=0\ncould=0\n"},
	} {
		var b bytes.Buffer
		if err := print[name](&b); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\x07") || strings.Contains(b.String(), "\n::error") {
			t.Errorf("%s has what a terminal or a CI system obeys: %q", name, b.String())
		}
		for _, w := range want {
			if !strings.Contains(b.String(), w) {
				t.Errorf("%s lacks %q:\n%s", name, w, b.String())
			}
		}
		if name == "json" || name == "sarif" {
			if !json.Valid(b.Bytes()) {
				t.Errorf("%s is not valid", name)
			}
		}
	}
}

func TestTripped(t *testing.T) {
	c := hostileChecklist()
	for words, want := range map[string]string{"must": "must", "should": "should", "could": "could", "no-version": "no-version", "latest": "", "must,latest": "must"} {
		if got := strings.Join(c.Tripped(strings.Split(words, ",")), ","); got != want {
			t.Errorf("Tripped(%s) = %q, want %q", words, got, want)
		}
	}
}
