package gomod

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/freshpin/freshpin/ecosystems"
)

// mostUsed is the most modules of a go.work that are read; Kubernetes has some 35.
const mostUsed = 500

// skipPlaceholders skips the requirements whose version is a placeholder: the one
// that the go command writes for a module in a folder (module.ZeroPseudoVersion), and
// v0.0.0 of a module of the go.work, as in Kubernetes. A published module with such a
// path may be a different one.
func skipPlaceholders(repo fs.FS, file string, deps []ecosystems.Dependency) {
	var supplied map[string]string
	for n, d := range deps {
		switch {
		case !d.Skip.IsZero():
		case module.IsZeroPseudoVersion(d.Pin.Text):
			deps[n].Skip = ecosystems.Reason{Code: ecosystems.Replaced, Text: "a placeholder for a module in a folder, which no release has"}
		case d.Pin.Text == "v0.0.0":
			if supplied == nil {
				supplied = suppliedBy(repo, file)
			}
			if folder, ok := supplied[d.Name]; ok {
				deps[n].Skip = ecosystems.Reason{Code: ecosystems.Replaced, Text: fmt.Sprintf("a placeholder: go.work supplies the module from %s", folder)}
			}
		}
	}
}

// suppliedBy returns the folders of the modules of the go.work that applies to a
// manifest, by module path; empty if the manifest is not part of it.
func suppliedBy(repo fs.FS, manifest string) map[string]string {
	for dir := range ecosystems.Above(manifest) {
		data, err := fs.ReadFile(repo, path.Join(dir, "go.work"))
		if err == nil {
			return usedModules(repo, dir, path.Dir(manifest), data)
		}
	}
	return map[string]string{}
}

func usedModules(repo fs.FS, dir, own string, data []byte) map[string]string {
	modules := map[string]string{}
	w, err := modfile.ParseWork("go.work", data, asWritten)
	if err != nil || len(w.Use) > mostUsed {
		return modules
	}
	member := false
	for _, u := range w.Use {
		folder := path.Join(dir, filepath.ToSlash(u.Path))
		if !fs.ValidPath(folder) {
			continue // outside of the repository
		}
		member = member || folder == own
		if text, err := fs.ReadFile(repo, path.Join(folder, "go.mod")); err == nil {
			modules[modfile.ModulePath(text)] = folder
		}
	}
	if !member {
		return map[string]string{}
	}
	return modules
}
