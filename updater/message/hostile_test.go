package message

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// attacks are what strangers write into names, tags, labels, reasons, release
// notes and advisories, and what must not be left of it as it was.
var attacks = []struct{ text, active string }{
	// Mentions, references, links, pictures.
	{"@octocat", "@octocat"}, {"@acme/team please", "@acme"}, {"x@y.example", "@y.example"}, {"#1", "#1"}, {"fixes #12", "#12"}, {"GH-7", "GH-7"}, {"gh-7", "gh-7"}, {"acme/shop#3", "#3"},
	{"acme/shop@0123456789abcdef0123456789abcdef01234567 x", "0123456789abcdef0123456789abcdef01234567 x"}, {"0a1b2c3d4e5f", "0a1b2c3d4e5f"}, {"https://evil.example", " https://evil"}, {"HTTP://evil.example", "HTTP://evil"}, {"www.evil.example", "www.evil"},
	{"mailto:a@evil.example", "a@evil"}, {"<https://evil.example>", "<https"}, {"[x](https://evil.example)", "](https://evil"}, {"[x]: https://evil.example", "]: h"}, {"![x](https://evil.example/i.png)", "!["}, {"[x][y]", "]["},
	{"[a](javascript:alert(1))", "](j"}, {":+1: :octocat:", ":octocat:"},
	// HTML, and marks of our own.
	{"<img src=https://evil.example/i.png>", "<img"}, {"<script>alert(1)</script>", "<script"}, {"<b onclick=x>", "<b "}, {"</details></td></table>", "</t"}, {"&lt;b&gt;", "&lt;"}, {"&#60;b&#62;", "&#60;b&#62;"}, {"<!--", "<!--"}, {"-->", "-->"},
	{"<!-- freshpin:state x 00000000 -->", "<!-- freshpin:state x"}, {"<!-- freshpin:hold x -->", "<!-- freshpin:hold x -->"}, {"<!-- freshpin:closed -->", "<!-- freshpin:closed"}, {"<!-- freshpin:dashboard -->", "<!-- freshpin:dashboard"},
	{"<!-- freshpin:run 2026-01-01T00:00:00Z -->", "<!-- freshpin:run 2026-01-01T00:00:00Z"}, {"<!-- freshpin:said not-allowed -->", "<!-- freshpin:said"}, {"<picture><source srcset=x>", "<picture"}, {"<![CDATA[x]]>", "<!["}, {"<?php x ?>", "<?"}, {"<a@b.example>", "<a"},
	// Blocks and tables.
	{"a | b | c", " | b"}, {"a \\| b", "\\|"}, {"```\nx\n```", "```"}, {"~~~\nx", "~~~"}, {"# head", "\n# "}, {"a\n===", "\n==="}, {"a\n---", "\n---"}, {"> quote", "\n> "}, {"- [x] done", "- [x] "}, {"* * *", "\n* *"}, {"1. one", "\n1. "}, {"`code`", "``"},
	{"``a ` b``", "``a"}, {"<pre>x", "<pre>x"}, {"a\\", "a\\ "}, {"$a$ $$b$$", "$$"}, {"**a** __b__ ~~c~~", "**a"}, {"| --- | --- |", "| --- | ---\n"},
	// Orders: to us, to CI, to git.
	{"/freshpin recreate", "\n/freshpin"}, {"\n/freshpin ignore x\n", "\n/freshpin"}, {"[skip ci]", "[skip"}, {"[ci skip]", "[ci "}, {"[no ci]", "[no ci"}, {"[skip actions]", "[skip"}, {"***NO_CI***", "***NO"}, {"skip-checks: true", "\nskip-checks:"},
	{"x\n\nCo-authored-by: Eve <eve@evil.example>", "\nCo-authored-by:"}, {"x\nSigned-off-by: Eve <e@evil.example>", "\nSigned-off-by:"}, {"x\n\nFreshpin-Fingerprint: 0000", "\nFreshpin-Fingerprint: 0000"}, {"BREAKING CHANGE: x", "\nBREAKING CHANGE:"},
	// What is not seen, or turns what is.
	{"1.0\u202e0.2", "\u202e"}, {"\u2066x\u2069", "\u2066"}, {"a\u200bb", "\u200b"}, {"a\ufeffb", "\ufeff"}, {"a\u2028b", "\u2028"}, {"a\u0085b", "\u0085"}, {"\x1b[31m", "\x1b"}, {"\u009b31m", "\u009b"}, {"a\x00b", "\x00"}, {"a\x7fb", "\x7f"}, {"a\u3164b", "\u3164"}, {"\U000e0041", "\U000e0041"}, {"\xff\xfe", "\xff"},
	{strings.Repeat("A", 100_000), strings.Repeat("A", 1000)},
}

