package github

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// Publish creates or updates the branch and the pull request of a change. If the branch
// exists, it reads its commit, so that a repeated run after a crash continues with it.
// It checks for an existing object before it repeats a request that is not idempotent. A
// new pull request needs five writes and no reads.
func (f *Forge) Publish(ctx context.Context, repo string, c forge.Change) (forge.PullRequest, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return forge.PullRequest{}, err
	}
	if !branchName(c.Branch) || c.Base == "" {
		return forge.PullRequest{}, fmt.Errorf("%s: %q is no branch of ours for %q", repo, c.Branch, c.Base)
	}
	p := &publisher{Forge: f, repo: repo, Change: c}
	head, fresh := c.Was, false
	if !c.Keep {
		if head, fresh, err = p.push(ctx); err != nil {
			return forge.PullRequest{}, fmt.Errorf("branch %s of %s: %w", c.Branch, repo, err)
		}
	}
	pull, err := p.pull(ctx, head, fresh)
	if err != nil {
		return forge.PullRequest{}, fmt.Errorf("pull request for %s of %s: %w", c.Branch, repo, err)
	}
	// The pull request exists by now, so it is returned even with an error.
	err = p.label(ctx, pull)
	p.request(ctx, pull)
	p.assign(ctx, pull)
	p.autoMerge(ctx, pull)
	out := pullRequest(pull)
	out.Head, out.Labels = head, p.labels(pull)
	return out, err
}

// A publisher publishes one change.
type publisher struct {
	*Forge
	repo string
	forge.Change
	opened bool // the pull request is new, possibly from before a crash
	found  bool // the pull request already existed, by any author
}

func (p *publisher) path(format string, args ...any) string {
	return "repos/" + p.repo + "/" + fmt.Sprintf(format, args...)
}

// push moves the branch to a commit with the change. It returns the commit. fresh
// reports whether this call has created the branch, so that it cannot have a pull
// request yet.
func (p *publisher) push(ctx context.Context) (head string, fresh bool, err error) {
	at := ""
	if p.Was != "" || p.Number != 0 { // if a new branch already exists, creating it finds that out
		if at, err = p.ref(ctx, p.repo, "heads/"+p.Branch); err != nil {
			return "", false, err
		}
	}
	if head, err := p.settled(ctx, at); head != "" || err != nil {
		return head, false, err
	}
	head, err = p.commit(ctx)
	if err != nil {
		return "", false, err
	}
	if at == "" {
		return p.create(ctx, head)
	}
	return head, false, p.move(ctx, at, head)
}

// settled reads the commit of the branch. It returns that commit if it already is the
// change, "" if it may be replaced, and ErrTouched if it belongs to another author.
func (p *publisher) settled(ctx context.Context, at string) (string, error) {
	// The branch is as this program left it.
	if at == "" || at == p.Was {
		return "", nil
	}
	var c api.Commit
	if err := p.do(ctx, http.MethodGet, p.path("git/commits/%s", at), nil, &c); err != nil {
		return "", err
	}
	print, ours := fingerprint(&c)
	switch {
	case ours && print == p.Fingerprint && len(c.Parents) == 1 && c.Parents[0].GetSHA() == p.Parent:
		return at, nil
	case ours, p.Force:
		return "", nil
	}
	return "", forge.ErrTouched
}

