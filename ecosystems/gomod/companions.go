package gomod

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
)

// Companions returns the files beside a manifest that the go command reads, or
// writes, when it completes an edit of it: checksums, the list of what is
// vendored, and the workspace that may use the module. Not all of them exist.
func (e *Ecosystem) Companions(manifest string) []string {
	dir := path.Dir(manifest)
	files := []string{path.Join(dir, "go.sum"), path.Join(dir, "vendor", "modules.txt")}
	for {
		files = append(files, path.Join(dir, "go.work"), path.Join(dir, "go.work.sum"))
		if dir == "." {
			return files
		}
		dir = path.Dir(dir)
	}
}

// Family implements ecosystems.Relater: modules of one repository, or below one
// host that is no host of repositories, are released together.
func (*Ecosystem) Family(pkg ecosystems.Package) string {
	if repo, _, ok := place(pkg.Name); ok {
		return repo.URL()
	}
	host, _, _ := strings.Cut(pkg.Name, "/")
	return host
}

// Lacks implements ecosystems.Checker: a go.sum that is there has a line for the
// go.mod of everything that is required (Go Modules Reference, "go.sum files").
func (*Ecosystem) Lacks(repo fs.FS, manifest string) string {
	sums, err := fs.ReadFile(repo, path.Join(path.Dir(manifest), "go.sum"))
	data, bad := fs.ReadFile(repo, manifest)
	if err != nil || bad != nil || path.Base(manifest) != "go.mod" || inWorkspace(repo, manifest) {
		return ""
	}
	file, err := modfile.Parse("go.mod", data, asWritten)
	if err != nil { // the go command does not take it either
		return ""
	}
	missing, n := "", 0
	for _, r := range file.Require {
		m := r.Mod
		if by := replacing(file, m); by != nil {
			if m = by.New; m.Version == "" {
				continue // a folder has no sum
			}
		}
		if line := m.Path + " " + m.Version + "/go.mod h1:"; semver.IsValid(m.Version) && !hasLine(sums, line) {
			if n++; n == 1 {
				missing = m.Path + " " + m.Version
			}
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "go.sum lacks " + missing
	}
	return fmt.Sprintf("go.sum lacks %s and %d more", missing, n-1)
}

func hasLine(sums []byte, start string) bool {
	return bytes.HasPrefix(sums, []byte(start)) || bytes.Contains(sums, []byte("\n"+start))
}

// inWorkspace reports whether a go.work stands beside a manifest or above it:
// modules that use each other there need no sums of each other.
func inWorkspace(repo fs.FS, manifest string) bool {
	for dir := path.Dir(manifest); ; dir = path.Dir(dir) {
		if exists(repo, path.Join(dir, "go.work")) {
			return true
		}
		if dir == "." {
			return false
		}
	}
}

// replacing returns the replacement of a requirement, nil for none: one for the very version goes first.
func replacing(f *modfile.File, m module.Version) *modfile.Replace {
	r := reader{replaced: f.Replace}
	return r.replacedBy(m)
}
