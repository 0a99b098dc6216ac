package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestEveryKeyIsRead walks the settings of both files and wants each key to be
// read by code other than that which parses and checks it.
func TestEveryKeyIsRead(t *testing.T) {
	read := map[string]bool{}
	for _, pattern := range []string{"*.go", "../../cmd/internal/*/*.go", "../../cmd/internal/cli/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") && filepath.Base(file) != "parse.go" {
				noteSelectors(t, file, read)
			}
		}
	}
	keys := map[string]bool{}
	for _, root := range []reflect.Type{reflect.TypeFor[File](), reflect.TypeFor[Operator]()} {
		walkKeys(root, map[reflect.Type]bool{}, func(key, field string) {
			keys[key] = true
			if !read[field] {
				t.Errorf("the key %s (%s.%s) is read by no code", key, root.Name(), field)
			}
		})
	}
	if len(keys) < 60 {
		t.Errorf("only %d keys were found", len(keys))
	}
}

// noteSelectors notes the names that a file selects from something: the Allow of c.Allow.
func noteSelectors(t *testing.T, file string, names map[string]bool) {
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string]bool{}
	for _, i := range parsed.Imports {
		packages[path.Base(strings.Trim(i.Path.Value, `"`))] = true
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); !ok || !packages[x.Name] {
			names[s.Sel.Name] = true
		}
		return true
	})
}

// walkKeys calls f for each key of a type and of the types of its fields.
func walkKeys(typ reflect.Type, seen map[reflect.Type]bool, f func(key, field string)) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || seen[typ] {
		return
	}
	seen[typ] = true
	for i := range typ.NumField() {
		field := typ.Field(i)
		key, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if key == "-" || key == "" && options != "inline" {
			continue
		}
		if key != "" {
			f(key, field.Name)
		}
		walkKeys(field.Type, seen, f)
	}
}
