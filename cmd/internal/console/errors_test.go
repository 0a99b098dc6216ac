package console

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		{&UsageError{Err: errors.Join(a, b)}, []string{a.Error(), b.Error()}},
		{fmt.Errorf("open acme/shop: %w", errors.Join(a, errors.Join(b, c))), []string{"open acme/shop: " + a.Error(), "open acme/shop: " + b.Error(), "open acme/shop: three"}},
		{fmt.Errorf("%w and %w", a, b), []string{a.Error() + " and " + b.Error()}},
		{fmt.Errorf("%w: not so", errors.Join(a, b)), []string{".freshpin.yaml:1: one .freshpin.yaml:2: two: not so"}},
		{errors.New("a\r\n::error::b"), []string{"a  ::error::b"}},
		{errors.New("\x1b[2J##[error]x"), []string{`[2J#\#[error]x`}},
	} {
		var out, errs strings.Builder
		e := &Env{Stdout: sanitize.NewWriter(&out), Stderr: sanitize.NewWriter(&errs)}
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
