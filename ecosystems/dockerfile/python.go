package dockerfile

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

const pythonImage = "docker.io/library/python"

// PythonOf returns X.Y of "FROM python:X.Y" in the Dockerfile nearest to a file,
// in its folder or above; "" if there is none or if that one names several.
func PythonOf(repo fs.FS, file string) string {
	for dir := path.Dir(path.Clean(file)); ; dir = path.Dir(dir) {
		for _, name := range dockerfilesIn(repo, dir) {
			if v, ok := pythonIn(repo, path.Join(dir, name)); ok {
				return v
			}
		}
		// Above these, path.Dir would return them again for ever.
		if dir == "." || dir == "/" || strings.HasPrefix(dir, "..") {
			return ""
		}
	}
}

// dockerfilesIn returns the names of the Dockerfiles in a folder, "Dockerfile" first.
func dockerfilesIn(repo fs.FS, dir string) []string {
	entries, err := fs.ReadDir(repo, dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		switch name := e.Name(); {
		case e.IsDir() || !(&Ecosystem{}).Match(name):
		case name == "Dockerfile":
			names = slices.Insert(names, 0, name)
		default:
			names = append(names, name)
		}
	}
	return names
}

// pythonIn returns the Python that a Dockerfile is based on, and whether it is
// based on any. version is "" if there are several.
func pythonIn(repo fs.FS, file string) (version string, found bool) {
	src, why, err := imagepin.Load(repo, file)
	if err != nil || !why.IsZero() {
		return "", false // Extract of this file reports the reason
	}
	r := newReader(Parse(file, src))
	r.walk()
	for _, d := range r.bases {
		v := d.Pin.Version
		if d.Package.Name != pythonImage || len(v.Release) < 2 { // python:3 names no minor version
			continue
		}
		xy := fmt.Sprintf("%d.%d", v.Release[0], v.Release[1])
		if found && xy != version {
			return "", true
		}
		version, found = xy, true
	}
	return version, found
}
