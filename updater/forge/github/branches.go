package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

var _ forge.Brancher = (*Forge)(nil)

// Branches returns the branches with a prefix and their commits, with one request for
// any number of them.
//
// See https://docs.github.com/rest/git/refs#list-matching-references
func (f *Forge) Branches(ctx context.Context, repo, prefix string) ([]forge.Branch, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return nil, err
	}
	var refs []*api.Reference
	if err := f.do(ctx, http.MethodGet, "repos/"+repo+"/git/matching-refs/heads/"+escape(prefix), nil, &refs); err != nil {
		return nil, fmt.Errorf("branches of %s: %w", repo, err)
	}
	var list []forge.Branch
	for _, r := range refs {
		name, ok := strings.CutPrefix(r.GetRef(), "refs/heads/")
		if ok && strings.HasPrefix(name, prefix) && gittree.IsHash(r.GetObject().GetSHA()) {
			list = append(list, forge.Branch{Name: name, Commit: r.GetObject().GetSHA()})
		}
	}
	slices.SortFunc(list, func(a, b forge.Branch) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(list, func(a, b forge.Branch) bool { return a.Name == b.Name }), nil
}

// OpenBranch opens a branch of an open repository.
func (f *Forge) OpenBranch(ctx context.Context, of *forge.Checkout, b forge.Branch) (*forge.Checkout, error) {
	bound, err := begin(ctx, of.Repo)
	if err != nil {
		return nil, err
	}
	if err := f.resolve(bound, of.Repo, &b); err != nil {
		return nil, fmt.Errorf("open the branch %s of %s: %w", b.Name, of.Repo, err)
	}
	c := *of
	c.Branch, c.Commit, c.Tree = b.Name, b.Commit, b.Tree
	items, err := f.list(bound, of.Repo, c.Tree)
	if err != nil {
		return nil, err
	}
	f.fill(ctx, &c, items)
	return &c, nil
}

// resolve requests the unknown fields of a branch, with at most one request. For a
// renamed branch GitHub redirects to the new name; resolve treats it as not found.
func (f *Forge) resolve(ctx context.Context, repo string, b *forge.Branch) error {
	switch {
	case b.Commit != "" && b.Tree != "":
		return nil
	case b.Commit != "":
		c, err := f.commitOf(ctx, repo, b.Commit)
		b.Tree = c.GetTree().GetSHA()
		return whole(err, b)
	}
	got, err := f.newest(ctx, repo, b.Name)
	if err != nil {
		return err
	}
	if got.GetName() != b.Name {
		return forge.ErrNotFound
	}
	b.Commit, b.Tree = got.GetCommit().GetSHA(), got.GetCommit().GetCommit().GetTree().GetSHA()
	return whole(nil, b)
}

// whole returns err, or an error if a field of the branch is missing.
func whole(err error, b *forge.Branch) error {
	if err == nil && (!gittree.IsHash(b.Commit) || !gittree.IsHash(b.Tree)) {
		return errors.New("GitHub named no commit and tree")
	}
	return err
}
