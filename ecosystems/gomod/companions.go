package gomod

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/codehost"
)

// Companions returns the paths that the go command reads or writes when it completes
// an edit of a manifest: go.sum, the list of vendored modules, and a workspace that
// may use the module. Not all of them exist.
func (e *Ecosystem) Companions(manifest string) []string {
	beside := path.Dir(manifest)
	files := []string{path.Join(beside, "go.sum"), path.Join(beside, "vendor", "modules.txt")}
	for dir := range ecosystems.Above(manifest) {
		files = append(files, path.Join(dir, "go.work"), path.Join(dir, "go.work.sum"))
	}
	return files
}

// Family implements ecosystems.Relater. Modules of one repository are released
// together, and so are modules below one vanity host.
func (*Ecosystem) Family(pkg ecosystems.Package) string {
	if repo, _, ok := place(pkg.Name); ok {
		return repo.URL()
	}
	root, _, _ := module.SplitPathVersion(pkg.Name)
	// Everything up to a version control qualifier is the repository (Go Modules
	// Reference, "Finding a repository for a module path").
	if repo, _, ok := strings.Cut(root+"/", ".git/"); ok {
		return "https://" + repo
	}
	// A host of code has many owners. Where groups have groups, as on GitLab, a path
	// does not tell the folder of a repository from another project of a group. Such a
	// module is a family of its own, so that unrelated ones do not fall back together.
	if repo, ok := codehost.Parse("https://" + root); ok && repo.Releases() != "" {
		return repo.URL()
	}
	host, rest, _ := strings.Cut(root, "/")
	if !slices.Contains(shared, host) {
		return host
	}
	owner, rest, _ := strings.Cut(rest, "/")
	name, _, _ := strings.Cut(rest, "/")
	return path.Join(host, owner, name)
}

// shared are further hosts with many owners, on which a repository is HOST/OWNER/NAME.
var shared = []string{"bitbucket.org", "git.sr.ht", "gitee.com"}

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
		if by := replacing(file.Replace, m); by != nil {
			if m = by.New; m.Version == "" {
				continue // replaced by a folder, which has no checksum
			}
		}
		// A branch has no line in go.sum before the go command resolves it.
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
	for dir := range ecosystems.Above(manifest) {
		if exists(repo, path.Join(dir, "go.work")) {
			return true
		}
	}
	return false
}
