package message

import (
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/message/markers"
)

func FuzzNotes(f *testing.F) {
	f.Add("# a\n- b\n  - [c](https://x.example/)\n```\nx\n```")
	f.Add("<!-- freshpin:state x 00000000 -->\n\n/freshpin recreate\n\n- [x] <!-- freshpin:hold a -->")
	f.Add("</details>\n\nCo-authored-by: x\n\n@a #1 [skip ci]")
	f.Fuzz(func(t *testing.T, s string) {
		out := function("notes")(s)
		if _, ok := markers.Extract(out); ok {
			t.Errorf("%q reveals a state: %q", s, out)
		}
		if len(markers.Boxes(out)) > 0 || markers.Rebuild(out) {
			t.Errorf("%q ticks a box: %q", s, out)
		}
		if _, ok := markers.Command(out); ok && !strings.Contains(out, "```") {
			t.Errorf("%q commands: %q", s, out)
		}
		if html := parseMarkdown(out).html; len(html) > 0 {
			t.Errorf("%q has HTML %q: %q", s, html, out)
		}
	})
}
