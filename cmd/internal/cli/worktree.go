package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
)

// replaceAll writes files of the folder root: all of them, or after an error or
// an interrupt none. Each is replaced at once and keeps its mode.
func replaceAll(ctx context.Context, root string, files []ecosystems.FileChange) error {
	r, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer r.Close()
	return replaceIn(ctx, r, files, r.Rename)
}

// A replacement is one file on its way.
type replacement struct {
	ecosystems.FileChange
	old   []byte      // what was there
	mode  fs.FileMode // of it; 0 for nothing
	stage string      // the new content, in a file beside it; "" for none
}

// replaceIn is replaceAll with a way to rename that tests can break.
func replaceIn(ctx context.Context, root *os.Root, files []ecosystems.FileChange, rename func(from, to string) error) (err error) {
	var all []replacement
	defer func() {
		for _, r := range all {
			if r.stage != "" {
				_ = root.Remove(r.stage) // it is gone already where all went well
			}
		}
	}()
	for _, f := range files {
		r, err := prepare(root, f)
		all = append(all, r)
		if err != nil {
			return fmt.Errorf("write %s: %w", f.Path, bare(err))
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for n, r := range all {
		if err := r.commit(root, rename); err != nil {
			err = fmt.Errorf("write %s: %w", r.Path, bare(err))
			return errors.Join(err, undo(root, all[:n]))
		}
	}
	return nil
}

// prepare remembers what is there, and writes the new content beside it.
func prepare(root *os.Root, f ecosystems.FileChange) (replacement, error) {
	r := replacement{FileChange: f}
	info, err := root.Lstat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return r, err
	case !info.Mode().IsRegular():
		return r, errors.New("is no plain file")
	default:
		r.mode = info.Mode().Perm()
		if r.old, err = root.ReadFile(f.Path); err != nil {
			return r, err
		}
	}
	if f.Delete {
		return r, nil
	}
	return r, r.write(root, f.Data, info)
}

// write writes the content into a new file in the same folder.
func (r *replacement) write(root *os.Root, data []byte, like fs.FileInfo) error {
	if err := root.MkdirAll(path.Dir(r.Path), 0o755); err != nil {
		return err
	}
	name := path.Join(path.Dir(r.Path), ".freshpin-"+rand.Text()[:12])
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	r.stage = name
	_, err = f.Write(data)
	if err == nil && like != nil {
		err = f.Chmod(like.Mode().Perm())
		keepOwner(f, like)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// commit puts the new content in its place.
func (r *replacement) commit(root *os.Root, rename func(from, to string) error) error {
	if !r.Delete {
		return rename(r.stage, r.Path)
	}
	err := root.Remove(r.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for dir := path.Dir(r.Path); err == nil && dir != "."; dir = path.Dir(dir) {
		if root.Remove(dir) != nil {
			break // it holds more
		}
	}
	return err
}

// undo puts back what was there.
func undo(root *os.Root, done []replacement) (err error) {
	for _, r := range slices.Backward(done) {
		back := replacement{FileChange: ecosystems.FileChange{Path: r.Path, Data: r.old, Delete: r.mode == 0}}
		one := error(nil)
		if !back.Delete {
			if one = back.write(root, r.old, nil); one == nil {
				one = root.Chmod(back.stage, r.mode)
			}
		}
		if one == nil {
			one = back.commit(root, root.Rename)
		}
		if one != nil {
			err = errors.Join(err, fmt.Errorf("put back %s: %w", r.Path, bare(one)))
		}
	}
	return err
}

// bare returns an error without the path, which is named already.
func bare(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}
