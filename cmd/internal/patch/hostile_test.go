package patch

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
)

// TestHostilePatch: what stands near a pin, or in the name of its file, is obeyed
// by no terminal that prints the patch, and git applies it all the same (F7).
func TestHostilePatch(t *testing.T) {
	needs(t, "git")
	for _, c := range []struct {
		name, beside string
		binary       bool
	}{
		{"Dockerfile", "# plain", false},
		{"Dockerfile", "# naïve \U0001f469\u200d\U0001f4bb ❤\ufe0f", false},
		{"Dockerfile", "---", false},
		{"Dockerfile", "caf\xe9", false},
		{"Dockerfile", "std::string", false},
		{"Dockerfile", "::add-mask::x", true},
		{"Dockerfile", "\u2003 ::stop-commands::x", true},
		{"Dockerfile", "# ##[add-mask]x", true},
		{"Dockerfile", "# ##vso[task.complete]", true},
		{"Dockerfile", "# section_start:1:x\r\x1b[0K", true},
		{"Dockerfile", "\x1b]0;owned\a", true},
		{"Dockerfile", "# \u202eevil", true},
		{"Dockerfile", "# \u200bevil", true},
		{"Dockerfile", "a\rb", true},
		{"Dockerfile", "\x9b31m", true},
		{"::set-output name=x::y/Dockerfile", "#", false},
		{"##[add-mask]x/Dockerfile", "#", false},
		{"\u202ea\x1b[2J/Dockerfile", "#", false},
		{"section_start:1:x/Dockerfile", "#", false},
		{"\n::error::x/Dockerfile", "#", false},
	} {
		old, to := c.beside+"\nFROM a:1.0\n"+c.beside+"\n", c.beside+"\nFROM a:1.1\n"+c.beside+"\n"
		list := []ecosystems.FileChange{{Path: c.name, Data: []byte(to)}, {Path: "new/" + c.name, Data: []byte(to)}}
		files := map[string]string{c.name: old}
		want := map[string]string{c.name: to, "new/" + c.name: to}
		if diff := cmp.Diff(want, patched(t, files, list, "git", "apply", "--whitespace=nowarn")); diff != "" {
			t.Errorf("%+q: (-want +got)\n%s", c.name+" "+c.beside, diff)
		}
		text := string(Of(fstest.MapFS{c.name: {Data: []byte(old)}}, list))
		if strings.Contains(text, "GIT binary patch") != c.binary {
			t.Errorf("%+q: binary = %t\n%s", c.name+" "+c.beside, !c.binary, text)
		}
		for line := range strings.Lines(text) {
			if body := strings.TrimRight(line, "\r\n"); len(body) > 1 && obeyed([]byte(body)) {
				t.Errorf("%+q: the line %q is obeyed", c.name+" "+c.beside, body)
			}
		}
	}
}
