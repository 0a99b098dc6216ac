package gitbranch

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
)

// head returns the branch that HEAD is on, "" for none, and its commit.
func (r *Repository) head() (string, *object.Commit, error) {
	ref, err := storer.ResolveReference(r.git, plumbing.HEAD)
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return "", nil, refused(r.name, forge.Empty, "%s has no commit yet", r.name)
	}
	if err != nil {
		return "", nil, fmt.Errorf("read HEAD of %s: %w", r.name, err)
	}
	commit, err := object.GetCommit(r.git, ref.Hash())
	if err != nil {
		return "", nil, fmt.Errorf("read HEAD of %s: %w", r.name, err)
	}
	branch := ""
	if ref.Name().IsBranch() {
		branch = ref.Name().Short()
	}
	return branch, commit, nil
}

// Tip returns the commit at the tip of a branch; "" if the branch does not exist.
func (r *Repository) Tip(branch string) (string, error) {
	name, err := branchName(branch)
	if err != nil {
		return "", err
	}
	at, err := r.ref(name)
	if err != nil || at == plumbing.ZeroHash {
		return "", err
	}
	return at.String(), nil
}

// An Author is who commits.
type Author struct{ Name, Email string }

// Commit commits a change on its branch and returns the commit. The branch is
// made where there is none; one that stands on another commit of ours is moved,
// and one that holds a commit of another author is left, with forge.ErrTouched,
// unless the change has Force. The same change again returns the same commit.
func (r *Repository) Commit(c forge.Change, by Author) (string, error) {
	unlock, err := r.lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	head, err := r.push(c, by)
	if err != nil {
		return "", fmt.Errorf("branch %s of %s: %w", c.Branch, r.name, err)
	}
	return head.String(), nil
}

// push brings the branch to a commit with the change.
func (r *Repository) push(c forge.Change, by Author) (plumbing.Hash, error) {
	branch, err := branchName(c.Branch)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	// Before anything is written, so that a refusal leaves no objects behind.
	on, err := r.checkedOut(branch)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if on != "" {
		return plumbing.ZeroHash, fmt.Errorf("it is checked out in %s", on)
	}
	at, err := r.ref(branch)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if at != plumbing.ZeroHash {
		done, err := r.settled(at, c)
		if err != nil || done {
			return at, err
		}
	}
	head, err := r.commit(c, by)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	// A person, or git itself, does not take our lock, and may have moved the branch meanwhile.
	if err := r.set(branch, at, head); errors.Is(err, forge.ErrConflict) {
		return plumbing.ZeroHash, forge.ErrTouched
	} else if err != nil {
		return plumbing.ZeroHash, err
	}
	return head, nil
}

// settled reports whether a commit is the change already. Where it may not be
// replaced the error is ErrTouched.
func (r *Repository) settled(at plumbing.Hash, c forge.Change) (bool, error) {
	commit, err := object.GetCommit(r.git, at)
	if err != nil {
		return false, err
	}
	print, ours := fingerprint(commit)
	switch {
	case ours && print == c.Fingerprint && len(commit.ParentHashes) == 1 && commit.ParentHashes[0].String() == c.Parent:
		return true, nil
	case ours, c.Force, at.String() == c.Was:
		return false, nil
	}
	return false, forge.ErrTouched
}

