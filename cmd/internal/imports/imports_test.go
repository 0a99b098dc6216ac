// Package imports holds no code, only tests of the whole tree: the direction of
// imports, the pictures and lists in the documentation, modules, regular expressions.
package imports

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "github.com/freshpin/freshpin/"
	root   = "../../.."
)

// forbidden says which room must not know which: no package at or below the
// first may import one at or below the second. See ARCHITECTURE.md.
var forbidden = [][2]string{
	{"ecosystems", "updater"},
	{"ecosystems", "cmd"},
	{"ecosystems", "templates"},
	{"updater", "cmd"},
	{"updater", "ecosystems/all"}, // the updater is given its ecosystems
	{"updater", "ecosystems/registry"},
	{"updater", "ecosystems/ecosystemtest"},
	{"updater/config", "updater/report"},
	{"updater/config/value", "updater/config/reference"},
	{"updater/forge", "updater/lifecycle"},
	{"updater/forge", "updater/message"},
	{"updater/message", "updater/forge/github"},
	{"updater/message", "net/http"},               // it writes texts, and sends no request
	{"updater/lifecycle", "updater/forge/github"}, // it is given its forge
	{"updater/lifecycle", "updater/gitbranch"},
	{"updater/lifecycle", "net/http"},
	{"cmd/internal/cli", "updater/forge/forgetest"},
	{"cmd/internal/cli", "updater/gitbranch/gitforge"},
	{"cmd/internal/wiring", "cmd/internal/cli"},
	{"cmd/internal/baselineflags", "cmd/internal/cli"},
	{"cmd/internal/safewrite", "cmd/internal/wiring"},
	{"cmd/internal/patch", "cmd/internal/console"},
	{"cmd/internal/wiring", "updater/service"}, // one command alone needs it
	{"cmd/internal/wiring", "updater/store"},
	{"cmd/internal/wiring", "updater/report"},
	{"cmd/freshpin-demo", "updater/forge/forgetest/contract"}, // it is for tests
	{"cmd/freshpin", "updater/forge/forgetest"},
	{"updater/forge/gittree", "net/http"}, // it is given lists and contents
	{"updater/lifecycle", "os"},
	{"updater/lifecycle/decide", "context"}, // it sends no request and writes nothing
	{"updater/lifecycle/decide", "io/fs"},
	{"templates", module},
	{"updater/service", "updater/forge/github"}, // it is given its forge
	{"updater/service", "updater/gitbranch"},
	{"updater/service", "ecosystems/fetch"}, // and its lookups
	{"updater/lifecycle", "updater/store"},
	{"updater/lifecycle", "updater/service"},
	{"updater/service/hook", "updater/service/queue"},
	{"updater/service/web", "updater/lifecycle"},
	{"updater/service/web", "updater/store/database"}, // it is given the subjects that it shows
	{"updater/service/schedule", module},
	{"updater/service/notify", "updater/store"}, // it is given its queue, and what sends
	{"updater/service/notify", "ecosystems"},
	{"ecosystems/version", "net"},
	{"ecosystems/version", "os"},
	{"updater/check/dockerrules/judged", "updater/check/dockerrules/downloads"},
	{"updater/check/dockerrules/users", "updater/check/dockerrules/downloads"},
	{"updater/check/dockerrules/packages", "updater/check/dockerrules/downloads"},
	{"updater/check", "net/http"}, // it judges what it is given
	{"updater/check", "os"},
	{"updater/policy", "net"},
	{"updater/policy", "os"},
	{"", "testing"}, // no test doubles in production code
}

// anywhere is what every room may import, as it may import regexp.
const anywhere = "ecosystems/lazyregexp"

