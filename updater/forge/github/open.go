package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// Open reads the repository, its default branch, and, unless it is cached, the list of
// its files, with two or three requests.
//
// The file system of the checkout uses ctx for its requests, so it works only as long
// as ctx.
func (f *Forge) Open(ctx context.Context, repo string) (*forge.Checkout, error) {
	bound, err := begin(ctx, repo)
	if err != nil {
		return nil, err
	}
	r, err := f.repository(bound, repo)
	if err != nil {
		return nil, err
	}
	branch, err := f.branch(bound, repo, r.GetDefaultBranch())
	if err != nil {
		return nil, err
	}
	c := &forge.Checkout{
		Repo: r.GetFullName(), Branch: r.GetDefaultBranch(), URL: r.GetHTMLURL(),
		Commit: branch.Commit.GetSHA(), Tree: branch.Commit.GetCommit().GetTree().GetSHA(),
		AutoMerge: r.GetAllowAutoMerge(), CanWrite: f.canWrite(bound, r), Issues: r.GetHasIssues(),
	}
	// Both become parts of addresses and names of files in the store.
	if !gittree.IsHash(c.Commit) || !gittree.IsHash(c.Tree) {
		return nil, fmt.Errorf("%s: the branch %s has no commit and tree", repo, c.Branch)
	}
	items, err := f.list(bound, repo, c.Tree)
	if err != nil {
		return nil, err
	}
	f.keepMethod(repo, r)
	f.fill(ctx, c, items)
	return c, nil
}

// fill sets the functions that read the files.
func (f *Forge) fill(ctx context.Context, c *forge.Checkout, items []gittree.Item) {
	b := &blobs{forge: f, repo: c.Repo, commit: c.Commit, kept: map[string][]byte{}}
	c.FS = gittree.New(items, func(e forge.Entry) ([]byte, error) { return b.read(ctx, e) })
	c.Files = gittree.Files(items)
	c.Fetch = func(ctx context.Context, paths []string) error { return b.fetch(ctx, c.Files, paths) }
	c.Unpack = func(ctx context.Context, dir string) error { return f.unpack(ctx, c, b, dir) }
}

// repository requests the repository, and returns an error if it cannot be updated.
//
// See https://docs.github.com/rest/repos/repos#get-a-repository
func (f *Forge) repository(ctx context.Context, repo string) (*api.Repository, error) {
	var r api.Repository
	err := f.do(ctx, http.MethodGet, "repos/"+repo, nil, &r)
	no := func(code, format string, args ...any) error {
		return &forge.Denied{Repo: repo, Code: code, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case errors.Is(err, forge.ErrNotFound):
		return nil, no(forge.NotFound, "%s is not there, or the token may not read it", repo)
	case err != nil:
		return nil, err
	case !name.MatchString(r.GetFullName()):
		return nil, fmt.Errorf("GET /repos/%s: the answer names no repository", repo)
	case r.GetDisabled():
		return nil, no(forge.Disabled, "%s is disabled, so nothing can be proposed", repo)
	case r.GetArchived():
		return nil, no(forge.Archived, "%s is archived, so nothing can be proposed", repo)
	case r.GetFork() && !f.forks:
		return nil, no(forge.Fork, "%s is a fork, so updates are left to the repository it comes from", repo)
	case r.GetDefaultBranch() == "":
		return nil, no(forge.Empty, "%s has no commits yet", repo)
	}
	return &r, nil
}

// branch requests the newest commit of the default branch. A repository without commits names a default branch that does not exist.
func (f *Forge) branch(ctx context.Context, repo, branch string) (*api.Branch, error) {
	b, err := f.newest(ctx, repo, branch)
	if errors.Is(err, forge.ErrNotFound) {
		return nil, &forge.Denied{Repo: repo, Code: forge.Empty, Reason: repo + " has no commits yet"}
	}
	return b, err
}

// newest requests the newest commit of a branch, or returns forge.ErrNotFound.
//
// See https://docs.github.com/rest/branches/branches#get-a-branch
func (f *Forge) newest(ctx context.Context, repo, branch string) (*api.Branch, error) {
	if branch == "" { // would request the list of branches
		return nil, forge.ErrNotFound
	}
	var b api.Branch
	err := f.do(ctx, http.MethodGet, "repos/"+repo+"/branches/"+escape(branch), nil, &b)
	if err == nil && b.Commit == nil {
		err = fmt.Errorf("%s: the branch %s has no commit", repo, branch)
	}
	if err == nil && gittree.IsHash(b.Commit.GetSHA()) && !gittree.IsHash(b.Commit.GetCommit().GetTree().GetSHA()) {
		b.Commit.Commit, err = f.commitOf(ctx, repo, b.Commit.GetSHA())
	}
	return &b, err
}

// commitOf requests a commit, for a branch whose answer has no tree.
//
// See https://docs.github.com/rest/git/commits#get-a-commit-object
func (f *Forge) commitOf(ctx context.Context, repo, sha string) (*api.Commit, error) {
	var c api.Commit
	err := f.do(ctx, http.MethodGet, "repos/"+repo+"/git/commits/"+sha, nil, &c)
	return &c, err
}

// canWrite reports whether we may create branches and pull requests. The answer for a
// repository has the permissions of a person. Those of an App are in the answer with its
// token. GitHub does not report those of a workflow's token, so only the first write can
// tell.
func (f *Forge) canWrite(ctx context.Context, r *api.Repository) bool {
	if f.app != nil {
		p := f.app.permissions(ctx, r.GetOwner().GetLogin())
		return p == nil || p.GetContents() == "write" && p.GetPullRequests() == "write"
	}
	if f.ofWorkflow() {
		return true
	}
	return f.token != "" && r.GetPermissions()["push"]
}

// keepMethod records the allowed merge method, for autoMerge.
func (f *Forge) keepMethod(repo string, r *api.Repository) {
	method := ""
	switch {
	// Logins that may not push get no merge methods in the answer.
	case r.AllowMergeCommit == nil || r.GetAllowMergeCommit():
		method = "MERGE"
	case r.GetAllowSquashMerge():
		method = "SQUASH"
	case r.GetAllowRebaseMerge():
		method = "REBASE"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	// Callers may still use the old name of a renamed repository.
	f.methods[strings.ToLower(repo)] = method
	f.methods[strings.ToLower(r.GetFullName())] = method
}