// fingerprint returns the fingerprint in a commit's message, and whether the
// commit is ours: who amends it keeps message and author, but becomes its
// committer, or leaves another time.
func fingerprint(c *object.Commit) (string, bool) {
	same := c.Author.Email == c.Committer.Email && c.Author.Name == c.Committer.Name && c.Author.When.Equal(c.Committer.When)
	if len(c.ParentHashes) > 1 || !same {
		return "", false
	}
	message := strings.TrimSpace(strings.ReplaceAll(c.Message, "\r\n", "\n"))
	// Trailers stand in the last paragraph (git-interpret-trailers(1)).
	for line := range strings.Lines(message[strings.LastIndex(message, "\n\n")+1:]) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok && key == forge.Trailer {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// commit stores a commit with the change, on its parent.
func (r *Repository) commit(c forge.Change, by Author) (plumbing.Hash, error) {
	parent, err := object.GetCommit(r.git, plumbing.NewHash(c.Parent))
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("commit %s: %w", c.Parent, err)
	}
	tree, err := r.write(parent.TreeHash, changesOf(c))
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if tree == plumbing.ZeroHash {
		// Only the tree of a commit may be empty.
		if tree, err = r.store(&object.Tree{}); err != nil {
			return tree, err
		}
	}
	if tree == parent.TreeHash {
		return plumbing.ZeroHash, errors.New("the change changes nothing")
	}
	message := strings.TrimSpace(c.Message) + "\n"
	if c.Fingerprint != "" {
		message += "\n" + forge.Trailer + ": " + c.Fingerprint + "\n"
	}
	who := object.Signature{Name: by.Name, Email: by.Email, When: time.Now()}
	return r.store(&object.Commit{Author: who, Committer: who, Message: message, TreeHash: tree, ParentHashes: []plumbing.Hash{parent.Hash}})
}

// store stores an object.
func (r *Repository) store(o interface {
	Encode(plumbing.EncodedObject) error
}) (plumbing.Hash, error) {
	encoded := r.git.NewEncodedObject()
	if err := o.Encode(encoded); err != nil {
		return plumbing.ZeroHash, err
	}
	return r.git.SetEncodedObject(encoded)
}

// blob stores the content of a file.
func (r *Repository) blob(data []byte) (plumbing.Hash, error) {
	encoded := r.git.NewEncodedObject()
	encoded.SetType(plumbing.BlobObject)
	w, err := encoded.Writer()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if _, err := w.Write(data); err != nil {
		return plumbing.ZeroHash, err
	}
	if err := w.Close(); err != nil {
		return plumbing.ZeroHash, err
	}
	return r.git.SetEncodedObject(encoded)
}

// A change is one file that changes below a folder.
type change struct {
	rest string // its path below the folder
	file ecosystems.FileChange
	mode filemode.FileMode // where it is new
}

func changesOf(c forge.Change) []change {
	var list []change
	for _, f := range c.Files {
		mode, err := filemode.New(c.Entries[f.Path].Mode)
		if err != nil || !mode.IsFile() {
			mode = filemode.Regular
		}
		list = append(list, change{f.Path, f, mode})
	}
	return list
}

// write stores a tree with changes in it, and returns the zero hash for one
// that is empty then: git knows no empty folders.
func (r *Repository) write(hash plumbing.Hash, changes []change) (plumbing.Hash, error) {
	listing := &object.Tree{}
	if hash != plumbing.ZeroHash {
		var err error
		if listing, err = object.GetTree(r.git, hash); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	below := map[string][]change{}
	for _, c := range changes {
		name, rest, _ := strings.Cut(c.rest, "/")
		// As git itself refuses: a checkout would write outside of the work tree, or into its .git.
		if name == "" || name == "." || name == ".." || strings.EqualFold(name, ".git") {
			return plumbing.ZeroHash, fmt.Errorf("%q is no path of a file", c.file.Path)
		}
		c.rest = rest
		below[name] = append(below[name], c)
	}
	entries := slices.Clone(listing.Entries)
	for name, changes := range below {
		var err error
		if entries, err = r.replace(entries, name, changes); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	if len(entries) == 0 {
		return plumbing.ZeroHash, nil
	}
	sort.Sort(object.TreeEntrySorter(entries)) // below is a map, and git wants one order
	return r.store(&object.Tree{Entries: entries})
}

// replace makes the changes of one name of a folder.
func (r *Repository) replace(entries []object.TreeEntry, name string, changes []change) ([]object.TreeEntry, error) {
	n := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == name })
	old := object.TreeEntry{Name: name}
	if n >= 0 {
		old = entries[n]
		entries = slices.Delete(entries, n, n+1)
	}
	if c := changes[0]; c.rest == "" {
		switch {
		case len(changes) > 1 || old.Mode == filemode.Dir || old.Mode == filemode.Submodule:
			return nil, fmt.Errorf("%s is a file and a folder", c.file.Path)
		case c.file.Delete:
			return entries, nil
		case n < 0:
			old.Mode = c.mode
		}
		hash, err := r.blob(c.file.Data)
		return append(entries, object.TreeEntry{Name: name, Mode: old.Mode, Hash: hash}), err
	}
	if n >= 0 && old.Mode != filemode.Dir {
		return nil, fmt.Errorf("%s: %s is no folder", changes[0].file.Path, name)
	}
	hash, err := r.write(old.Hash, changes)
	if err != nil || hash == plumbing.ZeroHash {
		return entries, err
	}
	return append(entries, object.TreeEntry{Name: name, Mode: filemode.Dir, Hash: hash}), nil
}
