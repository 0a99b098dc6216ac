package message

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	mdtext "github.com/yuin/goldmark/text"

	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/message/untrusted"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// A page of Markdown as a CommonMark parser with GitHub's extensions understands it.
type parsed struct {
	links  []string   // addresses, of links that we did not write too
	html   []string   // raw HTML that is not ours
	cells  [][]string // text of the cells of all tables, row by row
	others []string   // headings, images, code blocks, thematic breaks
	shown  string     // all text
}

// ourHTML is what the templates write themselves.
var ourHTML = regexp.MustCompile(`^(</?(details|summary|code|b|i)>|<!-- freshpin:rebuild -->\s*|<details><summary>[^<]*</summary>\s*|</details>\s*|<pre>\n[^<>&@\x60]*(&#[0-9]+;[^<>&@\x60]*)*|<!-- freshpin:\S+ \S+( [0-9a-f]{8})? -->\s*)$`)

func parseMarkdown(source string) parsed {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM))
	src := []byte(source)
	var p parsed
	_ = ast.Walk(md.Parser().Parse(mdtext.NewReader(src)), func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if in {
			p.add(n, src)
		}
		return ast.WalkContinue, nil
	})
	return p
}

func (p *parsed) add(n ast.Node, src []byte) {
	switch n := n.(type) {
	case *ast.Link:
		p.links = append(p.links, string(n.Destination))
	case *ast.AutoLink:
		p.links = append(p.links, "auto:"+string(n.URL(src)))
	case *ast.Image, *ast.Heading, *ast.FencedCodeBlock, *ast.CodeBlock, *ast.ThematicBreak:
		p.others = append(p.others, n.Kind().String())
	case *ast.RawHTML:
		p.raw(string(n.Segments.Value(src)))
	case *ast.HTMLBlock:
		p.raw(string(n.Lines().Value(src)))
	case *east.TableRow, *east.TableHeader:
		var row []string
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			row = append(row, content(c, src))
		}
		p.cells = append(p.cells, row)
	case *ast.Text:
		p.shown += resolve(n.Value(src))
	}
}

func (p *parsed) raw(html string) {
	if !ourHTML.MatchString(html) {
		p.html = append(p.html, html)
	}
}

// content is the text that is seen of a node.
func content(n ast.Node, src []byte) string {
	if t, ok := n.(*ast.Text); ok {
		if _, isCode := n.Parent().(*ast.CodeSpan); isCode {
			return string(t.Value(src))
		}
		return resolve(t.Value(src))
	}
	out := ""
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		out += content(c, src)
	}
	return out
}

var reference10 = regexp.MustCompile(`&#([0-9]+);`)

// resolve replaces character references, as a browser does.
func resolve(b []byte) string {
	return reference10.ReplaceAllStringFunc(string(b), func(m string) string {
		var r rune
		_, _ = fmt.Sscanf(m, "&#%d;", &r)
		return string(r)
	})
}

func seen(s string) string { return strings.ReplaceAll(s, string(sanitize.Joiner), "") }

// function returns a function of templates that makes text from outside safe.
func function(name string) func(...any) string {
	switch f := untrusted.Functions()[name].(type) {
	case func(any) string:
		return func(args ...any) string { return f(args[0]) }
	case func(shown, to any) string:
		return func(args ...any) string { return f(args[0], args[1]) }
	}
	panic(name)
}

// FuzzText holds that text from outside is shown as it is and is nothing but text.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		hostile, "1. a", "- a", "+ a", "===", "---", "# a", "> a", "~~a~~", "a\\", "\\|", "`a", "``a`b``", "http://a.example", "www.a.example", "a@b.example", "mailto:a@b.example",
		"@acme/team", "[a]: https://a.example", "[a](b)", "![a](b)", "<b>", "&lt;", "&#60;", "\u202eabc", "a\u2028b", ":+1: :a:b:", "1) a", "12345678901. a", "    a", "\ta", "a\xffb", "$`a`$", "[x] a", "[ ] a", "* * *", "]:0",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := untrusted.Clean(s)
		for name, shown := range map[string]string{"text": shownAs(s), "code": function("code")(s)} {
			for _, around := range []string{"%s", "a %s b", "- %s", "| a | b |\n| --- | --- |\n| %s | c |", "[%s](https://a.example)"} {
				if want == "" || name == "text" && around == "[%s](https://a.example)" && strings.TrimSpace(shown) == "" {
					continue
				}
				check(t, name, fmt.Sprintf(around, shown), want, strings.HasPrefix(around, "["), strings.HasPrefix(around, "|"))
			}
		}
	})
}

