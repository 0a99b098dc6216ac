package dotenv

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/template"

	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// known are the variables of the tests, as .env lines.
const known = "A=1.13\nEMPTY=\nB=x-${A}\n"

var templates = []string{
	"a$A", "${A}", "${A:-b}", "${N:-b$B}", "${A:+x}y", "${N+x}", "$$A", "$${A}", "${N:?e}", "${N-${A-c}}d", "${}", "${A", "$1", "${A:=b}", "$", "${N-{}}", "${N:-a}b}",
	"${N:-}", "${EMPTY:-x}", "${EMPTY-x}", "${N:-${EMPTY:-${A}}}-x", "${N?a:-b}", "${_x:-$_}", "${N:-a\nb}", "é$A", "${N:-$$A}",
}

func lookup(name string) (string, bool) {
	value, ok := map[string]string{"A": "1.13", "EMPTY": "", "B": "x-1.13"}[name]
	return value, ok
}

func checkInterpolation(t *testing.T, s string) {
	t.Helper()
	env := Environment{File: ".env", Src: known}
	env.parse()
	text, err := env.Interpolate(imagepin.Text{{Text: s, File: "f"}}, &imagepin.Source{}, 0)
	want, wantErr := template.SubstituteWithOptions(s, lookup, template.WithoutLogging)
	switch {
	case err == errTooLong || err != nil && strings.Contains(err.Error(), "too deep"):
	case wantErr != nil && err == nil && text.Unknown() != "": // ${X?message} tells the message
	case (err == nil) != (wantErr == nil):
		t.Fatalf("interpolate(%q): %v, Compose says %v", s, err, wantErr)
	case err == nil && text.String() != want:
		t.Fatalf("interpolate(%q) = %q, Compose says %q", s, text.String(), want)
	}
}

func TestInterpolation(t *testing.T) {
	for _, s := range templates {
		checkInterpolation(t, s)
	}
}

// FuzzInterpolate compares our interpolation with that of compose-go.
func FuzzInterpolate(f *testing.F) {
	for _, s := range templates {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "\u017f\u212a") || !utf8.ValidString(s) { // compose-go's pattern folds them to s and k
			return
		}
		checkInterpolation(t, s)
	})
}

// FuzzDotenv compares our .env reader with that of compose-go.
func FuzzDotenv(f *testing.F) {
	for _, s := range []string{known, "# c\nexport A=b # d\n", "A: b", "A='x\ny'", "A=\"$B\"", "A\nB=c", "A = b", "=x", "A=b\r\nC='d'\r\n", "1A=b\nB=c", "exportA=1", "A='b'C=d", "A=#b", "export\tA=b", "export\v\vA=1", "A= ", "A=\nB=1", "A.b-c=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4096 || !utf8.ValidString(s) || strings.ContainsAny(s, "\\\u017f\u212a\u0085\u00a0") {
			return // Compose's own reader takes quadratic time
		}
		want, err := dotenv.Parse(strings.NewReader(s))
		if err != nil {
			return
		}
		env := Environment{File: ".env", Src: s}
		env.parse()
		for name, value := range want {
			if name == "" || name[0] >= '0' && name[0] <= '9' || name[0] >= utf8.RuneSelf {
				continue
			}
			got, ok := env.values[name]
			if !ok || got.String() != value && got.Unknown() == "" {
				t.Fatalf("%q: %s = %q, %v; Compose says %q", s, name, got.String(), ok, value)
			}
		}
	})
}
