package edit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/freshpin/freshpin/updater/plan"
)

// The limits for the copy of a tree.
const (
	maxCopy      = 4 << 30  // bytes
	maxCopyFile  = 64 << 20 // bytes; larger files are not copied, because they are no source code
	maxCopyFiles = 500_000
)

// A workspace is a copy of a tree that tools may write to.
type workspace struct {
	tree     plan.Tree
	dir      string
	root     *os.Root // of dir; writes cannot leave it through a symbolic link
	pristine string   // another, unmodified copy; "" until it is needed
	holds    state    // what is other than in the tree
}

// newWorkspace makes a copy of the tree.
func newWorkspace(ctx context.Context, t plan.Tree) (*workspace, error) {
	dir, err := unpack(ctx, t)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &workspace{tree: t, dir: dir, root: root, holds: state{}}, nil
}

// unpack writes the tree into a new private folder.
func unpack(ctx context.Context, t plan.Tree) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "freshpin-tree-"); err != nil {
		return "", err
	}
	if t.Unpack != nil {
		err = t.Unpack(ctx, dir)
	} else {
		err = copyTree(ctx, t.FS, dir)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("copy the tree: %w", err), os.RemoveAll(dir))
	}
	return dir, nil
}

// remove removes the copy.
func (c *workspace) remove() {
	_ = c.root.Close()
	for _, dir := range []string{c.dir, c.pristine} {
		if dir != "" {
			_ = os.RemoveAll(dir) // the system cleans its temporary folder if this fails
		}
	}
}

// writeState changes the copy so that it has a state.
func (c *workspace) writeState(ctx context.Context, to state) error {
	var back []string
	for name := range c.holds {
		if _, ok := to[name]; !ok {
			back = append(back, name)
		}
	}
	if err := c.restore(ctx, back); err != nil {
		return err
	}
	for name, data := range to {
		is, there := c.holds[name]
		if there && (is == nil) == (data == nil) && bytes.Equal(is, data) {
			continue
		}
		if err := c.put(name, data, permissions(c.tree.FS, name)); err != nil {
			return err
		}
		c.holds[name] = data
	}
	return nil
}

// fewFiles is how many files are read one by one from a remote tree.
const fewFiles = 16

// restore gives files the content that they have in the tree.
func (c *workspace) restore(ctx context.Context, names []string) (err error) {
	from := c.tree.FS
	// Each file of a remote tree takes a request, and Unpack takes one for all.
	if c.tree.Unpack != nil && len(names) > fewFiles {
		if c.pristine == "" {
			if c.pristine, err = unpack(ctx, c.tree); err != nil {
				return err
			}
		}
		from = os.DirFS(c.pristine)
	}
	slices.Sort(names)
	for _, name := range names {
		data, err := fs.ReadFile(from, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			data = nil
		case err != nil:
			return err
		case data == nil:
			data = []byte{}
		}
		if err := c.put(name, data, permissions(from, name)); err != nil {
			return err
		}
		delete(c.holds, name)
	}
	return nil
}

func permissions(tree fs.FS, name string) fs.FileMode {
	info, err := fs.Stat(tree, name)
	if err != nil {
		return 0o644
	}
	return info.Mode().Perm() | 0o600 // a tool has to replace read-only files, too
}

// put writes a file of the copy, or removes it if data is nil.
func (c *workspace) put(name string, data []byte, mode fs.FileMode) error {
	if data == nil {
		return c.root.RemoveAll(name)
	}
	if err := c.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	return c.root.WriteFile(name, data, mode)
}

// copyTree copies a tree into an empty folder: regular files with their modes,
// and symbolic links that stay inside. It skips .git, node_modules and large
// files, which tools do not need.
func copyTree(ctx context.Context, tree fs.FS, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var size int64
	var files int
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrPermission):
			return nil // an unreadable file must not stop the copy
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir():
			return root.MkdirAll(name, 0o755)
		case d.Type()&fs.ModeSymlink != 0:
			return copyLink(tree, root, name)
		case !d.Type().IsRegular() || d.Name() == ".git" || large(d): // submodules and linked work trees have a file named .git
			return nil
		}
		n, err := copyFile(tree, root, name, maxCopy-size)
		size += n
		if files++; files > maxCopyFiles {
			return fmt.Errorf("more than %d files", maxCopyFiles)
		}
		return err
	})
}

func large(d fs.DirEntry) bool {
	i, err := d.Info()
	return err == nil && i.Size() > maxCopyFile
}

// copyFile copies one file of at most limit bytes.
func copyFile(tree fs.FS, root *os.Root, name string, limit int64) (int64, error) {
	from, err := tree.Open(name)
	if errors.Is(err, fs.ErrPermission) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer from.Close()
	to, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, permissions(tree, name))
	if err != nil {
		return 0, err
	}
	// One byte more than allowed tells a full tree from one that is too large.
	n, err := io.Copy(to, io.LimitReader(from, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("more than %d GB", maxCopy>>30)
	}
	return n, errors.Join(err, to.Close())
}

// copyLink copies a symbolic link that stays inside the tree and skips any other.
func copyLink(tree fs.FS, root *os.Root, name string) error {
	if _, err := follow(tree, name); err != nil {
		return nil
	}
	target, err := fs.ReadLink(tree, name)
	if err != nil {
		return err
	}
	return root.Symlink(target, name)
}