func shownAs(s string) string { return untrusted.Markdown(s).String() }

func check(t *testing.T, name, source, want string, linked, table bool) {
	t.Helper()
	p := parseMarkdown(source)
	links := 0
	if linked {
		links = 1
	}
	if len(p.links) != links || len(p.html) > 0 || len(p.others) > 0 {
		t.Fatalf("%s: %q has links %q, HTML %q, blocks %q", name, source, p.links, p.html, p.others)
	}
	if !strings.Contains(seen(p.shown), want) {
		t.Fatalf("%s: %q shows %q, want %q in it", name, source, seen(p.shown), want)
	}
	if table && (len(p.cells) != 2 || len(p.cells[1]) != 2 || seen(p.cells[1][0]) != want || p.cells[1][1] != "c") {
		t.Fatalf("%s: %q has cells %q, want %q", name, source, p.cells, want)
	}
}

// FuzzBody holds that nothing in a pull request can change what the body is.
func FuzzBody(f *testing.F) {
	f.Add(hostile, "https://evil.example/)[x](y)", "3.6")
	f.Add("python", "https://github.com/a/b/releases/tag/v1", "3.6.1")
	f.Add("a|b", "https://a.example/?a=b&copy=c#d_e*f*", "`")
	f.Add("<details>", "https://user@a.example", "</details>")
	r, err := New(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, link, version string) {
		p := hostilePull()
		for i := range p.Updates {
			u := &p.Updates[i]
			u.Name, u.File, u.From, u.To, u.Release, u.Notes = name, name, version, version+"1", version, []string{name, version}
			u.Links.Source, u.Links.Notes, u.Links.Compare = link, link, link
			if u.Image != nil {
				u.Image.Source, u.Image.Changed[0] = link, PackageChange{name, version, version + "1"}
				u.Releases[0].URL, u.Releases[0].Title, u.Releases[0].Body = link, name, "" // FuzzNotes is about those
			}
		}
		p.Note, p.Held[0].Reason, p.State = name, version, name+version
		words, err := r.Pull(p)
		if err != nil {
			t.Fatal(err)
		}
		checkBody(t, words, p)
	})
}

func checkBody(t *testing.T, words Text, p Pull) {
	t.Helper()
	got := parseMarkdown(words.Body)
	if len(got.html) > 0 || len(got.others) > 0 {
		t.Errorf("HTML %q, blocks %q in\n%s", got.html, got.others, words.Body)
	}
	for _, l := range got.links {
		if strings.HasPrefix(l, "auto:") || function("link")("x", p.Updates[0].Links.Source) == "x" || !strings.HasPrefix(l, "https://") {
			t.Errorf("link to %q in\n%s", l, words.Body)
		}
	}
	width := 0
	for _, row := range got.cells {
		if row[0] == "What" || row[0] == "Property" && row[1] == "Before" {
			width = len(row)
		}
		if len(row) != width {
			t.Errorf("row %q has not %d cells", row, width)
		}
	}
	if state, ok := markers.Extract(words.Body); !ok || state != p.State {
		t.Errorf("Reveal = %q, %v, want %q", state, ok, p.State)
	}
	if len(markers.Boxes(words.Body)) > 0 {
		t.Error("the body has ticked boxes")
	}
	if o, ok := markers.Command(words.Body); ok {
		t.Errorf("the body commands %v", o)
	}
	if strings.ContainsAny(words.Title, "\r\n") || len([]rune(words.Title)) > maxTitle || words.Title == "" {
		t.Errorf("title %q", words.Title)
	}
	commitOf(t, words)
}

// orderWords is what a commit message could do to a repository.
var orderWords = regexp.MustCompile(`(?im)(#[0-9]|\bgh-[0-9]|@[a-z0-9]|\[(skip|ci|no|actions)\b|^[a-z-]+: .*|^\w+-by:|://)`)

func commitOf(t *testing.T, words Text) {
	t.Helper()
	subject, rest, _ := strings.Cut(words.Commit, "\n")
	if subject != words.Title || rest != "" && !strings.HasPrefix(rest, "\n") {
		t.Errorf("commit %q", words.Commit)
	}
	for l := range strings.Lines(strings.TrimPrefix(rest, "\n")) {
		if !strings.HasPrefix(l, "- ") && !strings.HasPrefix(l, "  ") {
			t.Errorf("line %q of the commit is not ours", l)
		}
	}
	if m := orderWords.FindString(words.Commit); m != "" && !strings.HasPrefix(m, "chore(") {
		t.Errorf("%q in the commit %q", m, words.Commit)
	}
}
