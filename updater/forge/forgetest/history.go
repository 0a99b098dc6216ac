package forgetest

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// ancestors returns a commit and all its ancestors.
func (r *repo) ancestors(of plumbing.Hash) (map[plumbing.Hash]bool, error) {
	seen := map[plumbing.Hash]bool{}
	next := []plumbing.Hash{of}
	for len(next) > 0 {
		h := next[len(next)-1]
		next = next[:len(next)-1]
		// The zero hash names no commit, and merges lead to the same commits again.
		if h.IsZero() || seen[h] {
			continue
		}
		seen[h] = true
		c, err := r.commit(h)
		if err != nil {
			return nil, err
		}
		next = append(next, c.ParentHashes...)
	}
	return seen, nil
}

// ahead returns the commits that are in head and not in base, oldest first.
func (r *repo) ahead(base, head plumbing.Hash) ([]*object.Commit, error) {
	known, err := r.ancestors(base)
	if err != nil {
		return nil, err
	}
	var all []*object.Commit
	var walk func(plumbing.Hash) error
	walk = func(h plumbing.Hash) error {
		if known[h] {
			return nil
		}
		known[h] = true
		c, err := r.commit(h)
		if err != nil {
			return err
		}
		for _, p := range c.ParentHashes {
			if err := walk(p); err != nil {
				return err
			}
		}
		all = append(all, c)
		return nil
	}
	return all, walk(head)
}

// mergeBase returns the newest commit that both have, zero if there is none.
func (r *repo) mergeBase(a, b plumbing.Hash) (plumbing.Hash, error) {
	x, err := r.commit(a)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	y, err := r.commit(b)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	bases, err := x.MergeBase(y)
	if err != nil || len(bases) == 0 {
		return plumbing.ZeroHash, err
	}
	// After criss-cross merges there are several; git merges them first, and one is enough here.
	return bases[0].Hash, nil
}

// rooted returns the tree of a commit, zero for the zero commit.
func (r *repo) rooted(commit plumbing.Hash) (plumbing.Hash, error) {
	if commit.IsZero() {
		return plumbing.ZeroHash, nil
	}
	c, err := r.commit(commit)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	return c.TreeHash, nil
}

// A diffFile is one file of a diff.
type diffFile struct {
	path          string
	status        string // "added", "removed", "modified"
	hash          plumbing.Hash
	plus, minus   int
	header, hunks string // as in git diff
}

// diff returns the differences between the trees of two commits, sorted by path.
func (r *repo) diff(from, to plumbing.Hash) ([]diffFile, error) {
	var trees [2]*object.Tree
	for i, c := range []plumbing.Hash{from, to} {
		root, err := r.rooted(c)
		if err != nil {
			return nil, err
		}
		if trees[i], err = r.tree(root); err != nil {
			return nil, err
		}
	}
	changes, err := object.DiffTree(trees[0], trees[1])
	if err != nil {
		return nil, err
	}
	var all []diffFile
	for _, c := range changes {
		f, err := diffOf(c)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b diffFile) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

func diffOf(c *object.Change) (diffFile, error) {
	f := diffFile{path: c.To.Name, status: "modified", hash: c.To.TreeEntry.Hash}
	switch {
	case c.From.Name == "":
		f.status = "added"
	case c.To.Name == "":
		f.path, f.status, f.hash = c.From.Name, "removed", c.From.TreeEntry.Hash
	}
	p, err := c.Patch()
	if err != nil {
		return f, err
	}
	for _, s := range p.Stats() {
		f.plus, f.minus = f.plus+s.Addition, f.minus+s.Deletion
	}
	text := p.String()
	f.header = text
	// A diff of a binary file has no hunks.
	if at := strings.Index(text, "\n@@ "); at >= 0 {
		f.header, f.hunks = text[:at+1], text[at+1:]
	}
	return f, nil
}

// merge merges two commits. It returns the tree and the paths with conflicts.
func (r *repo) merge(base, ours, theirs plumbing.Hash) (tree plumbing.Hash, conflicts []string, err error) {
	var files [3]map[string]change
	var root plumbing.Hash
	// Ours is last, so that root is its tree, to which the changes of theirs are applied.
	for i, c := range []plumbing.Hash{base, theirs, ours} {
		if root, err = r.rooted(c); err != nil {
			return root, nil, err
		}
		if files[i], err = r.files(root); err != nil {
			return root, nil, err
		}
	}
	changes := map[string]change{}
	for _, p := range slices.Sorted(maps.Keys(differ(files[0], files[1]))) {
		was, want, is := files[0][p], files[1][p], files[2][p]
		// Not changed on our side, or changed in the same way: no merge is needed.
		if is == was || is == want {
			changes[p] = want
			continue
		}
		c, ok, err := r.mergeFile(was, is, want)
		if err != nil {
			return root, nil, err
		}
		if !ok {
			conflicts = append(conflicts, p)
		}
		changes[p] = c
	}
	if len(conflicts) > 0 {
		return root, conflicts, nil
	}
	tree, err = r.edit(root, changes)
	return tree, nil, err
}

// differ returns the paths that differ.
func differ(a, b map[string]change) map[string]bool {
	paths := map[string]bool{}
	for p, c := range a {
		if b[p] != c {
			paths[p] = true
		}
	}
	for p, c := range b {
		if a[p] != c {
			paths[p] = true
		}
	}
	return paths
}

// mergeFile merges a file that was changed on both sides.
func (r *repo) mergeFile(was, ours, theirs change) (change, bool, error) {
	mode := ours.mode
	if ours.mode == was.mode {
		mode = theirs.mode
	} else if theirs.mode != was.mode && theirs.mode != ours.mode {
		return change{}, false, nil
	}
	if was.hash.IsZero() || ours.hash.IsZero() || theirs.hash.IsZero() || mode != filemode.Regular && mode != filemode.Executable {
		return change{}, false, nil
	}
	var data [3][]byte
	for i, h := range []plumbing.Hash{was.hash, ours.hash, theirs.hash} {
		var err error
		if data[i], err = r.blob(h); err != nil {
			return change{}, false, err
		}
		if bytes.IndexByte(data[i], 0) >= 0 {
			return change{}, false, nil // git does not merge binary files either
		}
	}
	text, ok := mergeText(string(data[0]), string(data[1]), string(data[2]))
	if !ok {
		return change{}, false, nil
	}
	hash, err := r.putBlob([]byte(text))
	return change{mode: mode, hash: hash}, true, err
}
