package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/freshpin/freshpin/updater/forge"
)

// The document lies in the file state.json of the commit that the ref stands
// on, as on GitHub: no branch, so that nobody is shown it.
const (
	stateRef  = plumbing.ReferenceName("refs/freshpin/state")
	stateFile = "state.json"
)

// Recall reads the document. Its version is git's name of the content.
func (f *Forge) Recall(_ context.Context, repo string) ([]byte, string, error) {
	r, err := f.open(repo)
	if err != nil {
		return nil, "", err
	}
	data, version, _, err := r.recall()
	if err != nil {
		return nil, "", fmt.Errorf("recall the state of %s: %w", repo, err)
	}
	return data, version, nil
}

// recall returns the document, its version, and the commit that holds it.
func (r *repository) recall() (data []byte, version string, at plumbing.Hash, err error) {
	if at, err = r.ref(stateRef); err != nil || at == plumbing.ZeroHash {
		return nil, "", at, err
	}
	commit, err := object.GetCommit(r.git, at)
	if err != nil {
		return nil, "", at, err
	}
	t, err := newTree(r.git, commit.TreeHash)
	if err != nil {
		return nil, "", at, err
	}
	entry, ok := t.files[stateFile]
	if !ok {
		return nil, "", at, nil
	}
	data, err = t.read(stateFile)
	if data == nil {
		data = []byte{}
	}
	return data, entry.Hash, at, err
}

// Remember replaces the document.
func (f *Forge) Remember(_ context.Context, repo string, data []byte, version string) error {
	r, err := f.open(repo)
	if err != nil {
		return err
	}
	unlock, err := r.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := r.remember(data, version); err != nil {
		return fmt.Errorf("remember the state of %s: %w", repo, err)
	}
	return nil
}

func (r *repository) remember(data []byte, version string) error {
	old, newest, at, err := r.recall()
	switch {
	case err != nil:
		return err
	case old != nil && plumbing.ComputeHash(plumbing.BlobObject, data).String() == newest:
		return nil // a rerun
	case newest != version:
		return forge.ErrConflict
	}
	blob, err := r.blob(data)
	if err != nil {
		return err
	}
	tree, err := r.store(&object.Tree{Entries: []object.TreeEntry{{Name: stateFile, Mode: filemode.Regular, Hash: blob}}})
	if err != nil {
		return err
	}
	var parents []plumbing.Hash
	if at != plumbing.ZeroHash {
		parents = append(parents, at)
	}
	commit, err := r.record("Freshpin: what it remembers about this repository\n", tree, parents...)
	if err != nil {
		return err
	}
	if err := r.set(stateRef, at, commit); err != nil {
		return errors.Join(forge.ErrConflict, err)
	}
	return nil
}
