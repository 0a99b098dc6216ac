package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// The document is the file state.json in the commit of the ref refs/freshpin/state.
// Such a ref is not a branch, so it is not shown, cloned or built. Its commits are the
// history of the document.
const (
	stateRef  = "freshpin/state"
	stateFile = "state.json"
)

// Recall reads the document with one request. Its version is git's object id of the
// content. After "not found" Recall also requests the ref, because the documentation of
// the first request mentions only branches, tags and commits.
//
// See https://docs.github.com/rest/repos/contents#get-repository-content
func (f *Forge) Recall(ctx context.Context, repo string) ([]byte, string, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return nil, "", err
	}
	data, version, err := f.document(ctx, repo, "refs/"+stateRef)
	if err == nil && version == "" {
		data, version, err = f.documentByRef(ctx, repo)
	}
	if err != nil {
		return nil, "", fmt.Errorf("recall the state of %s: %w", repo, err)
	}
	return data, version, nil
}

// Remembered returns when the document was last replaced; the zero time if there is none.
func (f *Forge) Remembered(ctx context.Context, repo string) (time.Time, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return time.Time{}, err
	}
	at, err := f.ref(ctx, repo, stateRef)
	if err != nil || at == "" {
		return time.Time{}, err
	}
	c, err := f.commitOf(ctx, repo, at)
	if err != nil {
		return time.Time{}, err
	}
	return c.GetCommitter().GetDate().Time, nil
}

// documentByRef reads the document at the commit of the ref.
func (f *Forge) documentByRef(ctx context.Context, repo string) ([]byte, string, error) {
	at, err := f.ref(ctx, repo, stateRef)
	if err != nil || at == "" {
		return nil, "", err
	}
	return f.document(ctx, repo, at)
}

// document reads the document at a ref or commit; nil and "" if there is none.
func (f *Forge) document(ctx context.Context, repo, at string) ([]byte, string, error) {
	var c api.RepositoryContent
	err := f.do(ctx, http.MethodGet, "repos/"+repo+"/contents/"+stateFile+"?"+url.Values{"ref": {at}}.Encode(), nil, &c)
	if errors.Is(err, forge.ErrNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	data, err := f.contentOf(ctx, repo, &c)
	if err == nil && gittree.BlobHash(data) != c.GetSHA() {
		err = errors.New("what came is another file")
	}
	return append([]byte{}, data...), c.GetSHA(), err // nil would mean that there is no document
}

// contentOf returns the content of a file. The answer does not include one of more than 1 MiB, which needs another request.
func (f *Forge) contentOf(ctx context.Context, repo string, c *api.RepositoryContent) ([]byte, error) {
	if c.GetEncoding() == "none" {
		b := &blobs{forge: f, repo: repo, kept: map[string][]byte{}}
		return b.read(ctx, forge.Entry{Hash: c.GetSHA(), Size: int64(c.GetSize())})
	}
	if c.Content == nil {
		return nil, errors.New("the answer holds no content")
	}
	return decode(c.GetEncoding(), *c.Content)
}

// Remember replaces the document: it creates a tree and a commit on top of the one with
// the version, and moves the ref forward without force, so that of two concurrent runs
// one fails. It needs three writes, and two reads if there was a version before.
func (f *Forge) Remember(ctx context.Context, repo string, data []byte, version string) error {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return err
	}
	if err := f.replace(ctx, repo, data, version); err != nil {
		return fmt.Errorf("remember the state of %s: %w", repo, err)
	}
	return nil
}

func (f *Forge) replace(ctx context.Context, repo string, data []byte, version string) error {
	if version == "" {
		commit, err := f.record(ctx, repo, data, "")
		if err == nil {
			err = f.advance(ctx, repo, "", commit)
		}
		if !errors.Is(err, forge.ErrConflict) {
			return err
		}
	}
	return f.replaceThere(ctx, repo, data, version)
}

// replaceThere replaces the document if the ref may already exist.
func (f *Forge) replaceThere(ctx context.Context, repo string, data []byte, version string) error {
	parent, err := f.ref(ctx, repo, stateRef)
	if err != nil {
		return err
	}
	newest := ""
	if parent != "" {
		if _, newest, err = f.document(ctx, repo, parent); err != nil {
			return err
		}
	}
	if newest == gittree.BlobHash(data) {
		return nil // a repeated run, or another run with the same document
	}
	if newest != version {
		return forge.ErrConflict
	}
	commit, err := f.record(ctx, repo, data, parent)
	if err != nil {
		return err
	}
	return f.advance(ctx, repo, parent, commit)
}

// record commits the document.
func (f *Forge) record(ctx context.Context, repo string, data []byte, parent string) (string, error) {
	file, err := f.newEntry(ctx, repo, stateFile, gittree.File, data)
	if err != nil {
		return "", err
	}
	tree, err := f.newTree(ctx, repo, "", []*api.TreeEntry{file})
	if err != nil {
		return "", err
	}
	if parent == "" {
		return f.newCommit(ctx, repo, "Freshpin: what it remembers about this repository", tree)
	}
	return f.newCommit(ctx, repo, "Freshpin: what it remembers about this repository", tree, parent)
}

// advance moves the ref to the commit, only if it is at the parent.
func (f *Forge) advance(ctx context.Context, repo, parent, commit string) error {
	if parent == "" {
		at, err := f.newRef(ctx, repo, stateRef, commit)
		if err == nil && at != commit || says(err, http.StatusUnprocessableEntity, "already exists") {
			err = forge.ErrConflict
		}
		return err
	}
	in := map[string]any{"sha": commit, "force": false}
	err := f.do(ctx, http.MethodPatch, "repos/"+repo+"/git/refs/"+stateRef, in, nil)
	// GitHub refuses an update that is not a fast forward: another run was first.
	if status(err) == http.StatusUnprocessableEntity || status(err) == http.StatusConflict {
		return forge.ErrConflict
	}
	return err
}
