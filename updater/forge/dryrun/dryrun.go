// Package dryrun is a forge that reads from another forge and never writes to it. It
// records writes in memory instead, so that a pass over a repository results in a
// list of the changes it would make.
package dryrun

import (
	"context"
	"io/fs"
	"strings"
	"sync"

	"github.com/freshpin/freshpin/updater/forge"
)

// A Forge reads from another forge and records writes. It is safe for concurrent use.
type Forge struct {
	forge.Forge
	can   forge.Abilities // of the forge that is read
	mu    sync.Mutex
	repos map[string]*repository // by name in lower case
}

var _ forge.Wrapper = (*Forge)(nil)

// A repository holds what was read from a repository and would be written to it.
type repository struct {
	files    map[string]fs.FS // by base branch
	readOnly bool
	pulls    map[int]forge.PullRequest
	changes  map[string]forge.Change // by branch
	memory   []byte                  // nil if nothing would be remembered
}

// New returns a forge that reads from hub.
func New(hub forge.Forge) *Forge {
	return &Forge{Forge: hub, can: forge.AbilitiesOf(hub), repos: map[string]*repository{}}
}

// Abilities implements forge.Wrapper: those of the hub, without their writes. The
// memory is that of the dry run.
func (f *Forge) Abilities() forge.Abilities {
	can := f.can
	can.Memory = f
	if can.Commenter != nil {
		can.Commenter = commenter{can.Commenter}
	}
	if can.IssueTracker != nil {
		can.IssueTracker = tracker{can.IssueTracker}
	}
	if can.Brancher != nil {
		can.Brancher = brancher{can.Brancher, f}
	}
	if can.Reopener != nil {
		can.Reopener = reopener{can.Reopener, f}
	}
	return can
}

// A commenter reads comments and writes none.
type commenter struct{ forge.Commenter }

// Say does nothing.
func (commenter) Say(context.Context, string, int, string, string) error { return nil }

// A tracker reads issues and writes none.
type tracker struct{ forge.IssueTracker }

// Put returns the issue as it would be.
func (tracker) Put(_ context.Context, _ string, i forge.Issue, _ string) (forge.Issue, error) {
	return i, nil
}

// A reopener opens known repositories as Forge.Open does.
type reopener struct {
	forge.Reopener
	f *Forge
}

// Revisit opens a known repository.
func (r reopener) Revisit(ctx context.Context, was forge.Checkout) (*forge.Checkout, error) {
	return r.f.opened(r.Reopener.Revisit(ctx, was))
}

// A brancher opens branches and records their files.
type brancher struct {
	forge.Brancher
	f *Forge
}

// OpenBranch opens a branch.
func (b brancher) OpenBranch(ctx context.Context, of *forge.Checkout, at forge.Branch) (*forge.Checkout, error) {
	c, err := b.Brancher.OpenBranch(ctx, of, at)
	if err != nil {
		return nil, err
	}
	b.f.mu.Lock()
	defer b.f.mu.Unlock()
	b.f.repo(c.Repo).files[c.Branch] = c.FS
	return c, nil
}

// repo returns the state of a repository. The caller holds the lock.
func (f *Forge) repo(name string) *repository {
	// Callers may write a name in another letter case than the forge.
	key := strings.ToLower(name)
	if f.repos[key] == nil {
		f.repos[key] = &repository{files: map[string]fs.FS{}, pulls: map[int]forge.PullRequest{}, changes: map[string]forge.Change{}}
	}
	return f.repos[key]
}

// Open opens the repository and reports it as writable, so that a login with only
// read permission can also see the changes.
func (f *Forge) Open(ctx context.Context, repo string) (*forge.Checkout, error) {
	return f.opened(f.Forge.Open(ctx, repo))
}

func (f *Forge) opened(c *forge.Checkout, err error) (*forge.Checkout, error) {
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.repo(c.Repo)
	r.files[c.Branch], r.readOnly = c.FS, !c.CanWrite
	c.CanWrite = true
	return c, nil
}

// PullRequests returns those of the hub.
func (f *Forge) PullRequests(ctx context.Context, repo string, known []int) ([]forge.PullRequest, error) {
	list, err := f.Forge.PullRequests(ctx, repo, known)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range list {
		// Publish compares their heads with the change.
		f.repo(repo).pulls[p.Number] = p
	}
	return list, err
}

// Publish records the change and returns the pull request as it would be, without a
// number if it is new. It returns forge.ErrTouched if the branch has a commit that is
// not ours.
func (f *Forge) Publish(_ context.Context, repo string, c forge.Change) (forge.PullRequest, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.repo(repo)
	p := r.pulls[c.Number]
	if c.Number != 0 && !c.Force && !c.Keep && p.Head != c.Was {
		return p, forge.ErrTouched
	}
	p.Number, p.Branch, p.Base, p.State, p.Title = c.Number, c.Branch, c.Base, forge.Open, c.Title
	p.Body = c.Body(p.Head)
	// Keep changes no file, so there is no proposal to show.
	if !c.Keep {
		r.changes[c.Branch] = c
	}
	return p, nil
}

// Close does nothing.
func (f *Forge) Close(context.Context, string, forge.PullRequest, string) error { return nil }

// Recall returns the document that would have been remembered, else that of the hub.
func (f *Forge) Recall(ctx context.Context, repo string) ([]byte, string, error) {
	f.mu.Lock()
	// The lock is released before the request to the hub, for which other repositories must not wait.
	kept := f.repo(repo).memory
	f.mu.Unlock()
	if kept != nil {
		// Remember ignores the version, so any text serves.
		return kept, "dry-run", nil
	}
	if f.can.Memory == nil {
		return nil, "", nil
	}
	return f.can.Memory.Recall(ctx, repo)
}

// Remember keeps the document in memory.
func (f *Forge) Remember(_ context.Context, repo string, data []byte, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.repo(repo).memory = data
	return nil
}

// A Proposal is the change that would be published on a branch.
type Proposal struct {
	forge.Change
	Over fs.FS // the tree that the change applies to
}

// Proposal returns the change that would be published on a branch; false for none.
func (f *Forge) Proposal(repo, branch string) (Proposal, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.repo(repo)
	c, ok := r.changes[branch]
	return Proposal{c, r.files[c.Base]}, ok
}

// ReadOnly reports whether the login may not write to the repository.
func (f *Forge) ReadOnly(repo string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.repo(repo).readOnly
}
