// Package standard validates the SARIF documents in the golden files of package
// report against the schema of the standard. It is a module of its own, so that
// go-sarif, which contains the schema, stays out of the product's go.mod.
package standard

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema returns the schema of the standard, which go-sarif has in an unexported constant.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(parsed, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && len(lit.Value) > len(text) {
			text = strings.Trim(lit.Value, "`")
		}
		return true
	})
	c := jsonschema.NewCompiler()
	if err := c.AddResource("s.json", document(t, []byte(text))); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("s.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func document(t *testing.T, text []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// The tests of package report compare these files with what it prints.
func TestSARIF(t *testing.T) {
	s := schema(t)
	for _, name := range []string{"plan.sarif", "empty.sarif", "checklist.sarif"} {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(document(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.Validate(document(t, []byte(`{"version": "2.1.0", "runs": [{}]}`))) == nil {
		t.Error("the schema accepts a run without a tool")
	}
}
