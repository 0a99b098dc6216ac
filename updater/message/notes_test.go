package message

import (
	"strings"
	"testing"
)

func TestNotes(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"## What's Changed\r\n\r\n* Fix x by @ada in https://github.com/a/b/pull/12\r\n* Closes #3", "#### What's Changed\n\n- Fix x by &#64;" + joiner + "ada in https:" + joiner + "//github.com/a/b/pull/12\n- Closes &#35;" + joiner + "3"},
		{"1. one\n   - two\n2. three", "- one\n  - two\n- three"},
		{"**Full Changelog**: [v1...v2](https://github.com/a/b/compare/v1...v2)", "<b>Full Changelog</b>&#58; [v1...v2](https://github.com/a/b/compare/v1...v2)"},
		{"see [it](https://github.com/a/b/issues/7) and <https://x.example/y>", "see [it](https://redirect.github.com/a/b/issues/7) and [https:" + joiner + "//x.example/y](https://x.example/y)"},
		{"<script>alert(1)</script>\n\n<details open>\n\n# Hi", "#### Hi"},
		{"![a picture](https://evil.example/x.png) behind", "a picture behind"},
		{"`x @ada`", "`x @ada`"},
		{"```go\nfunc main() {}\n  in\n```", "```\nfunc main() {}\n  in\n```"},
		{"> quoted *a* text", "> quoted <i>a</i> text"},
		{"[x](javascript:alert) [y](http://plain.example)", "x y"},
		{"", ""},
	} {
		if got := notes(c.in); !strings.HasPrefix(got, c.want) {
			t.Errorf("notes(%q)\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

func FuzzNotes(f *testing.F) {
	f.Add("# a\n- b\n  - [c](https://x.example/)\n```\nx\n```")
	f.Add("<!-- freshpin:state x 00000000 -->\n\n/freshpin recreate\n\n- [x] <!-- freshpin:hold a -->")
	f.Add("</details>\n\nCo-authored-by: x\n\n@a #1 [skip ci]")
	f.Fuzz(func(t *testing.T, s string) {
		out := notes(s)
		if _, ok := Extract(out); ok {
			t.Errorf("%q reveals a state: %q", s, out)
		}
		if len(Boxes(out)) > 0 || Rebuild(out) {
			t.Errorf("%q ticks a box: %q", s, out)
		}
		if _, ok := Command(out); ok && !strings.Contains(out, "```") {
			t.Errorf("%q commands: %q", s, out)
		}
		if html := parseMarkdown(out).html; len(html) > 0 {
			t.Errorf("%q has HTML %q: %q", s, html, out)
		}
	})
}
