// Package gitbranch commits files on a branch of a git repository on this machine.
//
// It works on git's objects and refs alone. The work tree, the index and HEAD
// stay as they are; nothing is fetched or pushed, and no git command is run.
package gitbranch

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// A Repository is one that is open. It is safe for concurrent use, also by
// several processes.
type Repository struct {
	name string // the folder, as it was named
	git  *filesystem.Storage
	dir  string // of git: what all work trees of the repository share
}

// Open opens the repository of a work tree, or a bare one. Where there is none
// the error is a *forge.Denied.
func Open(path string) (*Repository, error) {
	dir, common, err := gitDirs(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refused(path, forge.NotFound, "%s is no git repository", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	files := plainFiles(dir)
	if common != dir {
		files = dotgit.NewRepositoryFilesystem(files, plainFiles(common))
	}
	store := filesystem.NewStorageWithOptions(files, cache.NewObjectLRUDefault(), filesystem.Options{
		AlternatesFS: plainFiles("/"), // objects may lie in another repository: git clone --shared
	})
	if err := readable(store); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &Repository{path, store, common}, nil
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

// Head looks at the commit that HEAD stands on. Where HEAD is on no branch,
// Branch is "". Fetch and Unpack are nil.
func (r *Repository) Head() (*forge.Checkout, error) {
	branch, commit, err := r.head()
	if err != nil {
		return nil, err
	}
	items, err := r.list(commit.TreeHash)
	if err != nil {
		return nil, fmt.Errorf("read the tree of %s: %w", r.name, err)
	}
	return &forge.Checkout{
		Repo: r.name, Branch: branch, Commit: commit.Hash.String(), Tree: commit.TreeHash.String(), URL: r.name, CanWrite: true,
		FS: gittree.New(items, r.read), Files: gittree.Files(items),
	}, nil
}

// ref returns the commit that a ref stands on, the zero hash if there is no such ref.
func (r *Repository) ref(name plumbing.ReferenceName) (plumbing.Hash, error) {
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
func (r *Repository) set(name plumbing.ReferenceName, from, to plumbing.Hash) error {
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