// only says which of our own packages a pure room may import: no others.
var only = map[string][]string{
	anywhere:             nil,
	"ecosystems/version": nil,
	"ecosystems/fetch":   {"ecosystems/fetch/hostrules"},
	"updater/policy":     {"ecosystems/version"},
	"updater/plan":       {"ecosystems", "ecosystems/fetch", "ecosystems/version", "updater/advisory", "updater/notes", "updater/policy", "updater/provenance"},
	"updater/record":     {"ecosystems", "updater/plan"},
	"updater/store":      {"updater/record"},
	"updater/scan":       {"ecosystems", "ecosystems/fetch", "updater/plan"},
	"updater/edit":       {"ecosystems", "ecosystems/version", "updater/localfs", "updater/plan", "updater/policy", "updater/scan"},
	"updater": {
		"ecosystems", "ecosystems/fetch", "ecosystems/version", "updater/advisory", "updater/edit", "updater/endoflife", "updater/localfs", "updater/notes",
		"updater/plan", "updater/policy", "updater/provenance", "updater/provenance/signature", "updater/scan",
	},
	"updater/advisory":   {"ecosystems/fetch", "ecosystems/version"},
	"updater/check":      {"ecosystems", "ecosystems/compose", "ecosystems/compose/merged", "ecosystems/dockerfile", "ecosystems/dockerfile/runscript"},
	"updater/endoflife":  {},
	"updater/notes":      {"ecosystems/codehost", "ecosystems/fetch", "ecosystems/version", "updater/sanitize"},
	"updater/sanitize":   {},
	"updater/reasons":    {},
	"updater/localfs":    {},
	"updater/gitfiles":   {"updater/localfs"},
	"updater/provenance": {"ecosystems", "ecosystems/fetch", "updater/advisory"},

	"cmd/internal/console": {"updater/config", "updater/sanitize"},

	"updater/check/secret":         {},
	"updater/provenance/signature": {"ecosystems", "updater/provenance/sigstore"},
	"updater/provenance/sigstore":  {},
	"updater/message":              {"ecosystems", "ecosystems/version", "templates", "updater/forge", "updater/message/untrusted", "updater/message/markers", "updater/message/templateset", "updater/sanitize"},
	"updater/message/templateset":  {"updater/message/untrusted"},
	"updater/message/markers":      {"updater/message/untrusted"},
	"updater/message/untrusted":    {"ecosystems", "updater/sanitize"},
	"updater/forge":                {"ecosystems"},
	"updater/otherbots":            {"updater/forge"},
	"updater/lifecycle/decide": {
		"ecosystems", "ecosystems/lazyregexp", "ecosystems/version", "updater/check", "updater/config", "updater/forge", "updater/message", "updater/message/markers", "updater/otherbots", "updater/plan", "updater/policy",
	},
	"updater/lifecycle": {
		"ecosystems", "ecosystems/version", "updater", "updater/config", "updater/edit", "updater/forge", "updater/lifecycle/decide", "updater/message", "updater/message/markers", "updater/message/templateset", "updater/otherbots", "updater/plan", "updater/policy", "updater/check", "updater/checklist",
	},
}

func TestDirection(t *testing.T) {
	seen := 0
	sources(t, parser.ImportsOnly, func(file string, parsed *ast.File) {
		seen++
		check(t, file, parsed)
	})
	if seen < 20 {
		t.Fatalf("%d files read", seen)
	}
}

