// Package gitforge is a forge in a folder of git repositories, for tests: the
// branches are real, and made by the same code as those of update --branch; pull
// requests and the document of forge.Memory live as long as the Forge.
package gitforge

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
	"github.com/freshpin/freshpin/updater/gitbranch"
)

// A Forge is a folder of git repositories. It is safe for concurrent use.
type Forge struct {
	dir string

	mu     sync.Mutex
	pulls  map[string][]*forge.PullRequest // by repository, in order of their numbers
	memory map[string][]byte
}

var (
	_ forge.Forge  = (*Forge)(nil)
	_ forge.Memory = (*Forge)(nil)
)

// New returns the forge of a folder; names of repositories are paths below it.
func New(dir string) *Forge {
	return &Forge{dir: dir, pulls: map[string][]*forge.PullRequest{}, memory: map[string][]byte{}}
}

var author = gitbranch.Author{Name: "Freshpin", Email: "freshpin@localhost"}

func (f *Forge) open(repo string) (*gitbranch.Repository, error) {
	return gitbranch.Open(filepath.Join(f.dir, filepath.FromSlash(repo)))
}

// git runs a git command in a repository, and returns what it prints.
func (f *Forge) git(repo string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = filepath.Join(f.dir, filepath.FromSlash(repo))
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}

// Open implements forge.Forge.
func (f *Forge) Open(_ context.Context, repo string) (*forge.Checkout, error) {
	r, err := f.open(repo)
	if err != nil {
		return nil, err
	}
	c, err := r.Head()
	if err != nil {
		return nil, err
	}
	c.Repo, c.URL = repo, repo
	c.Fetch = func(ctx context.Context, _ []string) error { return ctx.Err() }
	c.Unpack = func(_ context.Context, dir string) error { return unpack(c, dir) }
	return c, nil
}

// unpack writes the tree but for links that lead nowhere.
func unpack(c *forge.Checkout, dir string) error {
	for name, e := range c.Files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if e.Mode == gittree.Link {
			to, err := fs.ReadLink(c.FS, name)
			if _, gone := fs.Stat(c.FS, name); err == nil && gone == nil {
				err = os.Symlink(to, file)
			}
			if err != nil {
				return err
			}
			continue
		}
		data, err := fs.ReadFile(c.FS, name)
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if e.Mode == gittree.Executable {
			mode = 0o755
		}
		if err := os.WriteFile(file, data, mode); err != nil {
			return err
		}
	}
	return nil
}

// PullRequests implements forge.Forge.
func (f *Forge) PullRequests(_ context.Context, repo string, known []int) (list []forge.PullRequest, err error) {
	r, err := f.open(repo)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.pulls[repo] {
		if err := f.follow(r, repo, p); err != nil {
			return nil, fmt.Errorf("pull requests of %s: %w", repo, err)
		}
		if p.State == forge.Open || known == nil || slices.Contains(known, p.Number) {
			list = append(list, *p)
		}
	}
	return list, nil
}

// follow finds out what became of an open pull request: it is merged when its
// base holds its commit, and closed when its branch is gone otherwise.
func (f *Forge) follow(r *gitbranch.Repository, repo string, p *forge.PullRequest) error {
	if p.State != forge.Open {
		return nil
	}
	at, err := r.Tip(p.Branch)
	if err != nil {
		return err
	}
	if at != "" {
		p.Head = at
	}
	state := p.State
	if _, err := f.git(repo, "merge-base", "--is-ancestor", p.Head, p.Base); err == nil {
		state = forge.Merged
	} else if at == "" {
		state = forge.Closed
	}
	if state != p.State {
		p.State, p.Closed = state, time.Now().UTC()
	}
	return nil
}

// Publish implements forge.Forge.
func (f *Forge) Publish(_ context.Context, repo string, c forge.Change) (forge.PullRequest, error) {
	if !strings.HasPrefix(c.Branch, forge.Prefix) || c.Base == "" {
		return forge.PullRequest{}, fmt.Errorf("%s: %q is no branch for %q", repo, c.Branch, c.Base)
	}
	r, err := f.open(repo)
	if err != nil {
		return forge.PullRequest{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	head := c.Was
	if !c.Keep {
		if head, err = r.Commit(c, author); err != nil {
			return forge.PullRequest{}, err
		}
	}
	p := f.pullFor(repo, c)
	p.Head, p.Base, p.Title, p.Body = head, c.Base, c.Title, ""
	if c.Body != nil {
		p.Body = c.Body(head)
	}
	for _, label := range c.Labels {
		if !slices.Contains(p.Labels, label) {
			p.Labels = append(p.Labels, label)
		}
	}
	return *p, nil
}

// pullFor returns the pull request of a change: that of its number, the open one on its branch, or a new one.
func (f *Forge) pullFor(repo string, c forge.Change) *forge.PullRequest {
	for _, p := range f.pulls[repo] {
		if c.Number != 0 && p.Number == c.Number || c.Number == 0 && p.State == forge.Open && p.Branch == c.Branch {
			return p
		}
	}
	number := len(f.pulls[repo]) + 1
	p := &forge.PullRequest{Number: number, URL: fmt.Sprintf("%s#%d", repo, number), Branch: c.Branch, State: forge.Open}
	f.pulls[repo] = append(f.pulls[repo], p)
	return p
}

// Close implements forge.Forge.
func (f *Forge) Close(_ context.Context, repo string, pr forge.PullRequest, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if pr.Number < 1 || pr.Number > len(f.pulls[repo]) {
		return fmt.Errorf("close pull request %d of %s: %w", pr.Number, repo, forge.ErrNotFound)
	}
	p := f.pulls[repo][pr.Number-1]
	if p.State == forge.Open {
		p.State, p.Closed = forge.Closed, time.Now().UTC()
	}
	if !strings.Contains(p.Body, forge.ClosedMark) {
		p.Body = strings.TrimRight(p.Body, "\n") + "\n\n" + forge.ClosedMark
	}
	return f.drop(repo, pr)
}

// drop deletes the branch of a pull request, if it stands where it stood.
func (f *Forge) drop(repo string, pr forge.PullRequest) error {
	r, err := f.open(repo)
	if err != nil {
		return err
	}
	at, err := r.Tip(pr.Branch)
	if err != nil || at == "" || at != pr.Head {
		return err
	}
	_, err = f.git(repo, "update-ref", "-d", "refs/heads/"+pr.Branch, at)
	return err
}

// Recall implements forge.Memory. The version is git's name of the content.
func (f *Forge) Recall(_ context.Context, repo string) ([]byte, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, version := f.recall(repo)
	return slices.Clone(data), version, nil
}

func (f *Forge) recall(repo string) (data []byte, version string) {
	if data = f.memory[repo]; data != nil {
		version = gittree.BlobHash(data)
	}
	return data, version
}

// Remember implements forge.Memory.
func (f *Forge) Remember(_ context.Context, repo string, data []byte, version string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch old, newest := f.recall(repo); {
	case old != nil && newest == gittree.BlobHash(data):
		return nil // a rerun
	case newest != version:
		return forge.ErrConflict
	}
	f.memory[repo] = append([]byte{}, data...)
	return nil
}
