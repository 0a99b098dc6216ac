package judged

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/check"
)

// maxText is the largest file of the repository that is read, in bytes.
const maxText = 256 << 10

// ReadFile returns the text of a regular file of the repository.
func ReadFile(repo fs.FS, name string) (string, bool) {
	if repo == nil || !fs.ValidPath(name) {
		return "", false
	}
	// Before opening it, because opening a named pipe could block.
	info, err := fs.Stat(repo, name)
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	f, err := repo.Open(name)
	if err != nil {
		return "", false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxText))
	return string(data), err == nil
}

// Contexts returns the possible build contexts of a Dockerfile: those of Compose
// services, else its own folder and the root.
func Contexts(d *check.Docker) []string {
	var out []string
	for _, u := range d.Users {
		if u.Context != "" && !slices.Contains(out, u.Context) {
			out = append(out, u.Context)
		}
	}
	if len(out) > 0 {
		return out
	}
	if dir := d.Dir(); dir != "." {
		return []string{dir, "."}
	}
	return []string{"."}
}

// InContext returns the text of a file that the Dockerfile copies, by its name.
func InContext(d *check.Docker, name string) (string, bool) {
	// COPY takes a leading slash for the root of the context.
	name = strings.TrimPrefix(path.Clean(name), "/")
	for _, dir := range Contexts(d) {
		for _, p := range []string{path.Join(dir, name), path.Join(dir, path.Base(name))} {
			if text, ok := ReadFile(d.Repo, p); ok {
				return text, true
			}
		}
	}
	return "", false
}
