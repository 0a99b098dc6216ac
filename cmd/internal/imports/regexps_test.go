package imports

import (
	"go/ast"
	"go/constant"
	"go/token"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestRegexps wants no regular expression compiled while the program starts
// (lazyregexp compiles them when they are needed), and every text that lazyregexp
// is given compiled here, because nothing compiles it before it is needed.
func TestRegexps(t *testing.T) {
	seen := 0
	packages := map[string][]*ast.File{}
	sources(t, 0, func(file string, parsed *ast.File) {
		packages[path.Dir(file)] = append(packages[path.Dir(file)], parsed)
	})
	for dir, files := range packages {
		p := newRegexpPackage(files)
		for _, value := range p.values {
			p.visit(value, map[string]bool{}, func(name string) {
				if strings.HasPrefix(name, "regexp.") && name != "regexp.QuoteMeta" {
					t.Errorf("%s: %s is called when the program starts: take lazyregexp.New", dir, name)
				}
			})
			ast.Inspect(value, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || called(call) != "lazyregexp.New" {
					return true
				}
				seen++
				if text, ok := p.text(call.Args[0]); !ok {
					t.Errorf("%s: a text that this test cannot read", dir)
				} else if _, err := regexp.Compile(text); err != nil {
					t.Errorf("%s: %v", dir, err)
				}
				return true
			})
		}
	}
	if seen < 300 {
		t.Errorf("%d expressions compiled", seen)
	}
}

// A regexpPackage is what a package says at its top level.
type regexpPackage struct {
	values    []ast.Expr // of variables
	constants map[string]ast.Expr
	functions map[string]*ast.BlockStmt
}

func newRegexpPackage(files []*ast.File) *regexpPackage {
	p := &regexpPackage{constants: map[string]ast.Expr{}, functions: map[string]*ast.BlockStmt{}}
	for _, f := range files {
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Body != nil {
					p.functions[d.Name.Name] = d.Body
				}
			case *ast.GenDecl:
				p.declared(d)
			}
		}
	}
	return p
}

func (p *regexpPackage) declared(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		switch {
		case !ok:
		case d.Tok == token.VAR:
			p.values = append(p.values, v.Values...)
		case d.Tok == token.CONST:
			for i, value := range v.Values {
				p.constants[v.Names[i].Name] = value
			}
		}
	}
}

// visit calls f with the name of each function that is called when n is evaluated, also in
// functions of the package, but not in those that n only holds.
func (p *regexpPackage) visit(n ast.Node, visited map[string]bool, f func(name string)) {
	ast.Inspect(n, func(n ast.Node) bool {
		if _, held := n.(*ast.FuncLit); held {
			return false
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := called(call)
		f(name)
		if body := p.functions[name]; body != nil && !visited[name] {
			visited[name] = true
			p.visit(body, visited, f)
		}
		return true
	})
}

// called returns the name of the function that is called: f, or pkg.F.
func called(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		if x, ok := fun.X.(*ast.Ident); ok {
			return x.Name + "." + fun.Sel.Name
		}
	}
	return ""
}

// text returns the value of an expression of literals, constants of the package, and regexp.QuoteMeta.
func (p *regexpPackage) text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.StringVal(constant.MakeFromLiteral(e.Value, e.Kind, 0)), e.Kind == token.STRING
	case *ast.Ident:
		value, ok := p.constants[e.Name]
		if !ok {
			return "", false
		}
		return p.text(value)
	case *ast.BinaryExpr:
		a, ok := p.text(e.X)
		b, okay := p.text(e.Y)
		return a + b, ok && okay && e.Op == token.ADD
	case *ast.CallExpr:
		if called(e) == "regexp.QuoteMeta" {
			text, ok := p.text(e.Args[0])
			return regexp.QuoteMeta(text), ok
		}
	}
	return "", false
}
