package forgetest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/go-git/go-billy/v5/osfs"
	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// A repo is one repository. The server's lock guards all fields.
type repo struct {
	Options
	s    *Server
	name string // "acme/shop"
	dir  string
	git  storage.Storer
	id   int64

	made, pushed time.Time
	items        []*item // issues and pull requests; number n is at n-1
	comments     []*comment
	labels       map[string]*label // by name in lower case
	checks       []*check
	reactions    []reaction
	releases     []Release         // newest first
	grants       map[string]string // permissions, by login in lower case
}

// initRepo creates a bare repository.
func initRepo(dir, branch string) (storage.Storer, error) {
	s, err := openRepo(dir)
	if err != nil {
		return nil, err
	}
	_, err = git.InitWithOptions(s, nil, git.InitOptions{DefaultBranch: plumbing.NewBranchReferenceName(branch)})
	return s, err
}

// openRepo opens a folder as a bare repository, which need not be initialised yet.
func openRepo(dir string) (storage.Storer, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder", dir)
	}
	return filesystem.NewStorage(osfs.New(dir), cache.NewObjectLRUDefault()), nil
}

// A change is the new entry of a path in a tree. A zero hash deletes the path.
type change struct {
	mode filemode.FileMode
	hash plumbing.Hash
}

func (r *repo) encode(o interface {
	Encode(plumbing.EncodedObject) error
}) (plumbing.Hash, error) {
	e := r.git.NewEncodedObject()
	if err := o.Encode(e); err != nil {
		return plumbing.ZeroHash, err
	}
	return r.git.SetEncodedObject(e)
}

func (r *repo) putBlob(data []byte) (plumbing.Hash, error) {
	e := r.git.NewEncodedObject()
	e.SetType(plumbing.BlobObject)
	w, err := e.Writer()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if _, err := w.Write(data); err != nil {
		return plumbing.ZeroHash, err
	}
	if err := w.Close(); err != nil {
		return plumbing.ZeroHash, err
	}
	return r.git.SetEncodedObject(e)
}

func (r *repo) blob(hash plumbing.Hash) ([]byte, error) {
	b, err := object.GetBlob(r.git, hash)
	if err != nil {
		return nil, err
	}
	in, err := b.Reader()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}

func (r *repo) commit(hash plumbing.Hash) (*object.Commit, error) {
	return object.GetCommit(r.git, hash)
}

func (r *repo) tree(hash plumbing.Hash) (*object.Tree, error) {
	// A new repository has no tree yet, and edits begin with an empty one.
	if hash.IsZero() {
		return &object.Tree{}, nil
	}
	return object.GetTree(r.git, hash)
}

// has reports whether an object of that type exists.
func (r *repo) has(t plumbing.ObjectType, hash plumbing.Hash) bool {
	_, err := r.git.EncodedObject(t, hash)
	return err == nil
}

// edit applies changes to the tree base, stores the new tree and returns its hash.
func (r *repo) edit(base plumbing.Hash, changes map[string]change) (plumbing.Hash, error) {
	old, err := r.tree(base)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	entries := map[string]object.TreeEntry{}
	for _, e := range old.Entries {
		entries[e.Name] = e
	}
	below := map[string]map[string]change{}
	for p, c := range changes {
		top, rest, deep := strings.Cut(p, "/")
		switch {
		case deep && below[top] == nil:
			below[top] = map[string]change{rest: c}
		case deep:
			below[top][rest] = c
		case c.hash.IsZero():
			delete(entries, top)
		default:
			entries[top] = object.TreeEntry{Name: top, Mode: c.mode, Hash: c.hash}
		}
	}
	// After this level: one edit may delete the file a and add a/b.
	for name, c := range below {
		if err := r.editFolder(entries, name, c); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	return r.putTree(entries)
}

// editFolder applies changes below one entry, and removes the folder if it becomes empty.
func (r *repo) editFolder(entries map[string]object.TreeEntry, name string, changes map[string]change) error {
	base := plumbing.ZeroHash
	if e, ok := entries[name]; ok && e.Mode == filemode.Dir {
		base = e.Hash
	}
	hash, err := r.edit(base, changes)
	if err != nil {
		return err
	}
	if t, err := r.tree(hash); err != nil || len(t.Entries) == 0 {
		if base != plumbing.ZeroHash { // else the name is none, or a file
			delete(entries, name)
		}
		return err
	}
	entries[name] = object.TreeEntry{Name: name, Mode: filemode.Dir, Hash: hash}
	return nil
}

func (r *repo) putTree(entries map[string]object.TreeEntry) (plumbing.Hash, error) {
	t := &object.Tree{}
	for _, e := range entries {
		t.Entries = append(t.Entries, e)
	}
	// git sorts folders as if their names ended in a slash; another order gives another hash.
	sort.Sort(object.TreeEntrySorter(t.Entries))
	return r.encode(t)
}

// An entry is a file, folder or submodule in a listing.
type entry struct {
	path string
	mode filemode.FileMode
	hash plumbing.Hash
}

// list returns at most limit entries of a tree, recursively if deep is true. more
// reports whether there are further ones.
func (r *repo) list(tree plumbing.Hash, deep bool, limit int) (all []entry, more bool, err error) {
	var walk func(dir string, tree plumbing.Hash) error
	walk = func(dir string, tree plumbing.Hash) error {
		t, err := r.tree(tree)
		if err != nil {
			return err
		}
		for _, e := range t.Entries {
			if len(all) >= limit {
				more = true
				return nil
			}
			p := path.Join(dir, e.Name)
			all = append(all, entry{path: p, mode: e.Mode, hash: e.Hash})
			if deep && e.Mode == filemode.Dir {
				if err := walk(p, e.Hash); err != nil || more {
					return err
				}
			}
		}
		return nil
	}
	err = walk("", tree)
	return all, more, err
}

// files returns all entries of a tree except folders, by path.
func (r *repo) files(tree plumbing.Hash) (map[string]change, error) {
	all, _, err := r.list(tree, true, 1<<30)
	files := map[string]change{}
	for _, e := range all {
		if e.mode != filemode.Dir {
			files[e.path] = change{mode: e.mode, hash: e.hash}
		}
	}
	return files, err
}

// head returns the commit of a branch, zero if the branch does not exist.
func (r *repo) head(branch string) plumbing.Hash {
	return r.ref("refs/heads/" + branch)
}

// ref returns the object of a ref, zero if the ref does not exist.
func (r *repo) ref(name string) plumbing.Hash {
	ref, err := storer.ResolveReference(r.git, plumbing.ReferenceName(name))
	if err != nil {
		return plumbing.ZeroHash
	}
	return ref.Hash()
}

// refs returns all refs with a prefix, sorted.
func (r *repo) refs(prefix string) ([]*plumbing.Reference, error) {
	iter, err := r.git.IterReferences()
	if err != nil {
		return nil, err
	}
	var all []*plumbing.Reference
	err = iter.ForEach(func(ref *plumbing.Reference) error {
		// HEAD is symbolic, and the API does not list it.
		if ref.Type() == plumbing.HashReference && strings.HasPrefix(ref.Name().String(), prefix) {
			all = append(all, ref)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b *plumbing.Reference) int { return cmp.Compare(a.Name(), b.Name()) })
	return all, err
}

// empty reports whether the repository has no commits.
func (r *repo) empty() bool {
	all, err := r.refs("refs/heads/")
	return err == nil && len(all) == 0
}

// setRef creates or moves a ref, and updates the pull requests.
func (r *repo) setRef(name string, to plumbing.Hash, who string) error {
	was := r.ref(name)
	if err := r.git.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), to)); err != nil {
		return err
	}
	// A ref that does not move starts no checks and merges no pull requests.
	if branch, ok := strings.CutPrefix(name, "refs/heads/"); ok && was != to {
		r.pushed = r.s.now()
		return r.follow(branch, to, who)
	}
	return nil
}

