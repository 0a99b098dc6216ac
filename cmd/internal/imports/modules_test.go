package imports

import (
	"go/ast"
	"go/parser"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// testOnly are the modules in go.mod that only tests use: small ones, or used by
// the tests of many packages. Others belong into a module of their own, see MODULES
// in the Makefile.
var testOnly = []string{
	"cuelabs.dev/go/oci/ociregistry", "github.com/google/go-cmp", "github.com/santhosh-tekuri/jsonschema/v6", "go.uber.org/goleak", "pgregory.net/rapid",
}

func TestModulesOfTests(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	used := production(t)
	var got []string
	for _, r := range mod.Require {
		of := func(pkg string) bool { return pkg == r.Mod.Path || strings.HasPrefix(pkg, r.Mod.Path+"/") }
		if !r.Indirect && !slices.ContainsFunc(used, of) {
			got = append(got, r.Mod.Path)
		}
	}
	if !slices.Equal(got, testOnly) {
		t.Errorf("only tests use %q of go.mod, want %q", got, testOnly)
	}
}

// production returns the packages that code other than tests imports.
func production(t *testing.T) (all []string) {
	t.Helper()
	sources(t, parser.ImportsOnly, func(file string, parsed *ast.File) {
		if contracts[path.Dir(file)] {
			return
		}
		for _, i := range parsed.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, name)
		}
	})
	return all
}

// TestModulesRun checks that make test-long knows every module of tests.
func TestModulesRun(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	err = fs.WalkDir(os.DirFS(root), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != "go.mod" {
			return err
		}
		data, err := os.ReadFile(filepath.Join(root, file))
		if dir := path.Dir(file); modfile.ModulePath(data) == module+dir {
			found++
			if !slices.Contains(strings.Fields(string(makefile)), dir) {
				t.Errorf("MODULES in the Makefile has no %s", dir)
			}
		}
		return err
	})
	if err != nil || found == 0 {
		t.Fatalf("%d modules: %v", found, err)
	}
}