// fingerprint returns the fingerprint in a commit's message, and whether the commit is
// ours. A person who amends our commit keeps its message and author but becomes the
// committer, with a later time. The committer of an App's commits is GitHub.
func fingerprint(c *api.Commit) (string, bool) {
	paragraphs := strings.Split(strings.TrimSpace(strings.ReplaceAll(c.GetMessage(), "\r\n", "\n")), "\n\n")
	author, committer := c.GetAuthor(), c.GetCommitter()
	same := author.GetEmail() == committer.GetEmail() && author.GetName() == committer.GetName() && author.GetDate().Equal(committer.GetDate())
	if len(c.Parents) > 1 || !same && committer.GetEmail() != "noreply@github.com" {
		return "", false
	}
	for line := range strings.Lines(paragraphs[len(paragraphs)-1]) {
		if key, value, ok := strings.Cut(line, ":"); ok && key == forge.Trailer {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// commit creates the tree and the commit with two requests, and one more for each
// binary file. It sets no author and committer, so that GitHub signs commits of an App.
//
// See https://docs.github.com/rest/git/commits#create-a-commit
func (p *publisher) commit(ctx context.Context) (string, error) {
	tree, err := p.tree(ctx)
	if err != nil {
		return "", err
	}
	if tree == p.Tree {
		return "", errors.New("the change changes nothing")
	}
	message := strings.TrimSpace(p.Message)
	if p.Fingerprint != "" {
		message += "\n\n" + forge.Trailer + ": " + p.Fingerprint
	}
	return p.newCommit(ctx, p.repo, message, tree, p.Parent)
}

// newCommit creates a commit with the parents.
func (f *Forge) newCommit(ctx context.Context, repo, message, tree string, parents ...string) (string, error) {
	// A first commit has an empty list of parents; JSON of a nil slice would be null.
	in := map[string]any{"message": message, "tree": tree, "parents": append([]string{}, parents...)}
	var c api.Commit
	err := f.do(ctx, http.MethodPost, "repos/"+repo+"/git/commits", in, &c)
	if err == nil && !gittree.IsHash(c.GetSHA()) {
		err = errors.New("GitHub named no commit")
	}
	return c.GetSHA(), err
}

// A large tree is sent in parts, because GitHub cancels requests after ten seconds.
const (
	partFiles = 500
	partBytes = 4 << 20
)

// tree creates the tree of the commit from the parent's tree and the changed files. It
// deletes files first, so that a folder can replace a file.
//
// See https://docs.github.com/rest/git/trees#create-a-tree
func (p *publisher) tree(ctx context.Context) (string, error) {
	files := slices.Clone(p.Files)
	slices.SortStableFunc(files, func(a, b ecosystems.FileChange) int { return order(a.Delete) - order(b.Delete) })
	tree := p.Tree
	for len(files) > 0 {
		n := part(files)
		var err error
		if tree, err = p.treePart(ctx, tree, files[:n]); err != nil {
			return "", err
		}
		files = files[n:]
	}
	return tree, nil
}

func order(deleted bool) int {
	if deleted {
		return 0
	}
	return 1
}

// part returns how many of the files to send in the next request, at least one.
func part(files []ecosystems.FileChange) int {
	size := 0
	for n, f := range files {
		if size += len(f.Data); n > 0 && (n == partFiles || size > partBytes) {
			return n
		}
	}
	return len(files)
}

func (p *publisher) treePart(ctx context.Context, base string, files []ecosystems.FileChange) (string, error) {
	var entries []*api.TreeEntry
	for _, file := range files {
		e, err := p.entry(ctx, file)
		if err != nil {
			return "", fmt.Errorf("%s: %w", file.Path, err)
		}
		entries = append(entries, e)
	}
	return p.newTree(ctx, p.repo, base, entries)
}

// newTree creates a tree, based on another one if base is not "".
func (f *Forge) newTree(ctx context.Context, repo, base string, entries []*api.TreeEntry) (string, error) {
	in := map[string]any{"tree": entries}
	if base != "" {
		in["base_tree"] = base
	}
	var t api.Tree
	err := f.do(ctx, http.MethodPost, "repos/"+repo+"/git/trees", in, &t)
	if err == nil && !gittree.IsHash(t.GetSHA()) {
		err = errors.New("GitHub named no tree")
	}
	return t.GetSHA(), err
}

// entry returns the tree entry of one file, which keeps its mode.
func (p *publisher) entry(ctx context.Context, file ecosystems.FileChange) (*api.TreeEntry, error) {
	mode := gittree.File
	if old, ok := p.Entries[file.Path]; ok && old.Mode != "" {
		mode = old.Mode
	}
	if file.Delete { // an entry without hash and content deletes the file
		return &api.TreeEntry{Path: &file.Path, Mode: &mode, Type: api.String("blob")}, nil
	}
	return p.newEntry(ctx, p.repo, file.Path, mode, file.Data)
}

// newEntry returns the tree entry for a file with this content. Text is part of the
// request for the tree; a binary file is stored first.
func (f *Forge) newEntry(ctx context.Context, repo, path, mode string, data []byte) (*api.TreeEntry, error) {
	e := &api.TreeEntry{Path: &path, Mode: &mode, Type: api.String("blob")}
	if utf8.Valid(data) && !bytes.ContainsRune(data, 0) {
		e.Content = api.String(string(data))
		return e, nil
	}
	hash, err := f.newBlob(ctx, repo, data)
	e.SHA = &hash
	return e, err
}

// newBlob stores a binary file.
//
// See https://docs.github.com/rest/git/blobs#create-a-blob
func (f *Forge) newBlob(ctx context.Context, repo string, data []byte) (string, error) {
	in := &api.Blob{Content: api.String(base64.StdEncoding.EncodeToString(data)), Encoding: api.String("base64")}
	var b api.Blob
	if err := f.do(ctx, http.MethodPost, "repos/"+repo+"/git/blobs", in, &b); err != nil {
		return "", err
	}
	if want := gittree.BlobHash(data); b.GetSHA() != want {
		return "", fmt.Errorf("GitHub stored %s, not %s", b.GetSHA(), want)
	}
	return b.GetSHA(), nil
}