// dropRef deletes a ref, and closes the pull requests of a deleted branch.
func (r *repo) dropRef(name, who string) error {
	if r.ref(name).IsZero() {
		return fmt.Errorf("there is no ref %s", name)
	}
	if err := r.git.RemoveReference(plumbing.ReferenceName(name)); err != nil {
		return err
	}
	branch, ok := strings.CutPrefix(name, "refs/heads/")
	for _, i := range r.items {
		if ok && i.pull != nil && i.state == "open" && (i.pull.branch == branch || i.pull.base == branch) {
			r.setState(i, "closed", who)
		}
	}
	return nil
}

// commitFiles commits on a branch. It creates a missing branch from the default branch.
func (r *repo) commitFiles(branch string, files map[string]File, author, message string) (plumbing.Hash, error) {
	parent := r.head(branch)
	if parent.IsZero() {
		parent = r.head(r.Branch)
	}
	base, parents := plumbing.ZeroHash, []plumbing.Hash(nil)
	if !parent.IsZero() {
		c, err := r.commit(parent)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		base, parents = c.TreeHash, []plumbing.Hash{parent}
	}
	changes := map[string]change{}
	for p, f := range files {
		c, err := r.change(p, f)
		if err != nil {
			return plumbing.ZeroHash, fmt.Errorf("%s: %w", p, err)
		}
		changes[p] = c
	}
	tree, err := r.edit(base, changes)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	who := person(author, r.s.now())
	hash, err := r.encode(&object.Commit{Author: who, Committer: who, Message: message + "\n", TreeHash: tree, ParentHashes: parents})
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return hash, r.setRef("refs/heads/"+branch, hash, author)
}

func (r *repo) change(p string, f File) (change, error) {
	if !validPath(p) {
		return change{}, errors.New("this is no path")
	}
	if f.Data == nil {
		return change{}, nil
	}
	mode := filemode.Regular
	if f.Mode != "" {
		var err error
		if mode, err = filemode.New(f.Mode); err != nil {
			return change{}, err
		}
	}
	hash, err := r.putBlob(f.Data)
	return change{mode: mode, hash: hash}, err
}

// validPath reports whether git accepts the path.
func validPath(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		// git refuses .git in any letter case, because some file systems ignore it.
		if part == "" || part == "." || part == ".." || strings.EqualFold(part, ".git") || strings.ContainsRune(part, 0) {
			return false
		}
	}
	return true
}

// person returns the signature for "Ada <ada@example.com>" or for a login.
func person(who string, at time.Time) object.Signature {
	name, mail, ok := strings.Cut(who, "<")
	if ok {
		return object.Signature{Name: strings.TrimSpace(name), Email: strings.TrimSuffix(strings.TrimSpace(mail), ">"), When: at}
	}
	return object.Signature{Name: who, Email: who + "@users.noreply.github.com", When: at}
}