// sources calls do for each parsed file of the tree that is no test. Paths are relative to the root.
func sources(t *testing.T, mode parser.Mode, do func(file string, parsed *ast.File)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root), ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && file != "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), root+"/"+file, nil, mode)
		if err != nil {
			return err
		}
		do(file, parsed)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, rel string, parsed *ast.File) {
	from := path.Dir(rel)
	for _, spec := range parsed.Imports {
		to, _ := strconv.Unquote(spec.Path.Value)
		to, own := strings.CutPrefix(to, module)
		if to == anywhere {
			continue
		}
		if allowed, strict := only[from]; strict && own && !slices.Contains(allowed, to) {
			t.Errorf("%s imports %s: %s may import only %v of ours", rel, to, from, allowed)
		}
		if a, b := ecosystem(from), ecosystem(to); own && a != "" && b != "" && a != b && neighbours[a] != b {
			t.Errorf("%s imports %s: ecosystems do not know each other", rel, to)
		}
		if a, b := command(from), command(to); own && a != "" && b != "" && a != b && !(a == "doctor" && b == "serve") {
			t.Errorf("%s imports %s: commands do not know each other", rel, to)
		}
		for _, rule := range forbidden {
			if below(from, rule[0]) && (below(to, rule[1]) || own && rule[1] == module) && !contracts[from] {
				t.Errorf("%s imports %s: %q must not know %q", rel, to, rule[0], rule[1])
			}
		}
	}
}

// contracts are what the tests of others import: production code but by name.
var contracts = map[string]bool{"ecosystems/ecosystemtest": true, "updater/check/checktest": true, "updater/check/composerules/composetest": true, "updater/forge/forgecontract": true, "updater/service/web/webtest": true, "updater/store/storetest": true}

// neighbours may know the one named: a compose file can hold a Dockerfile
// (dockerfile_inline), a pyproject.toml and the hooks of pre-commit hold requirements, and downloads stand in Dockerfiles.
var neighbours = map[string]string{"compose": "dockerfile", "pyproject": "requirements", "precommit": "requirements", "download": "dockerfile"}

// services are the folders below ecosystems that are no ecosystem.
var services = map[string]bool{"all": true, "codehost": true, "ecosystemtest": true, "fetch": true, "internal": true, "lazyregexp": true, "registry": true, "version": true}

// ecosystem returns the ecosystem that a package belongs to, "" for none.
func ecosystem(pkg string) string {
	rest, ok := strings.CutPrefix(pkg, "ecosystems/")
	name, _, _ := strings.Cut(rest, "/")
	if !ok || services[name] {
		return ""
	}
	return name
}

// command returns the command that a package is, "" for none. The doctor asks
// serve about its database; no other knows another.
func command(pkg string) string {
	name, _ := strings.CutPrefix(pkg, "cmd/internal/cli/")
	if name == pkg {
		return ""
	}
	return name
}

func below(pkg, room string) bool {
	return room == "" || pkg == room || strings.HasPrefix(pkg, room+"/")
}

// TestRooms fails when an ecosystem is missing from ecosystems/all.
func TestRooms(t *testing.T) {
	list, err := os.ReadFile("../../../ecosystems/all/all.go")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("../../../ecosystems")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !services[e.Name()] && !strings.Contains(string(list), e.Name()+".New(") {
			t.Errorf("ecosystems/%s is missing from ecosystems/all", e.Name())
		}
	}
}

// samples hold made-up text that names kinds of files.
var samples = map[string]bool{"updater/message/examples.go": true, "updater/forge/forgecontract/contract.go": true, "updater/forge/forgecontract/pulls.go": true}

// vocabularies are the places with words of other programs: managers of Renovate,
// product names, kinds of packages. An ecosystem may have the name of one ("npm",
// "ansible"), so there its name counts only beside a value that is an ecosystem.
var vocabularies = []string{"updater/config/migrate", "updater/endoflife", "updater/provenance", "updater/service/web/registry.go"}

