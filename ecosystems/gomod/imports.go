package gomod

import (
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

var _ ecosystems.Importer = (*Ecosystem)(nil)

// Limits for reading the code of a module.
const (
	mostSources   = 20_000
	largestSource = 1 << 20 // bytes
)

var (
	errEnough = errors.New("enough was read") // ends a walk at the limit
	errNoCode = errors.New("there is no Go code beside go.mod")
)

// Imports implements ecosystems.Importer. It includes test files, whose imports are
// built as well. It excludes folders that the go command ignores (cmd/go, "Package
// lists and patterns") and other modules.
func (*Ecosystem) Imports(repo fs.FS, manifest string, packages []string) (map[string]string, error) {
	root := path.Dir(manifest)
	found := map[string]string{}
	files := 0
	err := fs.WalkDir(repo, root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name != root && (leftOut(d.Name()) || exists(repo, path.Join(name, "go.mod"))) {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || path.Ext(name) != ".go":
			return nil
		}
		if files++; files > mostSources || len(found) == len(packages) {
			return errEnough
		}
		return importsOf(repo, name, packages, found)
	})
	switch {
	case err == nil && files == 0:
		return nil, errNoCode
	case err == nil, errors.Is(err, errEnough) && len(found) == len(packages):
		return found, nil
	}
	return nil, err // at the limit, a package that was not found may still be imported
}

func leftOut(folder string) bool {
	return folder[0] == '.' || folder[0] == '_' || folder == "testdata" || folder == "vendor"
}

func exists(repo fs.FS, name string) bool {
	_, err := fs.Stat(repo, name)
	return err == nil
}

// importsOf records where a file imports one of the packages. It ignores files that are not valid Go.
func importsOf(repo fs.FS, name string, packages []string, found map[string]string) error {
	info, err := fs.Stat(repo, name)
	if err != nil || info.Size() > largestSource {
		return err
	}
	data, err := fs.ReadFile(repo, name)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, data, parser.ImportsOnly)
	if file == nil || err != nil {
		return nil
	}
	for _, spec := range file.Imports {
		pkg, err := strconv.Unquote(spec.Path.Value)
		if err != nil || found[pkg] != "" || !slices.Contains(packages, pkg) {
			continue
		}
		found[pkg] = strings.TrimPrefix(name, "./") + ":" + strconv.Itoa(set.Position(spec.Pos()).Line)
	}
	return nil
}
