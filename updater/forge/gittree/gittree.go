// Package gittree is the tree of a commit: a list of what is in it, git's names
// for that, and a file system over it whose files are read when they are opened.
//
// It reads nothing itself: a forge or a repository brings the list and the contents.
package gittree

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/freshpin/freshpin/updater/forge"
)

// Git's modes, as forge.Entry has them.
const (
	File       = "100644"
	Executable = "100755"
	Link       = "120000" // a symbolic link
	Folder     = "040000"
	Module     = "160000" // a submodule: a commit of another repository
)

// EmptyBlob is git's name of an empty file.
const EmptyBlob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"

// An Item is a file, link, folder or submodule of a tree. Its JSON is what may be kept of it.
type Item struct {
	Path string `json:"p"` // from the top of the tree, with slashes
	Mode string `json:"m"` // one of the constants, or what old repositories hold: "100664"
	Hash string `json:"h"`
	Size int64  `json:"s,omitempty"` // in bytes, of files
}

// Files returns those that are files or links, by path.
func Files(items []Item) map[string]forge.Entry {
	all := map[string]forge.Entry{}
	for _, i := range items {
		if strings.HasPrefix(i.Mode, "100") || i.Mode == Link {
			all[i.Path] = i.entry()
		}
	}
	return all
}

func (i Item) entry() forge.Entry { return forge.Entry{Hash: i.Hash, Mode: i.Mode, Size: i.Size} }

// Sound reports what no tree of git can hold.
func Sound(items []Item) error {
	for _, i := range items {
		if !IsHash(i.Hash) {
			return fmt.Errorf("%.100q has no hash", i.Path)
		}
		if !fs.ValidPath(i.Path) || i.Path == "." || i.Size < 0 {
			return fmt.Errorf("%.100q is no path", i.Path)
		}
	}
	return nil
}

// IsHash reports whether text is git's name of an object, and so also safe as the name of a file.
func IsHash(text string) bool {
	return len(text) == 2*len(plumbing.Hash{}) && strings.Trim(text, "0123456789abcdef") == ""
}

// BlobHash returns git's name of a file with that content.
func BlobHash(data []byte) string { return plumbing.ComputeHash(plumbing.BlobObject, data).String() }

// Hash returns git's name of a folder with exactly these items in it; "" where
// there can be none. Of their paths the last parts count.
func Hash(items []Item) string {
	t := &object.Tree{}
	for _, i := range items {
		mode, err := filemode.New(i.Mode)
		if err != nil {
			return ""
		}
		t.Entries = append(t.Entries, object.TreeEntry{Name: path.Base(i.Path), Mode: mode, Hash: plumbing.NewHash(i.Hash)})
	}
	// Git sorts folders as if a slash followed their names.
	sort.Sort(object.TreeEntrySorter(t.Entries))
	o := &plumbing.MemoryObject{}
	if t.Encode(o) != nil {
		return ""
	}
	return o.Hash().String()
}

// AddsUp reports whether a list is that of the tree with that name: the name of
// each folder follows from what is in it. Folders that are listed without their
// files are taken as they are.
func AddsUp(root string, items []Item) bool {
	folders := map[string][]Item{}
	for _, i := range items {
		folders[path.Dir(i.Path)] = append(folders[path.Dir(i.Path)], i)
	}
	if Hash(folders["."]) != root {
		return false
	}
	for _, i := range items {
		if in := folders[i.Path]; i.Mode == Folder && len(in) > 0 && Hash(in) != i.Hash {
			return false
		}
	}
	return true
}
