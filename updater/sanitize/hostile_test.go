package sanitize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestHostileText is what strangers wrote, and what is shown of it.
func TestHostileText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		// Terminals: control characters of one byte, of the C1 range, DEL, sequences.
		{"\x1b[2J\x1b]0;owned\a evil", "[2J]0;owned evil"},
		{"\x1b]8;;https://evil.example\x1b\\here", "]8;;https://evil.example\\here"},
		{"\u009b31m 1.0 \xff", "31m 1.0 \ufffd"},
		{"a\x7fb\x00c\x08\x08d", "abcd"},
		{"a\r\nfreshpin: all is well\tb", "a  freshpin: all is well b"},
		{"a\x0bb\x0cc\u0085d\u2028e\u2029f", "a b c d e f"},
		{"\x1bP+q544e\x1b\\x\x1b_y\x1b^z", "P+q544e\\x_y^z"},
		// The direction of writing, and what has no width.
		{"1.0\u202e0.2", "1.00.2"},
		{"\u2066a\u2067b\u2068c\u2069d\u200ee\u200ff\u061cg", "abcdefg"},
		{"a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u180eh", "abcdefgh"},
		{"a\u115fb\u1160c\u3164d\uffa0e\u034ff\u2800g\ufe0fh\U000e0101i", "abcdefghi"},
		{"\U000e0041tag\U000e007f", "tag"},
		{"\ue000private", "private"},
		{"a\u00a0b\u3000c\u2003d", "a b c d"},
		// GitHub, Gitea, Forgejo: the second form at the start, also behind blanks; the first anywhere.
		{"::set-output name=x::y", `\::set-output name=x::y`},
		{"   ::warning::x", `   \::warning::x`},
		{"\u2003::add-mask::x", ` \::add-mask::x`},
		{"\u200b::stop-commands::x", `\::stop-commands::x`},
		{"std::string", "std::string"},
		{"a ##[add-mask]x", `a #\#[add-mask]x`},
		{"###[group]x", `##\#[group]x`},
		{"#\u200b#[error]x", `#\#[error]x`},
		{"##[debug]##[error]", `#\#[debug]#\#[error]`},
		// Azure Pipelines, TeamCity, GitLab, Travis, Buildkite.
		{"x ##vso[task.setvariable variable=a]b", `x #\#vso[task.setvariable variable=a]b`},
		{"##VSO[task.complete]", `#\#VSO[task.complete]`},
		{"##teamcity[buildStatus text='ok']", `#\#teamcity[buildStatus text='ok']`},
		{"section_start:1:x\r\x1b[0Kfake", `section\_start:1:x [0Kfake`},
		{"a section_end:1:x", `a section\_end:1:x`},
		{"travis_fold:start:x\r\x1b[0K", `travis\_fold:start:x [0K`},
		{"--- a group", `\--- a group`},
		{"+++ an open one", `\+++ an open one`},
		{"~~~ a quiet one", `\~~~ a quiet one`},
		{"^^^ +++", `\^^^ +++`},
		// And what is only text.
		{"naïve – ≥1.0 日本 é", "naïve – ≥1.0 日本 é"},
		{"## Headline #1 ##", "## Headline #1 ##"},
		{"- a list", "- a list"},
		{"---mount=from=x", "---mount=from=x"},
		{"", ""},
	} {
		if got := Text(c.text); got != c.want {
			t.Errorf("Text(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

// TestHostileName is names of files and packages. What could be taken for ours is quoted.
func TestHostileName(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"svc/api/Dockerfile", ""}, {"a b/crlf/Dockerfile", ""}, {".env", ""}, {"@scope/pkg", ""}, {"docker-compose.yml", ""},
		{"localhost:5000/a/b", ""}, {"${REG}/app", ""}, {"golang.org/x/net", ""}, {"日本/Dockerfile", ""}, {"zope.interface", ""}, {"a_b~c", ""}, {"", ""},
		{"::set-output name=x::y/Dockerfile", `"::set-output name=x::y/Dockerfile"`},
		{"  ::error::x", `"  ::error::x"`},
		{"##[add-mask]x/Dockerfile", `"#\x23[add-mask]x/Dockerfile"`},
		{"freshpin: all is well/Dockerfile", `"freshpin: all is well/Dockerfile"`},
		{"freshpin\uff1a all is well", `"freshpin： all is well"`},
		{"     1  python  3.6.1", `"     1  python  3.6.1"`},
		{"4 pins in 1 file all of them current", `"4 pins in 1 file all of them current"`},
		{"a\nb", `"a\nb"`}, {"a\x1b[31m", `"a\x1b[31m"`}, {"a\u202eb", `"a\u202eb"`}, {"a\xffb", `"a�b"`}, {" a", `" a"`}, {"a ", `"a "`},
		{"--- a/Dockerfile", `"--- a/Dockerfile"`}, {"+++/x", `"+++/x"`}, {"-n", `"-n"`}, {`a"b`, `"a\"b"`}, {"| a | b |", `"| a | b |"`}, {"x:", `"x:"`},
		{"section_start:1:x", `"section\_start:1:x"`},
	} {
		want := c.want
		if want == "" {
			want = c.name
		}
		if got := Name(c.name); got != want {
			t.Errorf("Name(%q) = %s, want %s", c.name, got, want)
		}
	}
}

// TestHostileWriter is lines as commands print them: what they are made of was forgotten to be cleaned.
func TestHostileWriter(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n"},
		{"\x1b[2Jgone\x1b[1;1H\n", "[2Jgone[1;1H\n"},
		{"  ::warning::x\nok\n", "  \\::warning::x\nok\n"},
		{"\t::warning::x\n", "\t\\::warning::x\n"},
		{"\u2003::warning::x\n", "\u2003\\::warning::x\n"},
		{"a\r\nb\rc\n", "a\nbc\n"},
		{"mail @\u2060ada\n", "mail @\u2060ada\n"},
		{"no end ##[x]", `no end #\#[x]`},
		{"##\x1b[31m[x]\n", "#\\#[x]\n"},
		{"\x1b[1m::x::\n", "\\::x::\n"},
		{"::a::\n::b::\n", "\\::a::\n\\::b::\n"},
		{"| --- | --- |\n", "| --- | --- |\n"},
		{"", ""},
	} {
		for _, step := range []int{1, 3, 1000} {
			var b bytes.Buffer
			w := NewWriter(&b)
			for part := range chunks(c.in, step) {
				if _, err := io.WriteString(w, part); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Flush(); err != nil || b.String() != c.want {
				t.Errorf("in steps of %d: %q = %q, want %q, %v", step, c.in, b.String(), c.want, err)
			}
		}
	}
	var b bytes.Buffer
	w := NewWriter(&b)
	fmt.Fprint(w, "::x")
	if err := w.Exact([]byte(" ::y::\n")); err != nil || b.String() != "\\::x ::y::\n" {
		t.Errorf("Exact: %q, %v", b.String(), err)
	}
}

func chunks(s string, n int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for len(s) > 0 {
			k := min(n, len(s))
			if !yield(s[:k]) {
				return
			}
			s = s[k:]
		}
	}
}

