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

// Publish makes the branch and the pull request what the change says. Where the
// branch is there already it looks where that stands, so that a rerun after a
// crash takes up what is there; what must not be done twice is looked for before
// it is sent again. A new pull request takes five writes and no read.
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
	err = p.label(ctx, pull)
	p.request(ctx, pull)
	p.assign(ctx, pull)
	p.autoMerge(ctx, pull)
	out := pullRequest(pull)
	out.Head, out.Labels = head, p.labels(pull)
	return out, err
}

// A publisher is one change on its way.
type publisher struct {
	*Forge
	repo string
	forge.Change
	opened bool // the pull request is new, at least since the last crash
	found  bool // it was there, whoever opened it
}

func (p *publisher) path(format string, args ...any) string {
	return "repos/" + p.repo + "/" + fmt.Sprintf(format, args...)
}

// push brings the branch to a commit with the change. It returns the commit,
// and whether the branch was made by this very call, so that no pull request can be on it.
func (p *publisher) push(ctx context.Context) (head string, fresh bool, err error) {
	at := ""
	if p.Was != "" || p.Number != 0 { // a new branch that is there after all is found when it is made
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

// settled looks at the commit that the branch stands on. It returns it where it
// is the change already, "" where it may be replaced, and ErrTouched where it is
// somebody else's.
func (p *publisher) settled(ctx context.Context, at string) (string, error) {
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

// fingerprint returns the fingerprint in a commit's message, and whether the
// commit is ours. Somebody who amends our commit keeps message and author, but
// becomes its committer, at a later time. An App's commits have GitHub itself as
// their committer.
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

// commit makes the tree and the commit: two requests, and one more for each
// file that is no text. Author and committer are left out, so that GitHub signs
// what an App commits.
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

// newCommit makes a commit on the parents.
func (f *Forge) newCommit(ctx context.Context, repo, message, tree string, parents ...string) (string, error) {
	in := map[string]any{"message": message, "tree": tree, "parents": append([]string{}, parents...)}
	var c api.Commit
	err := f.do(ctx, http.MethodPost, "repos/"+repo+"/git/commits", in, &c)
	if err == nil && !gittree.IsHash(c.GetSHA()) {
		err = errors.New("GitHub named no commit")
	}
	return c.GetSHA(), err
}

// A large tree is sent in parts: GitHub gives up on requests that take ten seconds.
const (
	partFiles = 500
	partBytes = 4 << 20
)

// tree makes the tree of the commit: the parent's, with the files that change.
// What goes, goes first, so that a folder may take the place of a file.
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

// part returns how many of the files are sent at once: at least one.
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

// newTree makes a tree, on top of another one if base is not "".
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

// entry describes one file of the tree. It stays the kind of file that it was.
func (p *publisher) entry(ctx context.Context, file ecosystems.FileChange) (*api.TreeEntry, error) {
	mode := gittree.File
	if old, ok := p.Entries[file.Path]; ok && old.Mode != "" {
		mode = old.Mode
	}
	if file.Delete { // neither hash nor content: the entry goes
		return &api.TreeEntry{Path: &file.Path, Mode: &mode, Type: api.String("blob")}, nil
	}
	return p.newEntry(ctx, p.repo, file.Path, mode, file.Data)
}

// newEntry describes a file with this content. Text stands in the tree's own
// request; what is none goes ahead.
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

// newBlob stores a file that is no text, byte by byte.
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
