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

// mostUsed is how many modules of a go.work are looked at; Kubernetes has some 35.
const mostUsed = 500

// leavePlaceholders skips the requirements whose version stands for none: what
// the go command writes for a module that it finds in a folder
// (module.ZeroPseudoVersion), and v0.0.0 of a module that the go.work supplies,
// as in Kubernetes. What is published under such a path is another thing.
func leavePlaceholders(repo fs.FS, file string, deps []ecosystems.Dependency) {
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

// suppliedBy returns the modules of the go.work that the go command takes for a
// manifest, the folder of each by its path; empty where the manifest is not one of them.
func suppliedBy(repo fs.FS, manifest string) map[string]string {
	for dir := path.Dir(manifest); ; dir = path.Dir(dir) {
		data, err := fs.ReadFile(repo, path.Join(dir, "go.work"))
		if err == nil {
			return usedModules(repo, dir, path.Dir(manifest), data)
		}
		if dir == "." {
			return map[string]string{}
		}
	}
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
			continue
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
