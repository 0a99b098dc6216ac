package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/freshpin/freshpin/updater/forge"
)

// pullsFile holds the pull requests of a repository.
const pullsFile = "pulls.json"

// A document is what pulls.json holds.
type document struct {
	Schema int     `json:"schema"` // 1
	Pulls  []*pull `json:"pulls"`  // in order of their numbers
}

// A pull is a pull request as it is stored.
type pull struct {
	forge.PullRequest
	Reviewers []string `json:",omitempty"`
	Assignees []string `json:",omitempty"`
	Draft     bool     `json:",omitempty"`
	Automerge bool     `json:",omitempty"`
	Why       string   `json:",omitempty"` // it was closed
}

// pulls reads the pull requests, as people have left their branches since.
func (r *repository) pulls() (*document, error) {
	data, err := os.ReadFile(filepath.Join(r.dir, own, pullsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return &document{Schema: 1}, nil
	}
	if err != nil {
		return nil, err
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", pullsFile, err)
	}
	if d.Schema != 1 {
		return nil, fmt.Errorf("%s: schema %d is of another version of Freshpin", pullsFile, d.Schema)
	}
	for _, p := range d.Pulls {
		if err := r.follow(p); err != nil {
			return nil, err
		}
	}
	return &d, nil
}

// follow finds out what became of an open pull request: it is merged when its
// base holds its commit, and closed when its branch is gone otherwise.
func (r *repository) follow(p *pull) error {
	if p.State != forge.Open {
		return nil
	}
	at, err := r.ref(plumbing.NewBranchReferenceName(p.Branch))
	if err != nil {
		return err
	}
	head := at
	if at == plumbing.ZeroHash {
		head = plumbing.NewHash(p.Head)
	} else {
		p.Head = at.String()
	}
	merged, err := r.holds(p.Base, head)
	switch {
	case err != nil:
		return err
	case merged:
		p.State = forge.Merged
	case at == plumbing.ZeroHash:
		p.State = forge.Closed
	default:
		return nil
	}
	p.Closed = r.now().UTC()
	return nil
}

// holds reports whether a branch holds a commit.
func (r *repository) holds(branch string, commit plumbing.Hash) (bool, error) {
	base, err := r.ref(plumbing.NewBranchReferenceName(branch))
	if err != nil || base == plumbing.ZeroHash {
		return false, err
	}
	tip, err := object.GetCommit(r.git, base)
	if err != nil {
		return false, err
	}
	c, err := object.GetCommit(r.git, commit)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return c.IsAncestor(tip)
}

func (r *repository) savePulls(d *document) error {
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return r.save(pullsFile, append(data, '\n'))
}

// change reads the pull requests, has them changed, and stores them.
func (r *repository) change(f func(*document) error) error {
	d, err := r.pulls()
	if err != nil {
		return err
	}
	if err := f(d); err != nil {
		return err
	}
	return r.savePulls(d)
}

// PullRequests returns the open pull requests on our branches, and those of the
// given numbers in any state; all of ours, where nothing is known.
func (f *Forge) PullRequests(_ context.Context, repo string, known []int) ([]forge.PullRequest, error) {
	r, err := f.open(repo)
	if err != nil {
		return nil, err
	}
	unlock, err := r.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	var list []forge.PullRequest
	err = r.change(func(d *document) error {
		for _, p := range d.Pulls {
			if p.State == forge.Open || known == nil || slices.Contains(known, p.Number) {
				list = append(list, p.PullRequest)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("pull requests of %s: %w", repo, err)
	}
	return list, nil
}

// Publish commits the change on its branch, and writes down the pull request.
func (f *Forge) Publish(_ context.Context, repo string, c forge.Change) (forge.PullRequest, error) {
	if !strings.HasPrefix(c.Branch, forge.Prefix) || c.Base == "" {
		return forge.PullRequest{}, fmt.Errorf("%s: %q is no branch for %q", repo, c.Branch, c.Base)
	}
	r, err := f.open(repo)
	if err != nil {
		return forge.PullRequest{}, err
	}
	unlock, err := r.lock()
	if err != nil {
		return forge.PullRequest{}, err
	}
	defer unlock()
	head := plumbing.NewHash(c.Was)
	if !c.Keep {
		if head, err = r.push(c); err != nil {
			return forge.PullRequest{}, fmt.Errorf("branch %s of %s: %w", c.Branch, repo, err)
		}
	}
	var p *pull
	err = r.change(func(d *document) error {
		p = d.pullFor(c, r.name, r.Forge.name)
		p.Head, p.Base, p.Title, p.Body = head.String(), c.Base, c.Title, ""
		if c.Body != nil {
			p.Body = c.Body(p.Head)
		}
		p.Labels = union(p.Labels, c.Labels)
		p.Reviewers = union(p.Reviewers, c.Reviewers)
		p.Assignees = union(p.Assignees, c.Assignees)
		p.Draft, p.Automerge = c.Draft, c.Automerge
		return nil
	})
	if err != nil {
		return forge.PullRequest{}, fmt.Errorf("pull request for %s of %s: %w", c.Branch, repo, err)
	}
	return p.PullRequest, nil
}

// pullFor returns the pull request of a change: that of its number, the open one on its branch, or a new one.
func (d *document) pullFor(c forge.Change, repo, author string) *pull {
	for _, p := range d.Pulls {
		if c.Number != 0 && p.Number == c.Number || c.Number == 0 && p.State == forge.Open && p.Branch == c.Branch {
			return p
		}
	}
	number := 1
	if n := len(d.Pulls); n > 0 {
		number += d.Pulls[n-1].Number
	}
	p := &pull{PullRequest: forge.PullRequest{
		Number: number, URL: fmt.Sprintf("%s#%d", repo, number), Branch: c.Branch, State: forge.Open, Author: author,
	}}
	d.Pulls = append(d.Pulls, p)
	return p
}

// union adds the words that are missing, as labels on a server are added.
func union(have, more []string) []string {
	for _, word := range more {
		if !slices.Contains(have, word) {
			have = append(have, word)
		}
	}
	return have
}

// Close closes a pull request, says why, and deletes its branch if nobody has moved it.
func (f *Forge) Close(_ context.Context, repo string, pr forge.PullRequest, why string) error {
	r, err := f.open(repo)
	if err != nil {
		return err
	}
	unlock, err := r.lock()
	if err != nil {
		return err
	}
	defer unlock()
	err = r.change(func(d *document) error {
		for _, p := range d.Pulls {
			if p.Number == pr.Number {
				r.shut(p, why)
				return nil
			}
		}
		return forge.ErrNotFound
	})
	if err == nil {
		err = r.drop(pr)
	}
	if err != nil {
		return fmt.Errorf("close pull request %d of %s: %w", pr.Number, repo, err)
	}
	return nil
}

// shut marks a pull request as closed by us.
func (r *repository) shut(p *pull, why string) {
	if p.State == forge.Open {
		p.State, p.Closed = forge.Closed, r.now().UTC()
	}
	p.Why = why
	if !strings.Contains(p.Body, forge.ClosedMark) {
		p.Body = strings.TrimRight(p.Body, "\n") + "\n\n" + forge.ClosedMark
	}
}

// drop deletes the branch of a pull request, if it stands where it stood and nobody works on it.
func (r *repository) drop(pr forge.PullRequest) error {
	if !strings.HasPrefix(pr.Branch, forge.Prefix) {
		return nil
	}
	branch := plumbing.NewBranchReferenceName(pr.Branch)
	at, err := r.ref(branch)
	if err != nil || at == plumbing.ZeroHash || at.String() != pr.Head {
		return err
	}
	if on, err := r.checkedOut(branch); err != nil || on != "" {
		return err
	}
	return r.git.RemoveReference(branch)
}
