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

// Companions returns the paths that the go command reads or writes when it completes
// an edit of a manifest: go.sum, the list of vendored modules, and a workspace that
// may use the module. Not all of them exist.
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

// Family implements ecosystems.Relater. Modules of one repository are released
// together. If the path does not name the repository for certain, the family is its host,
// as modules below one vanity host are released together too.
func (*Ecosystem) Family(pkg ecosystems.Package) string {
	if repo, _, ok := place(pkg.Name); ok {
		return repo.URL()
	}
	host, _, _ := strings.Cut(pkg.Name, "/")
	return host
}

// Lacks implements ecosystems.Checker. An existing go.sum must have a line for the
// go.mod of every requirement (Go Modules Reference, "go.sum files").
func (*Ecosystem) Lacks(repo fs.FS, manifest string) string {
	sums, err := fs.ReadFile(repo, path.Join(path.Dir(manifest), "go.sum"))
	data, bad := fs.ReadFile(repo, manifest)
	if err != nil || bad != nil || path.Base(manifest) != "go.mod" || inWorkspace(repo, manifest) {
		return ""
	}
	file, err := modfile.Parse("go.mod", data, asWritten)
	if err != nil { // the go command does not accept it either
		return ""
	}
	missing, n := "", 0
	for _, r := range file.Require {
		m := r.Mod
		if by := replacing(file, m); by != nil {
			if m = by.New; m.Version == "" {
				continue // replaced by a folder, which has no checksum
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

// inWorkspace reports whether there is a go.work beside a manifest or above it. The
// modules of a workspace need no checksums of each other.
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

// replacing returns the replacement of a requirement, nil for none. One for the exact version has precedence.
func replacing(f *modfile.File, m module.Version) *modfile.Replace {
	r := reader{replaced: f.Replace}
	return r.replacedBy(m)
}
