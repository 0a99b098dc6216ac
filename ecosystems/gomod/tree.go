package gomod

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// A tree is a copy of a repository on disk. It records the original contents of the
// files that the go command may write.
type tree struct {
	root    string   // absolute, without symbolic links
	before  state    // original contents of the watched files
	folders []string // folders whose files are all watched
}

// A state holds the contents of files by path below the root; nil for a missing file.
type state map[string]*content

// A content is the content of a file.
type content struct {
	data []byte
	mode fs.FileMode
}

func (c *content) equal(d *content) bool {
	return c == d || c != nil && d != nil && bytes.Equal(c.data, d.data)
}

func openTree(dir string) (*tree, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	return &tree{root: root, before: state{}}, nil
}

// abs returns the path on disk of a path in the tree.
func (t *tree) abs(name string) string { return filepath.Join(t.root, filepath.FromSlash(name)) }

// read returns the content of a file. It returns an error for anything but a regular
// file in regular folders, because the go command would follow a link out of the tree.
func (t *tree) read(name string) (*content, error) {
	file := t.abs(name)
	info, err := os.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(filepath.Dir(file)); !info.Mode().IsRegular() || err != nil || real != filepath.Dir(file) {
		return nil, refuse(ecosystems.ToolFail, "%s is not a regular file, and the go command would follow it", name)
	}
	data, err := os.ReadFile(file)
	return &content{data, info.Mode().Perm()}, err
}

// watch records the contents of files.
func (t *tree) watch(names ...string) error {
	for _, name := range names {
		if _, known := t.before[name]; known {
			continue
		}
		c, err := t.read(name)
		if err != nil {
			return err
		}
		t.before[name] = c
	}
	return nil
}

// maxFolder is the size limit of a vendor folder in memory, in bytes.
const maxFolder = 512 << 20

// watchFolder records the contents of all files in a folder.
func (t *tree) watchFolder(name string) error {
	if slices.Contains(t.folders, name) {
		return nil
	}
	files, err := t.files(name)
	if err != nil {
		return err
	}
	size := 0
	for _, file := range files {
		if err := t.watch(file); err != nil {
			return err
		}
		if size += len(t.before[file].data); size > maxFolder {
			return refuse(ecosystems.ToolFail, "%s is larger than %d MiB", name, maxFolder>>20)
		}
	}
	t.folders = append(t.folders, name)
	return nil
}

// files lists the files of a folder.
func (t *tree) files(folder string) (names []string, err error) {
	err = filepath.WalkDir(t.abs(folder), func(file string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the go command may have removed the folder
		}
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(t.root, file)
		names = append(names, filepath.ToSlash(rel))
		return err
	})
	return names, err
}

// now returns the current contents of the watched files.
func (t *tree) now() (state, error) {
	s := state{}
	names := slices.Collect(maps.Keys(t.before))
	for _, folder := range t.folders {
		files, err := t.files(folder)
		if err != nil {
			return nil, err
		}
		names = append(names, files...)
	}
	for _, name := range names {
		c, err := t.read(name)
		if err != nil {
			return nil, err
		}
		s[name] = c
	}
	return s, nil
}

// set writes a state to the watched files.
func (t *tree) set(s state) error {
	now, err := t.now()
	if err != nil {
		return err
	}
	for name, c := range now {
		if s[name] == nil && c != nil {
			err = errors.Join(err, t.remove(name))
		}
	}
	for name, c := range s {
		if c != nil && (!c.equal(now[name]) || c.mode != now[name].mode) {
			err = errors.Join(err, t.write(name, c.data))
		}
	}
	return err
}

// remove removes a file and folders that become empty.
func (t *tree) remove(name string) error {
	err := os.Remove(t.abs(name))
	for dir := path.Dir(name); err == nil && dir != "."; dir = path.Dir(dir) {
		if os.Remove(t.abs(dir)) != nil {
			break // not empty
		}
	}
	return err
}

// write writes a file with its original mode.
func (t *tree) write(name string, data []byte) error {
	mode := fs.FileMode(0o644)
	if old := t.before[name]; old != nil {
		mode = old.mode
	}
	if err := os.MkdirAll(filepath.Dir(t.abs(name)), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(t.abs(name), data, mode); err != nil {
		return err
	}
	if t.before[name] == nil {
		return nil
	}
	// WriteFile does not change the mode of a file that exists, and the go command may have written it with another.
	return os.Chmod(t.abs(name), mode)
}

// convertToLF converts every watched file to the line ends of the go command.
func (t *tree) convertToLF() error {
	for name, c := range t.before {
		if !c.endsInCRLF() {
			continue
		}
		if err := t.write(name, toLF(c.data)); err != nil {
			return err
		}
	}
	return nil
}

// finish restores the line ends of the files and returns the changed ones.
func (t *tree) finish() (changes []ecosystems.FileChange, err error) {
	now, err := t.now()
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		old, c := t.before[name], now[name]
		if c != nil && old.endsInCRLF() {
			c.data = toCRLF(c.data)
			if err := t.write(name, c.data); err != nil {
				return nil, err
			}
		}
		switch {
		case c.equal(old):
		case c == nil:
			changes = append(changes, ecosystems.FileChange{Path: name, Delete: true})
		default:
			changes = append(changes, ecosystems.FileChange{Path: name, Data: c.data})
		}
	}
	return changes, nil
}

// inside resolves a path in a go.mod or go.work relative to the root. It returns an error for a path outside the tree.
func (t *tree) inside(folder, to string) (string, error) {
	out := refuse(ecosystems.ToolFail, "%s leads out of the repository", to)
	if path.IsAbs(to) || filepath.IsAbs(to) {
		return "", out
	}
	name := path.Join(folder, filepath.ToSlash(to))
	if name == ".." || strings.HasPrefix(name, "../") {
		return "", out
	}
	real, err := filepath.EvalSymlinks(t.abs(name))
	if err != nil {
		return name, nil // the go command reports that it does not exist
	}
	rel, err := filepath.Rel(t.root, real)
	if err != nil || !filepath.IsLocal(rel) {
		return "", out
	}
	return name, nil
}

// endsInCRLF reports whether every line of a file ends in CR LF.
func (c *content) endsInCRLF() bool {
	if c == nil {
		return false
	}
	n := bytes.Count(c.data, []byte("\r\n"))
	return n > 0 && n == bytes.Count(c.data, []byte("\n"))
}

func toLF(data []byte) []byte   { return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")) }
func toCRLF(data []byte) []byte { return bytes.ReplaceAll(toLF(data), []byte("\n"), []byte("\r\n")) }

// unrefused returns an error unless it is a Refusal; nil for that.
func unrefused(err error) error {
	if _, ok := errors.AsType[*ecosystems.Refusal](err); ok {
		return nil
	}
	return err
}

// refuse returns a Refusal of all moves.
func refuse(code, format string, args ...any) *ecosystems.Refusal {
	return &ecosystems.Refusal{Reason: ecosystems.Reason{Code: code, Text: fmt.Sprintf(format, args...)}}
}
