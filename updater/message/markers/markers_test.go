package markers

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/message/untrusted"
)

func TestHide(t *testing.T) {
	for _, state := range []string{
		"", "-", "--", "--->", "-->", "a-b", "<!-- freshpin:state x 00000000 -->", "a\r\nb", "\x00\xff", `{"a":"é -- >"}`, "%2D%", strings.Repeat("-", 99), "!>", " ",
	} {
		line := Embed(state)
		if inner := strings.TrimSuffix(strings.TrimPrefix(line, "<!--"), "-->"); strings.Contains(inner, "--") || strings.ContainsAny(inner, ">\r\n@#") {
			t.Errorf("Hide(%q) = %q is no comment", state, line)
		}
		for name, body := range map[string]string{
			"alone": line, "below": "text\n\n" + line + "\n", "CRLF": "text\r\n\r\n" + line + "\r\n", "blanks": line + "  \t",
			"older": Embed("older") + "\n" + line, "marked": line + "\n\n" + forge.ClosedMark,
		} {
			if got, ok := Extract(body); !ok || got != state {
				t.Errorf("%s: Reveal(Hide(%q)) = %q, %v", name, state, got, ok)
			}
		}
	}
}

func TestRevealNothing(t *testing.T) {
	line := Embed("some state that is long enough")
	for _, body := range []string{
		"", "text", line[:len(line)-5], line[:len(line)-1], "> " + line, "text " + line, "`" + line + "`", "    " + line,
		strings.Replace(line, "state", "stale", 2), strings.Replace(line, "long", "lung", 1), "<!-- freshpin:state x -->", "<!-- freshpin:state  -->",
		"<!-- freshpin:state some%20state 00000000 -->", strings.TrimPrefix(line, statePrefix), strings.TrimSuffix(line, markSuffix), untrusted.Markdown(line).String(), code(line), untrusted.Markdown("\n" + line + "\n").String(),
	} {
		if got, ok := Extract(body); ok {
			t.Errorf("Reveal(%q) = %q, want nothing", body, got)
		}
	}
}

func FuzzHide(f *testing.F) {
	f.Add("a--b", "text")
	f.Add("-->", "<!-- freshpin:state x 00000000 -->\r\n")
	f.Fuzz(func(t *testing.T, state, before string) {
		if got, ok := Extract(before + "\n" + Embed(state) + "\n"); !ok || got != state {
			t.Errorf("Reveal = %q, %v, want %q", got, ok, state)
		}
		if got, ok := Extract(untrusted.Markdown(before).String() + code(before)); ok {
			t.Errorf("text from outside reveals %q", got)
		}
	})
}

func TestBoxes(t *testing.T) {
	const id = "a b/Dockerfile#dockerfile:docker.io/library/python--x#1"
	mark := Box(id)
	for _, c := range []struct {
		body string
		want []string
	}{
		{"- [x] `python` " + mark, []string{id}},
		{"- [X] `python` " + mark + "\r\n- [ ] b " + Box("b") + "\r\n- [x] c " + Box("c") + "\r\n", []string{id, "c"}},
		{"* [x] I want this one!! " + mark + " please", []string{id}},
		{"  - [x] moved in " + mark, []string{id}},
		{"+ [x] " + mark, []string{id}},
		{"- [x] twice " + mark + "\n- [x] twice " + mark, []string{id}},
		{"- [ ] " + mark, nil},
		{"- [] " + mark, nil},
		{"-[x] " + mark, nil},
		{"[x] " + mark, nil},
		{"text - [x] " + mark, nil},
		{"- [x] two on one line " + mark + Box("b"), nil},
		{"- [x] the mark is on the next line\n" + mark, nil},
		{"- [x] cut <!-- freshpin:hold a", nil},
		{"- [x] not ours <!-- freshpin:hold a b -->", nil},
		{"- [x] badly packed <!-- freshpin:hold a%zz -->", nil},
		{"- [x] badly packed <!-- freshpin:hold a#1 -->", nil},
		{"- [x] " + untrusted.Markdown(mark).String(), nil},
		{"- [x] " + code(mark), nil},
		{"", nil},
	} {
		if got := Boxes(c.body); !slices.Equal(got, c.want) {
			t.Errorf("Boxes(%q) = %q, want %q", c.body, got, c.want)
		}
	}
}

