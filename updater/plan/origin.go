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

	// Readers are all ecosystems that read the manifest, including Ecosystem.
	// An edit must not change what the others read.
	Readers []ecosystems.Ecosystem
}

// A Tree is a folder to scan, within its repository.
type Tree struct {
	FS     fs.FS  // the whole repository: configuration and included files may be above the folder
	Dir    string // the folder, in FS; "" for all of it
	Only   string // the one file of Dir to read, with the files that it leads to; "" for all
	As     string // the name of the ecosystem that reads Only; "" for those that match its name
	Prefix string // shown before each path, "services/api/"; "" for a single tree
	Lead   string // the path from the working folder to a single tree, "services/api/"; shown to people, not in JSON
	Rules  Rules

	// Address is the address of the repository for people, without a login:
	// "https://github.com/acme/shop"; "" if it is not known or not needed.
	Address string

	// Base is the base branch of the tree if it is not the default branch; "" for
	// the default branch and outside of forges. IDs of items end with it.
	Base string

	// Unpack writes the whole repository into an empty folder, for tools that
	// need one; nil copies it from FS.
	Unpack func(ctx context.Context, dir string) error
}

// Show returns a path of FS for display: relative to Dir, after Prefix.
func (t Tree) Show(file string) string {
	if t.Dir == "" {
		return t.Prefix + file
	}
	if inside, ok := strings.CutPrefix(file, t.Dir+"/"); ok {
		return t.Prefix + inside
	}
	// An included file may be above the folder.
	up := strings.Repeat("../", 1+strings.Count(t.Dir, "/"))
	return t.Prefix + up + file
}

// Listed returns a displayed path relative to the working folder: after Lead.
func (t Tree) Listed(shown string) string {
	if t.Lead == "" {
		return shown
	}
	return path.Join(t.Lead, shown)
}

// Rules are the settings for the paths and dependencies of one tree.
type Rules interface {
	Filter
	// Reads reports whether the ecosystem may read the file at path.
	Reads(ecosystem, path string) bool
	// For returns the policy for a dependency of a file at the time now.
	For(d ecosystems.Dependency, file string, now time.Time) policy.Policy
	// Err returns the first error in the settings read so far. The scan returns it before any lookup.
	Err() error
}

// A Filter says which paths of a tree are excluded.
type Filter interface {
	// Ignores reports whether a path is excluded. dir says that it is a folder, whose contents are excluded too.
	Ignores(path string, dir bool) bool
}

// Ignored reports whether a file or a folder above it is excluded.
func Ignored(f Filter, file string) bool {
	for n, c := range file {
		// A filter may name a folder only, and then says nothing about the files in it.
		if c == '/' && f.Ignores(file[:n], true) {
			return true
		}
	}
	return f.Ignores(file, false)
}

// Filters excludes the paths that any of its filters excludes.
type Filters []Filter

// Ignores implements Filter.
func (f Filters) Ignores(path string, dir bool) bool {
	for _, one := range f {
		if one.Ignores(path, dir) {
			return true
		}
	}
	return false
}