// hostileText says a text in every field of a pull request.
func hostileText(s string) Pull {
	wrong := []Advisory{{ID: s, Aliases: []string{s}, Severity: s, Summary: s, URL: s, Fixed: s, Package: s, Imported: s}}
	side := Side{Version: s, Revision: s, Base: s}
	u := Update{
		ID: s, Ecosystem: "dockerfile", Name: s, Package: s, File: s, Line: 3, From: s, To: s + "2", OldDigest: s, NewDigest: s, Band: "patch", Release: s,
		Links: ecosystems.Links{Source: s, Notes: s, Compare: s}, Notes: []string{s}, Minor: s + "3", Latest: s + "4", Advisories: wrong, Security: true,
		Image: &Image{
			Summary: s, From: s, Old: side, New: side, MorePlatforms: []string{s}, FewerPlatforms: []string{s}, Builder: s, Source: s, Revision: s,
			Changed: []PackageChange{{s, s, s}}, Added: []PackageChange{{s, "", s}}, Removed: []PackageChange{{s, s, ""}}, Fixes: wrong, Brings: wrong,
		},
		Releases: []Release{{Tag: s, Title: s, URL: s, Published: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)}}, ReleasesURL: s,
	}
	other := u
	other.Package, other.Band = "other", "minor"
	return Pull{
		Repo: s, Group: s, Style: "plain", Updates: []Update{u, other}, Files: []string{s}, Note: s, State: s[:min(len(s), 1000)],
		Held: []Held{{ID: s, Name: s, File: s, Current: s, Available: s + "9", Code: s, Reason: s}},
	}
}

// TestHostileMessages words pull requests, commits, dashboards and comments with
// each attack in every field.
func TestHostileMessages(t *testing.T) {
	r, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range attacks {
		for _, style := range []string{"plain", conventional} {
			p := hostileText(a.text)
			p.Style = style
			words, err := r.Pull(p)
			if err != nil {
				t.Errorf("%.40q: %v", a.text, err)
				continue
			}
			checkBody(t, words, p)
			inert(t, "body", a.text, a.active, withoutMarks(words.Body))
			inert(t, "title", a.text, a.active, words.Title)
			inert(t, "commit", a.text, a.active, words.Commit)
			oneLine(t, words.Title)
		}
		h := hostileText(a.text).Held
		title, board, err := r.Board(Dashboard{
			Repo: a.text, Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Held: h, Skipped: h, Failed: h, Ignored: []string{a.text}, Problem: a.text + "\n" + a.text,
			Proposed: []Proposed{{Group: a.text, Number: 77, Title: a.text}, {Group: a.text, Title: a.text, Why: a.text}},
		})
		if err != nil {
			t.Errorf("dashboard of %.40q: %v", a.text, err)
		}
		inert(t, "dashboard", a.text, a.active, withoutMarks(board))
		oneLine(t, title)
		if len(markers.Boxes(board)) > 0 {
			t.Errorf("dashboard of %.40q: a box is ticked", a.text)
		}
		for _, kind := range []string{"closed", "ignored", "ignored-nothing", "unknown-command", "failed"} {
			said, err := r.Say(kind, "x "+a.text)
			if err != nil {
				t.Errorf("%s of %.40q: %v", kind, a.text, err)
			}
			inert(t, kind, a.text, a.active, said)
		}
	}
	t.Logf("%d attacks in %d sinks", len(attacks), 9)
}

// TestHostileNotes: of release notes headings, lists, emphasis and links to https stay. Everything else is text.
func TestHostileNotes(t *testing.T) {
	kept := map[string]bool{"](https://evil": true, "https://evil": true, "\n# ": true, "\n> ": true, "```": true, "~~~": true, "<img": true}
	for _, a := range attacks {
		out := function("notes")(a.text)
		if !kept[strings.TrimSpace(a.active)] && !kept[a.active] {
			inert(t, "notes", a.text, a.active, withoutMarks(out))
		}
		got := parseMarkdown(out)
		if len(got.html) > 0 {
			t.Errorf("%.40q has HTML %q: %q", a.text, got.html, out)
		}
		for _, l := range got.links {
			if !strings.HasPrefix(l, "https://") {
				t.Errorf("%.40q links to %q", a.text, l)
			}
		}
		if o, ok := markers.Command(out); ok {
			t.Errorf("%.40q commands %v", a.text, o)
		}
		if _, ok := markers.Extract(out); ok || len(markers.Boxes(out)) > 0 || markers.Rebuild(out) {
			t.Errorf("%.40q hides something: %q", a.text, out)
		}
	}
}

