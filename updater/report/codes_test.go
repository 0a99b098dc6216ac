package report

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
)

// TestCodesAreDocumented wants a sentence for each code that scripts see, and no
// code written as text where a constant should stand.
func TestCodesAreDocumented(t *testing.T) {
	words := map[string]bool{}
	for _, c := range Codes() {
		if words[c.Word] {
			t.Errorf("%s is documented twice", c.Word)
		}
		if c.Text == "" || strings.HasSuffix(c.Text, ".") {
			t.Errorf("%s: %q is no clause", c.Word, c.Text)
		}
		words[c.Word] = true
	}
	constants := constantsOf(t, "../../ecosystems/codes.go", "../../ecosystems/fetch/errors.go", "../lifecycle/decide/history.go", "../lifecycle/decide/elsewhere.go")
	for _, word := range constants {
		if !words[word] {
			t.Errorf("the code %s is not documented", word)
		}
	}
	for word := range words {
		if !slices.Contains(constants, word) {
			t.Errorf("%s is documented, and there is no such code", word)
		}
	}
	var refused []string
	for _, c := range refusedCodes() {
		refused = append(refused, c.Word)
	}
	slices.Sort(refused)
	if want := constantsOf(t, "../forge/codes.go"); !slices.Equal(refused, want) {
		t.Errorf("of repositories %q are documented, want %q", refused, want)
	}
	for _, where := range literals(t, "../../ecosystems", "../../updater") {
		t.Errorf("%s: a code is a constant of ecosystems/codes.go", where)
	}
}

// constantsOf returns the texts of the constants of some files that are codes.
func constantsOf(t *testing.T, files ...string) (list []string) {
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				for _, v := range spec.(*ast.ValueSpec).Values {
					if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						word, _ := strconv.Unquote(lit.Value)
						list = append(list, word)
					}
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// literals returns where the code of a note or of a reason is written as text.
func literals(t *testing.T, roots ...string) (list []string) {
	for _, root := range roots {
		err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && slices.Contains([]string{"testdata", "forge", "service", "store", "ecosystemtest", "message", "config", "check"}, d.Name()):
				return fs.SkipDir // those have codes of other things
			case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
				return nil
			}
			files := token.NewFileSet()
			parsed, err := parser.ParseFile(files, root+"/"+name, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				if code := codeOf(n); code != nil && code.Value != `""` {
					list = append(list, files.Position(code.Pos()).String()+" "+code.Value)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// codeOf returns the literal that a node uses as a code; nil where there is none.
func codeOf(n ast.Node) *ast.BasicLit {
	var at ast.Expr
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
			at = n.Value
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Notef", "note", "block"}, f.Sel.Name) && len(n.Args) > 1 {
			at = n.Args[0]
		}
	}
	code, _ := at.(*ast.BasicLit)
	return code
}

// TestWriteCodes prints every code in a line of its own.
func TestWriteCodes(t *testing.T) {
	var out bytes.Buffer
	if err := WriteCodes(&out); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{ecosystems.Cooldown, ecosystems.Yanked, "not-found"} {
		if !strings.Contains(out.String(), "\n  "+word+" ") {
			t.Errorf("%s is missing in\n%s", word, &out)
		}
	}
}
