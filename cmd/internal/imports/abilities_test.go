package imports

import (
	"go/ast"
	"go/parser"
	"strings"
	"testing"
)

// TestAbilitiesAreAskedOnce finds product code that asserts an optional interface of a
// forge itself. The gate of the service and a dry run stand in front of the forge and
// have no such methods: only forge.AbilitiesOf asks those for what they can do.
func TestAbilitiesAreAskedOnce(t *testing.T) {
	sources(t, parser.SkipObjectResolution, func(file string, parsed *ast.File) {
		if below(file, "updater/forge") {
			return
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if name := abilityAsserted(n); name != "" {
				t.Errorf("%s asserts forge.%s; take it from forge.Abilities", file, name)
			}
			return true
		})
	})
}

// abilityAsserted returns the interface of package forge that a node asserts, "" for none.
func abilityAsserted(n ast.Node) string {
	a, ok := n.(*ast.TypeAssertExpr)
	if !ok {
		return ""
	}
	of, ok := a.Type.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if pkg, ok := of.X.(*ast.Ident); !ok || pkg.Name != "forge" || !ast.IsExported(of.Sel.Name) || strings.HasSuffix(of.Sel.Name, "Error") {
		return ""
	}
	return of.Sel.Name
}

// TestAbilitiesAreFound is the test of the rule above.
func TestAbilitiesAreFound(t *testing.T) {
	for code, want := range map[string]string{
		"x.(forge.Brancher)": "Brancher", "x.(forge.Error)": "", "x.(io.Closer)": "", "forge.AbilitiesOf(x)": "",
	} {
		parsed, err := parser.ParseExpr(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := abilityAsserted(parsed); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}
