// Package local keeps pull requests in git repositories of a folder: branches
// are real, and what a server would keep beside them is a small document.
//
// It works on git's objects and refs alone. The work tree, the index and HEAD
// stay as they are; nothing is fetched or pushed, and no git command is run.
package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"github.com/freshpin/freshpin/updater/forge"
)

// Options say where the repositories are and who commits to them.
type Options struct {
	Dir   string           // names of repositories are paths below it; "" for the current folder
	Name  string           // of the author; "" means "Freshpin"
	Email string           // "" means "freshpin@localhost"
	Now   func() time.Time // nil means time.Now
}

// A Forge is a folder of git repositories. It is safe for concurrent use, also
// by several processes.
type Forge struct {
	dir         string
	name, email string
	now         func() time.Time
}

var (
	_ forge.Forge     = (*Forge)(nil)
	_ forge.Memory    = (*Forge)(nil)
	_ forge.CommitLog = (*Forge)(nil)
)

// New returns a forge.
func New(o Options) *Forge {
	f := &Forge{o.Dir, o.Name, o.Email, o.Now}
	if f.name == "" {
		f.name = "Freshpin"
	}
	if f.email == "" {
		f.email = "freshpin@localhost"
	}
	if f.now == nil {
		f.now = time.Now
	}
	return f
}

// A repository is one that is open.
type repository struct {
	*Forge
	name string
	git  *filesystem.Storage
	dir  string // of git: what all work trees of the repository share
}

// open opens the repository of that name.
func (f *Forge) open(name string) (*repository, error) {
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	if filepath.IsAbs(name) {
		path = name
	}
	dir, common, err := gitDirs(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refused(name, forge.NotFound, "%s is no git repository", name)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	files := plainFiles(dir)
	if common != dir {
		files = dotgit.NewRepositoryFilesystem(files, plainFiles(common))
	}
	store := filesystem.NewStorageWithOptions(files, cache.NewObjectLRUDefault(), filesystem.Options{
		AlternatesFS: plainFiles("/"), // objects may lie in another repository: git clone --shared
	})
	if err := readable(store); err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return &repository{f, name, store, common}, nil
}

// readable reports why a repository is of a kind that is not known here, as git
// itself must (gitrepository-layout(5), "extensions").
func readable(store *filesystem.Storage) error {
	c, err := store.Config()
	if err != nil {
		return err
	}
	if c.Core.RepositoryFormatVersion == "1" {
		for _, o := range c.Raw.Section("extensions").Options {
			switch strings.ToLower(o.Key + "=" + o.Value) {
			case "objectformat=sha1", "refstorage=files", "worktreeconfig=true", "worktreeconfig=false", "preciousobjects=true", "preciousobjects=false":
			default:
				if strings.EqualFold(o.Key, "noop") || strings.EqualFold(o.Key, "partialclone") {
					continue // what is not there is found out when it is read
				}
				return fmt.Errorf("the extension %s=%s of git is not supported", o.Key, o.Value)
			}
		}
	}
	return nil
}

func refused(repo, code, format string, args ...any) *forge.Denied {
	return &forge.Denied{Repo: repo, Code: code, Reason: fmt.Sprintf(format, args...)}
}

// Open looks at the commit that HEAD stands on. Where HEAD is on no branch,
// Branch is "".
func (f *Forge) Open(_ context.Context, repo string) (*forge.Checkout, error) {
	r, err := f.open(repo)
	if err != nil {
		return nil, err
	}
	branch, commit, err := r.head()
	if err != nil {
		return nil, err
	}
	tree, err := newTree(r.git, commit.TreeHash)
	if err != nil {
		return nil, fmt.Errorf("read the tree of %s: %w", repo, err)
	}
	return &forge.Checkout{
		Repo: repo, Branch: branch, Commit: commit.Hash.String(), Tree: commit.TreeHash.String(), URL: repo, CanWrite: true,
		FS: tree, Files: tree.files,
		Fetch:  func(ctx context.Context, _ []string) error { return ctx.Err() },
		Unpack: tree.unpack,
	}, nil
}

// ref returns the commit that a ref stands on, the zero hash if there is no such ref.
func (r *repository) ref(name plumbing.ReferenceName) (plumbing.Hash, error) {
	ref, err := storer.ResolveReference(r.git, name)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return plumbing.ZeroHash, nil
	}
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return ref.Hash(), nil
}

// set moves a ref, if it stands where it is said to stand: nowhere, for the zero hash.
func (r *repository) set(name plumbing.ReferenceName, from, to plumbing.Hash) error {
	at, err := r.ref(name)
	if err != nil {
		return err
	}
	if at != from {
		return forge.ErrConflict
	}
	var old *plumbing.Reference
	if from != plumbing.ZeroHash {
		old = plumbing.NewHashReference(name, from)
	}
	err = r.git.CheckAndSetReference(plumbing.NewHashReference(name, to), old)
	if errors.Is(err, storage.ErrReferenceHasChanged) {
		return forge.ErrConflict
	}
	return err
}

// CheckBranch returns an error for what cannot be the name of a branch.
func CheckBranch(name string) error {
	_, err := branchName(name)
	return err
}

// branchName checks the name of a branch that is to be made.
func branchName(name string) (plumbing.ReferenceName, error) {
	ref := plumbing.NewBranchReferenceName(name)
	if name == "" || strings.HasPrefix(name, "-") || name == "HEAD" || ref.Validate() != nil {
		return "", fmt.Errorf("%q is no name for a branch", name)
	}
	return ref, nil
}

var _ fs.ReadLinkFS = (*tree)(nil)
