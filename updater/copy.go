package updater

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// maxCopy is how much of a tree is copied for a tool, in bytes.
const maxCopy = 4 << 30

// copyTree copies a tree into an empty folder: plain files with their modes, and
// symbolic links that stay inside. What tools do not read is left out.
func copyTree(tree fs.FS, dir string) error {
	var size int64
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		to := filepath.Join(dir, filepath.FromSlash(name))
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		case d.Type()&fs.ModeSymlink != 0:
			return copyLink(tree, name, to)
		case !d.Type().IsRegular():
			return nil
		}
		data, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		if size += int64(len(data)); size > maxCopy {
			return fmt.Errorf("the tree is larger than %d GB", maxCopy>>30)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, info.Mode().Perm()|0o600)
	})
}

// copyLink copies a symbolic link that stays inside the tree; others are left out.
func copyLink(tree fs.FS, name, to string) error {
	target, err := fs.ReadLink(tree, name)
	if err != nil || path.IsAbs(target) || !fs.ValidPath(path.Join(path.Dir(name), target)) {
		return nil
	}
	return os.Symlink(target, to)
}

// inside returns the place of a file in the copy.
func (w *writer) inside(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func writeInside(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}
