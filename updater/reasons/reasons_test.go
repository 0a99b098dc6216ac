package reasons

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestComplete reads the codes out of the packages that have them.
func TestComplete(t *testing.T) {
	known := map[string]bool{}
	for _, m := range All() {
		if known[m.Code] || m.Short == "" || m.Do == "" || !strings.HasSuffix(m.Means, ".") || !strings.HasSuffix(m.Do, ".") {
			t.Errorf("%+v", m)
		}
		known[m.Code] = true
	}
	found, places := 0, map[string]string{}
	for _, place := range []struct{ file, first string }{
		{"../../ecosystems/codes.go", "Policy"}, {"../../ecosystems/codes.go", "NoTool"}, {"../../ecosystems/fetch/errors.go", "NotFound"},
		{"../lifecycle/decide/history.go", "Refused"}, {"../lifecycle/decide/elsewhere.go", "Elsewhere"},
	} {
		for name, code := range codes(t, place.file, place.first) {
			found++
			if !known[code] {
				t.Errorf("%s: %s = %q has no meaning", place.file, name, code)
			}
			if other := places[code]; other != "" && other != name {
				t.Errorf("%s: %s = %q is the code of %s too", place.file, name, code, other)
			}
			places[code] = name
		}
	}
	if found < 35 {
		t.Errorf("only %d codes were found", found)
	}
}

// codes are the constants of the declaration that begins with first, or with which it is alone.
func codes(t *testing.T, file, first string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, data, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range parsed.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST || g.Specs[0].(*ast.ValueSpec).Names[0].Name != first {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if lit, ok := v.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				out[v.Names[0].Name], _ = strconv.Unquote(lit.Value)
			}
		}
	}
	if len(out) == 0 {
		t.Errorf("%s: there is no %s", file, first)
	}
	return out
}
