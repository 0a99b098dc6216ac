package plan

import (
	"context"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/policy"
)

// An Origin is where an item was found.
type Origin struct {
	Tree      Tree
	Manifest  string               // the file that was read; Item.File may be another one, such as a .env
	Ecosystem ecosystems.Ecosystem // nil for a file that could not be read

	// Readers are all ecosystems that read the manifest, this one too: an edit may change nothing for the others.
	Readers []ecosystems.Ecosystem
}

// A Tree is a folder to look at, in the repository that it belongs to.
type Tree struct {
	FS     fs.FS  // the whole repository: configuration and included files may stand above the folder
	Dir    string // the folder, in FS; "" for all of it
	Only   string // the one file of Dir that is read, with those that it leads to; "" for all
	As     string // the name of the ecosystem that reads Only; "" for those whose names of files it fits
	Prefix string // shown before each path, "services/api/"; "" for a single tree
	Lead   string // what leads people to a single tree, as Prefix does for several: "services/api/"; programs do not get it
	Rules  Rules

	// Address is that of the repository for people, without login:
	// "https://github.com/acme/shop"; "" where it is not known or not needed.
	Address string

	// Base is the base branch that the tree is of, where the settings name others
	// than the default one; "" for that, and outside of forges. IDs of items end with it.
	Base string

	// Unpack writes the whole repository into an empty folder, for tools that
	// need one; nil copies it from FS.
	Unpack func(ctx context.Context, dir string) error
}

// Show returns a path of FS as it is shown: relative to Dir, behind Prefix.
func (t Tree) Show(file string) string {
	if t.Dir == "" {
		return t.Prefix + file
	}
	if inside, ok := strings.CutPrefix(file, t.Dir+"/"); ok {
		return t.Prefix + inside
	}
	up := strings.Repeat("../", 1+strings.Count(t.Dir, "/"))
	return t.Prefix + up + file
}

// Listed returns a path as people read it where they called the program: a shown one behind Lead.
func (t Tree) Listed(shown string) string {
	if t.Lead == "" {
		return shown
	}
	return path.Join(t.Lead, shown)
}

// Rules say what applies to a path and to a dependency of one tree.
type Rules interface {
	Filter
	// Reads reports whether files of an ecosystem are looked at where a path stands.
	Reads(ecosystem, path string) bool
	// For returns what applies to a dependency of a file at the time now.
	For(d ecosystems.Dependency, file string, now time.Time) policy.Policy
	// Err returns what is wrong with the settings read so far. The scan stops with it before anybody is asked.
	Err() error
}

// A Filter tells which paths of a tree are left out.
type Filter interface {
	// Ignores reports whether a path is left out; dir tells a folder, whose contents are left out with it.
	Ignores(path string, dir bool) bool
}

// Ignored reports whether a file, or a folder above it, is left out.
func Ignored(f Filter, file string) bool {
	for n, c := range file {
		if c == '/' && f.Ignores(file[:n], true) {
			return true
		}
	}
	return f.Ignores(file, false)
}

// Filters ignores what any of them ignores.
type Filters []Filter

// Ignores asks each filter.
func (f Filters) Ignores(path string, dir bool) bool {
	for _, one := range f {
		if one.Ignores(path, dir) {
			return true
		}
	}
	return false
}
