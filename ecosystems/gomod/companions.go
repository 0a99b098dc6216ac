package gomod

import "path"

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
