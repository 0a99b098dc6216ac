package gitbranch

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// list lists a tree.
func (r *Repository) list(hash plumbing.Hash) (items []gittree.Item, err error) {
	tree, err := object.GetTree(r.git, hash)
	if err != nil {
		return nil, err
	}
	walk := object.NewTreeWalker(tree, true, nil)
	defer walk.Close()
	for {
		name, e, err := walk.Next()
		if errors.Is(err, io.EOF) {
			return items, gittree.Sound(items)
		}
		if err != nil {
			return nil, err
		}
		// The walker joins names with slashes, so that a later check could not tell.
		if strings.Contains(e.Name, "/") {
			return nil, fmt.Errorf("%q is no name of a file", e.Name)
		}
		i := gittree.Item{Path: name, Mode: fmt.Sprintf("%06o", uint32(e.Mode)), Hash: e.Hash.String()}
		if e.Mode != filemode.Dir && e.Mode != filemode.Submodule {
			if i.Size, err = r.size(e.Hash); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		items = append(items, i)
	}
}

// size returns the size of a file: 0 for one that a partial clone has not
// fetched. The quick way knows no objects of another repository.
func (r *Repository) size(hash plumbing.Hash) (int64, error) {
	size, err := r.git.EncodedObjectSize(hash)
	if !errors.Is(err, plumbing.ErrObjectNotFound) {
		return size, err
	}
	o, err := r.git.EncodedObject(plumbing.BlobObject, hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return o.Size(), nil
}

// read returns the content of a file.
func (r *Repository) read(e forge.Entry) ([]byte, error) {
	blob, err := object.GetBlob(r.git, plumbing.NewHash(e.Hash))
	if err != nil {
		return nil, err
	}
	from, err := blob.Reader()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	return io.ReadAll(from)
}
