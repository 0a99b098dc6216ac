package untrusted

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

func TestAddress(t *testing.T) {
	for _, c := range [][2]string{
		{"https://github.com/a/b/releases/tag/v1.2.3", "https://github.com/a/b/releases/tag/v1.2.3"},
		{"HTTPS://GitHub.com/a/b/issues/1", "https://redirect.github.com/a/b/issues/1"},
		{"https://www.github.com/a/b/pull/1#issuecomment-2", "https://redirect.github.com/a/b/pull/1#issuecomment-2"},
		{"https://github.com/a/b/commit/0123456", "https://redirect.github.com/a/b/commit/0123456"},
		{"https://github.com/a/b/compare/v1...v2", "https://github.com/a/b/compare/v1...v2"},
		{"https://a.example/(x)_[y]*`z`|<w>\"'", "https://a.example/%28x%29_%5By%5D%2A%60z%60%7C%3Cw%3E%22%27"},
		{"https://a.example/%28x%29?q=1&copy=2%zz", "https://a.example/%28x%29?q=1&amp;copy=2%25zz"},
		{"https://a.example:8443/x#a_b~c", "https://a.example:8443/x#a_b~c"},
		{"https://a.example", "https://a.example"},
		{"  https://a.example/ü ", "https://a.example/%C3%BC"},

		{"", ""},
		{"http://a.example/", ""},
		{"https://user@a.example/", ""},
		{"https://user:password@a.example/", ""},
		{"https://", ""},
		{"https:a.example", ""},
		{"//a.example/", ""},
		{"javascript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"https://a.example/\\@evil.example", ""},
		{"https://a.exa\u0430mple/", ""},
		{"https://127.0.0.1/", ""},
		{"https://[::1]/", ""},
		{"https://localhost/", ""},
		{"https://a.example/a b", ""},
		{"https://a.example/a\nb", ""},
		{"https://a.example/%zz", ""},
		{"https://a.example/" + strings.Repeat("x", maxAddress), ""},
	} {
		if got := address(c[0]); got != c[1] {
			t.Errorf("address(%q) = %q, want %q", c[0], got, c[1])
		}
	}
}
