package variables

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// FuzzExpand compares our expansion of variables with BuildKit's.
func FuzzExpand(f *testing.F) {
	for _, s := range []string{
		"a$A", "${A}", "${A:-b}", "${N:-b$B}", "${A:+x}", "${N+x}", "${A#1}", "${A%.*}", "${A/1/2}", "${A//1/2}", "'$A'", `"$A\"x"`, `\$A`, "${N:?e}",
		"${A-${B-c}}", "${E-${N?}x}", "$$A", "${}", "${A", "$1", "a'b", "${A##*.}", "${E:-x}", "${A:=b}", "$-a", "${A%%.*}x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if !utf8.ValidString(word) || strings.ContainsAny(word, "\x00\uFEFF") || len(word) > MaxText {
			return
		}
		vars := New(nil)
		for _, d := range []string{"A=1.2.3", "B=x", "E=", "Q='a b'"} {
			vars.Declare(located.Literal(d, 0), '\\', "Dockerfile")
		}
		text, err := Expand(located.Literal(word, 0), '\\', "Dockerfile", vars, &imagepin.Source{})
		want, _, wantErr := shell.NewLex('\\').ProcessWord(word, vars)
		switch {
		case err == ErrTooLong, err == nil && text.Unknown() != "" && strings.Contains(word, "/"): // a replacement in nothing is not followed up
		case err != nil && wantErr != nil:
		case err == nil && wantErr != nil && text.Unknown() != "": // ${N:?message} says the message
		case (err == nil) != (wantErr == nil):
			t.Fatalf("expand(%q): %v, BuildKit says %v", word, err, wantErr)
		case text.String() != want:
			t.Fatalf("expand(%q) = %q, BuildKit says %q", word, text.String(), want)
		}
	})
}