// TestHostileJSON wants documents that nothing obeys and that decode to what was put in.
func TestHostileJSON(t *testing.T) {
	for _, s := range []string{
		"##[add-mask]x", "\\##[a]", "###[a]##", "##vso[x]", "section_start:1:a\r\x1b[0K", "\u202e\u2066\u200b\u2060\ufeff", "\u009b31m\x7f", "\u2028\u2029\u0085", "\U000e0041", "::x::\n::y::",
		"<b>&amp;", "日本 é", "a\x00b", "travis_fold:x", "\\u0023#[",
	} {
		var b bytes.Buffer
		if err := JSON(&b, map[string]string{"a_b": s}); err != nil {
			t.Fatal(err)
		}
		obeyed(t, b.String())
		var back map[string]string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back["a_b"] != s {
			t.Errorf("%q came back as %q, %v", s, back["a_b"], err)
		}
		var guarded bytes.Buffer
		w := NewWriter(&guarded)
		_, _ = w.Write(b.Bytes())
		if guarded.String() != b.String() {
			t.Errorf("the guard changes %q to %q", b.String(), guarded.String())
		}
	}
}

// obeyed fails where a terminal or a CI system would obey something in an output.
func obeyed(t *testing.T, out string) {
	t.Helper()
	if marks.MatchString(out) {
		t.Errorf("a mark in %q", out)
	}
	for line := range strings.Lines(out) {
		if starts.MatchString(line) {
			t.Errorf("the line %q begins with a command", line)
		}
	}
	for _, r := range out {
		if r != '\n' && (unicode.IsControl(r) || Invisible(r)) {
			t.Errorf("the character %U in %q", r, out)
		}
	}
}

func FuzzWriter(f *testing.F) {
	for _, s := range []string{"::x::", " \u2003::x", "##[a]", "#\x00#[a]", "\x1b[31m::a", "\x1b\x1b[1m[2J", "section_start:1:a", "\xe2\x80", "a\r::b", "---\n+++"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		w := NewWriter(&b)
		_, _ = io.WriteString(w, s)
		_ = w.Flush()
		out := b.String()
		if !utf8.ValidString(out) {
			t.Errorf("%q is not UTF-8", out)
		}
		obeyed(t, strings.NewReplacer("\t", " ", "\u2060", "").Replace(uncoloured(out)))
		obeyed(t, Text(s)+"\n")
		obeyed(t, Name(s)+"\n")
		if strings.ContainsAny(Text(s), "\n\r\x1b") || strings.Contains(Cell(s), "  ") {
			t.Errorf("Text(%q) = %q, Cell %q", s, Text(s), Cell(s))
		}
		b.Reset()
		if err := JSON(&b, []string{s}); err != nil {
			t.Fatal(err)
		}
		obeyed(t, b.String())
		var back []string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back[0] != strings.ToValidUTF8(s, "\ufffd") && utf8.ValidString(s) {
			t.Errorf("%q came back as %q, %v", s, back, err)
		}
	})
}

// uncoloured takes colours away, as some viewers of logs do.
func uncoloured(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		if c := colour.FindString(s); c != "" {
			s = s[len(c):]
			continue
		}
		b.WriteByte(s[0])
		s = s[1:]
	}
	return b.String()
}