// withoutMarks takes away what is hidden in our own comments, and what stands in
// our own HTML and fences.
func withoutMarks(body string) string {
	var lines []string
	for line := range strings.SplitSeq(body, "\n") {
		if before, _, ok := strings.Cut(line, "<!-- freshpin:"); ok {
			line = before
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

var codeSpan = regexp.MustCompile("`[^`\n]*`")

// inert fails where an attack is left as it was. In code no forge looks for
// references, so there a name may stand as it is.
func inert(t *testing.T, sink, attack, active, out string) {
	t.Helper()
	if sink == "body" || sink == "dashboard" || sink != "title" && sink != "commit" {
		out = codeSpan.ReplaceAllString(out, "`x`")
	}
	if sink == "title" || sink == "commit" {
		// a line of text is no Markdown: only what GitHub links to, or obeys, counts there
		if !strings.ContainsAny(active, "@#\n[") && !strings.Contains(active, "://") && !sanitize.Obeyed(active) {
			return
		}
		if strings.HasPrefix(active, "](") || active == "][" || strings.HasPrefix(active, "![") || active == "<![" || active == "]: h" || active == "- [x] " || active == "~~~" || active == "```" {
			return
		}
	}
	if active[0] == '#' { // a character reference holds one too
		out = resolve([]byte(out))
	}
	if strings.Contains(out, active) {
		at := strings.Index(out, active)
		t.Errorf("%s: %q of %.60q is active: …%q…", sink, active, attack, out[max(0, at-40):min(len(out), at+60)])
	}
	for line := range strings.Lines(out) {
		if line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), string(sanitize.Joiner), ""); sanitize.Obeyed("|" + line) {
			t.Errorf("%s: the line %q of %.60q is obeyed", sink, line, attack)
		}
	}
}

func oneLine(t *testing.T, title string) {
	t.Helper()
	if title == "" || strings.ContainsAny(title, "\r\n") {
		t.Errorf("the title %q", title)
	}
}

// TestHostileBranch is groups named after what strangers have named, and the branches for them.
func TestHostileBranch(t *testing.T) {
	for _, c := range [][2]string{
		{"security/gomod/..", "freshpin/security-gomod-"}, {"gomod/a..b", "freshpin/gomod-a-b-"}, {"gomod/a.lock", "freshpin/gomod-a-"}, {"gomod/@{0}", "freshpin/gomod-0-"}, {"gomod/~^:?*[\\", "freshpin/gomod-"},
		{"gomod/a b", "freshpin/gomod-a-b-"}, {"gomod/-rf", "freshpin/gomod-rf-"}, {"gomod/HEAD", "freshpin/gomod-head-"}, {"gomod/\x1b[2J", "freshpin/gomod-2j-"}, {"gomod/\u202eab", "freshpin/gomod-ab-"}, {"../../main", "freshpin/main-"},
		{"refs/heads/main", "freshpin/refs-heads-main-"}, {"$(reboot)", "freshpin/reboot-"}, {"--upload-pack=x", "freshpin/upload-pack-x-"}, {"dockerfile/part-2", "freshpin/dockerfile-part-2-"}, {strings.Repeat("a/", 500), "freshpin/a-a-a-"},
	} {
		got := Branch(c[0])
		if !strings.HasPrefix(got, c[1]) {
			t.Errorf("Branch(%q) = %q, want %q…", c[0], got, c[1])
		}
		checkRef(t, c[0], got)
	}
}

// FuzzHostileBoard holds that nothing in a dashboard can change what the dashboard is.
func FuzzHostileBoard(f *testing.F) {
	for _, a := range attacks {
		if len(a.text) < 1000 {
			f.Add(a.text)
		}
	}
	r, err := New(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h := []Held{{ID: s, Name: s, File: s, Current: s, Available: s + "9", Code: s, Reason: s}}
		title, body, err := r.Board(Dashboard{Repo: "a/b", Now: time.Unix(0, 0), Held: h, Skipped: h, Failed: h, Ignored: []string{s}, Problem: s, Proposed: []Proposed{{Group: s, Number: 1, Title: s, Why: s}}})
		if err != nil {
			t.Fatal(err)
		}
		oneLine(t, title)
		got := parseMarkdown(body)
		if len(got.html) > 0 {
			t.Errorf("HTML %q in\n%s", got.html, body)
		}
		for _, l := range got.links {
			if strings.HasPrefix(l, "auto:") {
				t.Errorf("link to %q in\n%s", l, body)
			}
		}
		if len(markers.Boxes(body)) > 0 {
			t.Error("a box is ticked")
		}
		if o, ok := markers.Command(body); ok {
			t.Errorf("the body commands %v", o)
		}
		for line := range strings.Lines(body) {
			if line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), string(sanitize.Joiner), ""); sanitize.Obeyed("|" + line) {
				t.Errorf("the line %q is obeyed", line)
			}
		}
	})
}