// TestKindsStayInside wants the name of an ecosystem in no code outside of its
// room: what others have to know of it stands in its Info.
func TestKindsStayInside(t *testing.T) {
	names := kinds(t)
	for _, room := range []string{"updater", "cmd/internal"} {
		err := fs.WalkDir(os.DirFS(root), room, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "forgetest" || d.Name() == "webtest" || d.Name() == "bench" || file == "updater/check"): // the checklist is about two kinds of files
				return fs.SkipDir
			case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || samples[file]:
				return nil
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), root+"/"+file, nil, 0)
			if err != nil {
				return err
			}
			for _, name := range kindsIn(parsed, names, slices.ContainsFunc(vocabularies, func(place string) bool { return below(file, place) })) {
				t.Errorf("%s names the ecosystem %s", file, name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestKindsAreFound is the test of the rule above: which code names the ecosystem npm.
func TestKindsAreFound(t *testing.T) {
	for _, c := range []struct {
		code               string
		anywhere, besideIt bool // found in all code, and in a vocabulary
	}{
		{`_ = d.Ecosystem == "npm"`, true, true},
		{`_ = "npm" != item.Dependency.Ecosystem`, true, true},
		{`switch info.Name { case "cargo", "npm": }`, true, true},
		{`_ = X{Ecosystem: "npm"}`, true, true},
		{`d.Ecosystem = "npm"`, true, true},
		{`_ = map[string]int{"npm": 1}[d.Ecosystem]`, true, true},
		{`_ = slices.Contains([]string{"npm"}, d.Ecosystem)`, true, true},
		{`_ = eco.Info().Name == "npm"`, true, true},
		{`_ = map[string]string{"npm": "JavaScript is not read"}`, true, false},
		{`switch kind { case "npm": }`, true, false},
		{`_ = name == "npmrc"`, false, false},
	} {
		parsed, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc f() { "+c.code+" }", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, vocabulary := range []bool{false, true} {
			want := c.anywhere && !vocabulary || c.besideIt && vocabulary
			if got := len(kindsIn(parsed, []string{`"npm"`}, vocabulary)) > 0; got != want {
				t.Errorf("%s (in a vocabulary: %t): found is %t", c.code, vocabulary, got)
			}
		}
	}
}

// kinds returns the quoted names of all ecosystems: of their folders, and what
// their constant Name says.
func kinds(t *testing.T) (names []string) {
	entries, err := os.ReadDir(root + "/ecosystems")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() || services[e.Name()] {
			continue
		}
		names = append(names, strconv.Quote(e.Name()))
		files, err := filepath.Glob(root + "/ecosystems/" + e.Name() + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if _, after, ok := strings.Cut(string(data), "\nconst Name = "); ok {
				name, _, _ := strings.Cut(after, "\n")
				names = append(names, name)
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// kindsIn returns the names in a file: all, or only those in an expression or
// statement with a value that is an ecosystem.
func kindsIn(file ast.Node, names []string, onlyBeside bool) (found []string) {
	literals := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && slices.Contains(names, text.Value) {
				found = append(found, text.Value)
			}
			return true
		})
	}
	if !onlyBeside {
		literals(file)
		return found
	}
	ast.Inspect(file, func(n ast.Node) bool {
		beside := false
		switch n := n.(type) {
		case *ast.BinaryExpr:
			beside = isKind(n.X) || isKind(n.Y)
		case *ast.SwitchStmt:
			beside = isKind(n.Tag)
		case *ast.CallExpr:
			beside = slices.ContainsFunc(n.Args, isKind)
		case *ast.IndexExpr:
			beside = isKind(n.Index)
		case *ast.KeyValueExpr:
			beside = isKind(n.Key)
		case *ast.AssignStmt:
			beside = slices.ContainsFunc(n.Lhs, isKind)
		}
		if beside {
			literals(n)
		}
		return true
	})
	return found
}

// isKind reports whether an expression is the name of an ecosystem: Ecosystem, alone
// or of a value, and the Name of an Info.
func isKind(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return strings.EqualFold(e.Name, "ecosystem")
	case *ast.SelectorExpr:
		if e.Sel.Name != "Name" {
			return e.Sel.Name == "Ecosystem"
		}
		switch of := e.X.(type) {
		case *ast.Ident:
			return of.Name == "info"
		case *ast.CallExpr:
			called, ok := of.Fun.(*ast.SelectorExpr)
			return ok && called.Sel.Name == "Info"
		}
	}
	return false
}
