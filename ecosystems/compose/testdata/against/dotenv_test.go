package against

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	reference "github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems/compose/dotenv"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

const interpolation = "../../dotenv/testdata/interpolation.json"

// A row is a template, and what Compose makes of it.
type row struct {
	Text    string `json:"text"`
	Value   string `json:"value,omitempty"`
	Refused bool   `json:"refused,omitempty"`
}

type rows struct {
	Variables string `json:"variables"` // as lines of a .env
	Templates []row  `json:"templates"`
}

func interpolationRows(t testing.TB) rows {
	t.Helper()
	data, err := os.ReadFile(interpolation)
	if err != nil {
		t.Fatal(err)
	}
	var r rows
	if err := json.Unmarshal(data, &r); err != nil || len(r.Templates) == 0 {
		t.Fatalf("%d templates: %v", len(r.Templates), err)
	}
	return r
}

// substitute returns what compose-go makes of a template.
func substitute(t testing.TB, variables, s string) (string, error) {
	t.Helper()
	values, err := reference.Parse(strings.NewReader(variables))
	if err != nil {
		t.Fatal(err)
	}
	return template.SubstituteWithOptions(s, func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}, template.WithoutLogging)
}

// The test of package dotenv compares our interpolation with the same file.
func TestInterpolation(t *testing.T) {
	want := interpolationRows(t)
	got := rows{Variables: want.Variables}
	for _, w := range want.Templates {
		value, err := substitute(t, want.Variables, w.Text)
		g := row{Text: w.Text, Value: value}
		if err != nil {
			g = row{Text: w.Text, Refused: true}
		}
		got.Templates = append(got.Templates, g)
	}
	if *update {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(got); err != nil {
			t.Fatal(err)
		}
		writeFile(t, interpolation, b.Bytes())
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, compose-go + (go test -update writes it anew):\n%s", diff)
	}
}

// FuzzInterpolate compares our interpolation with that of compose-go.
func FuzzInterpolate(f *testing.F) {
	known := interpolationRows(f)
	for _, row := range known.Templates {
		f.Add(row.Text)
	}
	env := environment(known.Variables)
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "\u017f\u212a") || !utf8.ValidString(s) { // compose-go's pattern folds them to s and k
			return
		}
		text, err := env.Interpolate(imagepin.Text{{Text: s, File: "f"}}, &imagepin.Source{}, 0)
		want, wantErr := substitute(t, known.Variables, s)
		switch {
		case err != nil && (strings.HasPrefix(err.Error(), "longer than ") || strings.Contains(err.Error(), "too deep")):
		case wantErr != nil && err == nil && text.Unknown() != "": // ${X?message} has the message
		case (err == nil) != (wantErr == nil):
			t.Fatalf("Interpolate(%q): %v, Compose says %v", s, err, wantErr)
		case err == nil && text.String() != want:
			t.Fatalf("Interpolate(%q) = %q, Compose says %q", s, text.String(), want)
		}
	})
}

func environment(src string) dotenv.Environment {
	return dotenv.Read(fstest.MapFS{".env": {Data: []byte(src)}}, ".env")
}

// usable matches the names that a Compose file can use; a .env may have others.
var usable = regexp.MustCompile(`^[_a-zA-Z][_a-zA-Z0-9]*$`)

// FuzzDotenv compares our .env reader with that of compose-go.
func FuzzDotenv(f *testing.F) {
	for _, s := range []string{
		interpolationRows(f).Variables, "# c\nexport A=b # d\n", "A: b", "A='x\ny'", "A=\"$B\"", "A\nB=c", "A = b", "=x", "A=b\r\nC='d'\r\n", "1A=b\nB=c", "exportA=1",
		"A='b'C=d", "A=#b", "export\tA=b", "export\v\vA=1", "A= ", "A=\nB=1", "A.b-c=1\nB=2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4096 || !utf8.ValidString(s) || strings.ContainsAny(s, "\\\x00\u017f\u212a\u0085\u00a0") {
			return // Compose's own reader takes quadratic time
		}
		want, err := reference.Parse(strings.NewReader(s))
		if err != nil {
			return
		}
		env := environment(s)
		value := func(template string) imagepin.Text {
			text, err := env.Interpolate(imagepin.Text{{Text: template, File: "f"}}, nil, 0)
			if err != nil {
				t.Fatalf("%q: %s: %v", s, template, err)
			}
			return text
		}
		for name, text := range want {
			if !usable.MatchString(name) {
				continue
			}
			set, got := value("${"+name+"+set}"), value("${"+name+"}")
			if set.String() != "set" || got.String() != text && got.Unknown() == "" {
				t.Fatalf("%q: %s = %q, %q; Compose says %q", s, name, got.String(), set.String(), text)
			}
		}
	})
}
