package compose

import (
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems/compose/dotenv"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var mention = lazyregexp.New(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// The limits for finding the .env of a file.
const (
	maxBeside = 32 // Compose files of one folder
	maxShared = 64 // files that share a .env
	maxAbove  = 4  // folders above a file in which it may be included

	maxLeading = 256 << 10 // bytes of a file that is read only because it may include another one
)

// environment reads the .env of a file and counts the uses of its variables.
func (e *Ecosystem) environment(repo fs.FS, file string) dotenv.Environment {
	env := dotenv.Read(repo, e.envFile(repo, file))
	if env.Src == "" {
		return env
	}
	c := count{uses: env.Uses}
	for _, r := range e.sharing(repo, path.Dir(env.File), file) {
		c.add(r, env.File)
	}
	// Values of the .env may use earlier ones.
	for line := range strings.Lines(env.Src) {
		if line, _, _ = strings.Cut(line, " #"); !strings.HasPrefix(strings.TrimSpace(line), "#") {
			c.text(line)
		}
	}
	env.Passed = c.passed
	return env
}

// sharing returns the files that use the .env of a folder: the current file, the
// Compose files of the folder, and the files that these include.
func (e *Ecosystem) sharing(repo fs.FS, dir, file string) (list []*reader) {
	queue := append([]string{path.Clean(file)}, e.beside(repo, dir)...)
	seen := map[string]bool{}
	for n := 0; n < len(queue) && len(list) < maxShared; n++ {
		if seen[queue[n]] {
			continue
		}
		seen[queue[n]] = true
		r := structure(repo, queue[n])
		if r == nil {
			continue
		}
		list = append(list, r)
		for _, ref := range r.references() {
			// A file that is included with another .env uses none of these variables.
			if to, why := r.resolve(ref); why.IsZero() && r.envOf(ref, to) == path.Join(dir, ".env") {
				queue = append(queue, to)
			}
		}
	}
	return list
}

// beside returns the Compose files of a folder.
func (e *Ecosystem) beside(repo fs.FS, dir string) (files []string) {
	entries, err := fs.ReadDir(repo, dir)
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		if !entry.IsDir() && e.Match(entry.Name()) && len(files) < maxBeside {
			files = append(files, path.Join(dir, entry.Name()))
		}
	}
	return files
}

// structure parses a file without searching for files that include it; nil if it cannot be read.
func structure(repo fs.FS, file string) *reader {
	return open(repo, file, dotenv.Read(repo, path.Join(path.Dir(file), ".env")))
}

// envFile returns the .env of a file: the one beside it, unless files in its folder
// or above include or extend it with another one. If they name several, it returns
// the one beside the file, because the values differ.
func (e *Ecosystem) envFile(repo fs.FS, file string) string {
	own, found := path.Join(path.Dir(file), ".env"), ""
	dir := path.Dir(file)
	for range maxAbove {
		for _, other := range e.beside(repo, dir) {
			named := e.envFor(repo, other, file)
			switch {
			case named == "" || named == found:
			case found != "":
				return own
			default:
				found = named
			}
		}
		if dir == "." {
			break
		}
		dir = path.Dir(dir)
	}
	if found == "" {
		return own
	}
	return found
}

// envFor returns the .env with which a file includes another one, "" if it does not include it.
func (e *Ecosystem) envFor(repo fs.FS, other, file string) string {
	if path.Clean(other) == path.Clean(file) {
		return ""
	}
	// Every file of a folder asks this about every other one, so large ones are left out.
	text, why, err := imagepin.LoadUpTo(repo, other, maxLeading)
	// Parsing takes much longer than this search, and few files include another one.
	if err != nil || !why.IsZero() || !strings.Contains(text, path.Base(file)) {
		return ""
	}
	r := structure(repo, other)
	if r == nil {
		return ""
	}
	for _, ref := range r.references() {
		if to, why := r.resolve(ref); why.IsZero() && to == path.Clean(file) {
			return r.envOf(ref, to)
		}
	}
	return ""
}

// envOf returns the .env for the file of a reference: extends uses that of this
// file, include that of a separate project.
func (r *reader) envOf(ref reference, to string) string {
	dir := path.Dir(r.Path)
	inside := func(n *yaml.Node) (string, bool) {
		if n == nil || n.Kind != yaml.ScalarNode || n.Value == "" || strings.Contains(n.Value, "$") {
			return "", false
		}
		p := path.Join(dir, n.Value)
		return p, fs.ValidPath(p) && !path.IsAbs(n.Value)
	}
	if ref.extends {
		return path.Join(dir, ".env")
	}
	files := ref.envFile
	if files != nil && files.Kind == yaml.SequenceNode && len(files.Content) == 1 {
		files = yamltext.Target(files.Content[0])
	}
	if p, ok := inside(files); ok {
		return p
	}
	if p, ok := inside(ref.projectDirectory); ok {
		return path.Join(p, ".env")
	}
	return path.Join(path.Dir(to), ".env")
}
