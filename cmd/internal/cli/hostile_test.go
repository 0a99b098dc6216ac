package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

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
