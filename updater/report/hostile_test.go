package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	mdtext "github.com/yuin/goldmark/text"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/notes"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/provenance"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// hostileTexts are what strangers write into names, tags, reasons, advisories, titles and labels.
var hostileTexts = []string{
	"::set-output name=x::y", "  ::add-mask::x", "\n::error::x", "\r\n::stop-commands::t", "##[add-mask]x", "a ##[group]b", "##vso[task.complete]x", "##teamcity[x]",
	"section_start:1:x\r\x1b[0Kcollapsed", "\x1b[2J\x1b[H", "\x1b]8;;https://evil.example\x1b\\", "\u009b31m", "\x07\x08\x7f", "1.0\u202e0.2", "\u2066x\u2069", "a\u200bb\ufeff",
	"a\u2028freshpin: all is well", "a\u0085b", "freshpin: everything is current", "--- a group", "+++ x", "~~~", "travis_fold:start:x\r\x1b[0K",
	"     1  python  3.6.1  3.6.15", "| a | b |", "@octocat @acme/team", "#1 GH-2", "<img src=x onerror=alert(1)>", "<script>x</script>", "![x](https://evil.example/i.png)",
	"[x](javascript:alert(1))", "https://evil.example www.evil.example", "</details><details>", "<!-- freshpin:state x 00000000 -->", "```\n# h", "`a` ``b``", "# head", "- [x] a", "\\", "&lt;b&gt;", "[skip ci]", ":+1: :x:", "$x$", "~~a~~ **b** _c_",
}

// hostilePlan says a text everywhere where a stranger may have.
func hostilePlan(s string) *plan.Plan {
	one := func(status plan.Status) plan.Item {
		i := item(s+"/Dockerfile", 1, "dockerfile", s, s, func(i *plan.Item) {
			i.ID = s
			i.Safe, i.Minor, i.Latest, i.LatestPackage, i.NewerBase, i.ReleaseLine = s+"1", s+"2", s+"3", s, s, s
			i.Status, i.Band, i.Target = status, "patch", ecosystems.Target{Digest: s}
			i.Target.Version.Text = s + "1"
			i.Reason = ecosystems.Reason{Code: "not-found", Text: s}
			i.Notes = []ecosystems.Note{{Code: "digest-gone", Text: s}, {Code: "end-of-life", Text: s}}
			i.Edits = []plan.Edit{{Edit: ecosystems.Edit{Old: s, New: s + "1"}, File: s, Line: 1, Column: 1}}
			i.Advisories = []plan.Advisory{{ID: s, Severity: s, Summary: s, URL: s, Fixed: s, Imported: s, Aliases: []string{s}}}
			i.Contents = &provenance.Comparison{Packages: &provenance.Difference{
				Changed: []provenance.PackageChange{{Name: s, Old: s, New: s}}, Added: []provenance.PackageChange{{Name: s, New: s}}, Removed: []provenance.PackageChange{{Name: s, Old: s}},
			}, Build: &provenance.Build{Builder: s, Source: s, Revision: s}, New: ecosystems.Image{Digest: s, Platform: s, Labels: map[string]string{s: s}}}
			i.Releases = &notes.List{URL: s, Releases: []notes.Release{{Tag: s, Title: s, URL: s, Body: s}}}
		})
		return i
	}
	p := &plan.Plan{Files: 1, FailedHosts: []plan.HostFailure{{Host: s, Code: s, Packages: 1, Error: s}}}
	for _, status := range []plan.Status{plan.Update, plan.Failed, plan.Held, plan.Skipped, plan.Current} {
		p.Items = append(p.Items, one(status))
	}
	p.Advised.Source, p.Advised.Err = s, errors.New(s)
	return p
}

// TestHostileFormats prints plans in which strangers have written everything, in
// every format, and wants nothing that a terminal or a CI system obeys (F7).
func TestHostileFormats(t *testing.T) {
	for _, s := range hostileTexts {
		p := hostilePlan(s)
		for name, write := range map[string]func(io.Writer) error{
			"table":    func(w io.Writer) error { return Table(w, p, Options{Verbose: true}) },
			"narrow":   func(w io.Writer) error { return Table(w, p, Options{Verbose: true, Width: 40}) },
			"markdown": func(w io.Writer) error { return Markdown(w, p) },
			"json":     func(w io.Writer) error { return JSON(w, p, "0") },
			"sarif":    func(w io.Writer) error { return SARIF(w, p, "0") },
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if name == "markdown" {
					line = strings.ReplaceAll(line, string(sanitize.Joiner), "") // our own
				}
				if sanitize.Obeyed(line) {
					t.Errorf("%s: %q is obeyed in the line %q", name, s, line)
				}
				if strings.HasPrefix(line, "freshpin:") {
					t.Errorf("%s: %q makes the line %q", name, s, line)
				}
			}
			switch name {
			case "json":
				decodes(t, b.Bytes(), p, s)
			case "markdown":
				means(t, s, b.String())
			}
		}
	}
}

// decodes wants that programs read out of the document what the stranger wrote.
func decodes(t *testing.T, data []byte, p *plan.Plan, s string) {
	t.Helper()
	var doc Document
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	d := doc.Dependencies[0]
	got := []string{d.File, d.Name, d.Reason, d.Edits[0].New, d.Notes[0].Text, d.Advisories[0].Summary, d.Releases.List[0].Title, doc.Advisories.Error}
	want := []string{s + "/Dockerfile", s, s, s + "1", s, s, s, s}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q comes back as %q", s, got)
	}
	_ = p
}

// means wants no link, picture, HTML or block in Markdown that is not ours.
func means(t *testing.T, s, source string) {
	t.Helper()
	src := []byte(source)
	tables := 0
	_ = ast.Walk(goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(mdtext.NewReader(src)), func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if !in {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link, *ast.AutoLink, *ast.Image, *ast.FencedCodeBlock, *ast.CodeBlock, *ast.ThematicBreak, *ast.CodeSpan, *ast.Emphasis:
			t.Errorf("%q: %s in\n%s", s, n.Kind(), source)
		case *ast.RawHTML:
			t.Errorf("%q: HTML %q", s, n.Segments.Value(src))
		case *ast.HTMLBlock:
			if html := string(n.Lines().Value(src)); !strings.HasPrefix(html, "<details><summary>") && !strings.HasPrefix(html, "</details>") {
				t.Errorf("%q: HTML %q", s, html)
			}
		}
		if n.Kind().String() == "TableRow" {
			tables++
			if n.ChildCount() != 7 {
				t.Errorf("%q: a row of %d cells", s, n.ChildCount())
			}
		}
		return ast.WalkContinue, nil
	})
	if tables != 5 {
		t.Errorf("%q: %d rows in\n%s", s, tables, source)
	}
	for _, active := range []string{"@octocat", "@acme", "#1 ", "GH-2", "https://evil", "www.evil", "[skip ci]", ":+1:"} {
		if strings.Contains(source, active) {
			t.Errorf("%q: %q is active", s, active)
		}
	}
}

// FuzzHostileFormats is the same with any text.
func FuzzHostileFormats(f *testing.F) {
	for _, s := range hostileTexts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := hostilePlan(s)
		for _, write := range []func(io.Writer) error{
			func(w io.Writer) error { return Table(w, p, Options{Verbose: true}) }, func(w io.Writer) error { return Markdown(w, p) },
			func(w io.Writer) error { return JSON(w, p, "0") }, func(w io.Writer) error { return SARIF(w, p, "0") },
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), string(sanitize.Joiner), ""); sanitize.Obeyed(line) {
					t.Errorf("%q is obeyed in the line %q", s, line)
				}
			}
		}
	})
}