func FuzzBoxes(f *testing.F) {
	f.Add("a#1", "words")
	f.Add("--", "<!-- freshpin:hold x -->")
	f.Fuzz(func(t *testing.T, id, words string) {
		_ = Boxes(words)
		if id == "" {
			return // nothing has no ID
		}
		got := Boxes("- [x] " + untrusted.Markdown(words).String() + code(words) + " " + Box(id) + "\r\n- [ ] b " + Box("b"))
		if !slices.Equal(got, []string{id}) {
			t.Errorf("Boxes = %q, want %q", got, id)
		}
	})
}

func TestCommand(t *testing.T) {
	for _, c := range []struct {
		body string
		want Order
		ok   bool
	}{
		{"/freshpin rebase", Order{"rebase", ""}, true},
		{"  /Freshpin   REBASE  \r\n", Order{"rebase", ""}, true},
		{"Thanks!\r\n\r\n/freshpin ignore `docker.io/library/Python`\r\nbye", Order{"ignore", "docker.io/library/Python"}, true},
		{"/freshpin\tignore\tgolang.org/x/net", Order{"ignore", "golang.org/x/net"}, true},
		{"/freshpin", Order{}, true},
		{"/freshpin  ", Order{}, true},
		{"/freshpin dance with me", Order{"dance", "with me"}, true},
		{"/freshpin ignore \"x y\"", Order{"ignore", "x y"}, true},
		{"/freshpin rebase\n/freshpin split", Order{"rebase", ""}, true},
		{"/freshpin ignore a\u202eb\x00", Order{"ignore", "ab"}, true},
		{"old mac\r/freshpin split\r", Order{"split", ""}, true},
		{"> quote\n\n/freshpin split", Order{"split", ""}, true},
		{"```\ncode\n```\n/freshpin split", Order{"split", ""}, true},
		{"``` not a fence: ``` \n/freshpin split", Order{"split", ""}, true},
		{"<!-- hidden --> shown\n/freshpin split", Order{"split", ""}, true},

		{"", Order{}, false},
		{"freshpin rebase", Order{}, false},
		{"/freshpinrebase", Order{}, false},
		{"/freshpin-bot rebase", Order{}, false},
		{"please /freshpin rebase", Order{}, false},
		{"`/freshpin rebase`", Order{}, false},
		{"> /freshpin rebase", Order{}, false},
		{">/freshpin rebase", Order{}, false},
		{"> quoted by a mail program that wraps\n/freshpin recreate would throw it away", Order{}, false},
		{"    /freshpin rebase", Order{}, false},
		{"\t/freshpin rebase", Order{}, false},
		{"```\n/freshpin rebase\n```", Order{}, false},
		{"```sh\n/freshpin rebase", Order{}, false},
		{"````\n```\n/freshpin rebase\n````", Order{}, false},
		{"~~~\n```\n/freshpin rebase\n~~~", Order{}, false},
		{"<!--\n/freshpin rebase\n-->", Order{}, false},
		{"<!-- /freshpin rebase -->", Order{}, false},
		{"<pre>\n/freshpin rebase\n</pre>", Order{}, false},
		{"/ freshpin rebase", Order{}, false},
	} {
		if got, ok := Command(c.body); got != c.want || ok != c.ok {
			t.Errorf("Command(%q) = %q, %v, want %q, %v", c.body, got, ok, c.want, c.ok)
		}
	}
}

func FuzzCommand(f *testing.F) {
	f.Add("/freshpin ignore `x`")
	f.Add("> a\n/freshpin b\n```\n/freshpin c")
	f.Fuzz(func(t *testing.T, body string) {
		o, ok := Command(body)
		if !ok && o != (Order{}) || len(o.Name) > maxOrder || len(o.Arg) > maxOrder || !utf8.ValidString(o.Name+o.Arg) || strings.ContainsAny(o.Name+o.Arg, "\r\n\x00") {
			t.Errorf("Command(%q) = %q, %v", body, o, ok)
		}
		if o, ok := Command("```\n" + strings.ReplaceAll(body, "`", "") + "\n```\n"); ok {
			t.Errorf("a command %q in code", o)
		}
		if o, ok := Command("> " + strings.Join(strings.FieldsFunc(body, func(r rune) bool { return r == '\n' || r == '\r' }), "\n> ")); ok {
			t.Errorf("a command %q in a quote", o)
		}
	})
}

// code is what the templates show text from outside with, as code.
var code = untrusted.Functions()["code"].(func(any) string)
