package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// TestHostileErrors: every error is one line, however deep it is joined to others (F24).
func TestHostileErrors(t *testing.T) {
	a, b, c := errors.New(".freshpin.yaml:1: one"), errors.New(".freshpin.yaml:2: two"), errors.New("three")
	for _, one := range []struct {
		err  error
		want []string
	}{
		{a, []string{a.Error()}},
		{errors.Join(a, b), []string{a.Error(), b.Error()}},
		{errors.Join(errors.Join(a, b), c), []string{a.Error(), b.Error(), "three"}},
		{&console.UsageError{Err: errors.Join(a, b)}, []string{a.Error(), b.Error()}},
		{fmt.Errorf("open acme/shop: %w", errors.Join(a, errors.Join(b, c))), []string{"open acme/shop: " + a.Error(), "open acme/shop: " + b.Error(), "open acme/shop: three"}},
		{fmt.Errorf("%w and %w", a, b), []string{a.Error() + " and " + b.Error()}},
		{fmt.Errorf("%w: not so", errors.Join(a, b)), []string{".freshpin.yaml:1: one .freshpin.yaml:2: two: not so"}},
		{errors.New("a\r\n::error::b"), []string{"a  ::error::b"}},
		{errors.New("\x1b[2J##[error]x"), []string{`[2J#\#[error]x`}},
	} {
		var out, errs strings.Builder
		e := &console.Env{Stdout: sanitize.NewWriter(&out), Stderr: sanitize.NewWriter(&errs)}
		e.Exit(one.err)
		var want strings.Builder
		for _, line := range one.want {
			want.WriteString("freshpin: " + line + "\n")
		}
		if diff := cmp.Diff(want.String(), errs.String()); diff != "" {
			t.Errorf("%v (-want +got)\n%s", one.err, diff)
		}
	}
}

// TestHostilePatch: what stands near a pin, or in the name of its file, is obeyed
// by nobody who prints the patch, and git applies it all the same (F7).
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
		text := string(patch(fstest.MapFS{c.name: {Data: []byte(old)}}, list))
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

// TestGuardCompletions: the guard leaves what we print ourselves as it is.
func TestGuardCompletions(t *testing.T) {
	for shell, generate := range map[string]func(*cobra.Command, io.Writer) error{
		"bash":       func(c *cobra.Command, w io.Writer) error { return c.GenBashCompletionV2(w, false) },
		"zsh":        func(c *cobra.Command, w io.Writer) error { return c.GenZshCompletionNoDesc(w) },
		"fish":       func(c *cobra.Command, w io.Writer) error { return c.GenFishCompletion(w, false) },
		"powershell": func(c *cobra.Command, w io.Writer) error { return c.GenPowerShellCompletion(w) },
	} {
		var want, got, errs strings.Builder
		if err := generate(Command(), &want); err != nil {
			t.Fatal(err)
		}
		if code := Run(t.Context(), []string{"completion", shell}, func(string) string { return "" }, &got, &errs); code != 0 {
			t.Errorf("%s: %d %s", shell, code, errs.String())
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", shell, diff)
		}
	}
}
