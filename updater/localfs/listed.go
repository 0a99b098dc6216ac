package localfs

import (
	"io/fs"
	"path"
	"sync"
)

// mostListed is the most names that a Listed caches; further folders are listed again each time.
const mostListed = 50_000

// Listed returns a tree that caches the listings of folders. Use it only while no
// file changes, for one pass over a tree in which many files look for others in
// their folder and in the folders above.
func Listed(tree fs.FS) fs.FS { return &listed{tree: tree, folders: map[string]folder{}} }

type listed struct {
	tree    fs.FS
	mu      sync.Mutex
	folders map[string]folder
	names   int
}

type folder struct {
	entries []fs.DirEntry
	err     error
}

var (
	_ fs.ReadDirFS  = (*listed)(nil)
	_ fs.ReadFileFS = (*listed)(nil)
	_ fs.StatFS     = (*listed)(nil)
	_ fs.ReadLinkFS = (*listed)(nil)
)

// Open implements fs.FS.
func (l *listed) Open(name string) (fs.File, error) { return l.tree.Open(name) }

// ReadFile implements fs.ReadFileFS.
func (l *listed) ReadFile(name string) ([]byte, error) { return fs.ReadFile(l.tree, name) }

// Stat implements fs.StatFS.
func (l *listed) Stat(name string) (fs.FileInfo, error) { return fs.Stat(l.tree, name) }

// Lstat implements fs.ReadLinkFS.
func (l *listed) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(l.tree, name) }

// ReadLink implements fs.ReadLinkFS.
func (l *listed) ReadLink(name string) (string, error) { return fs.ReadLink(l.tree, name) }

// ReadDir implements fs.ReadDirFS. All calls for a folder return the same slice, which callers must not change.
func (l *listed) ReadDir(name string) ([]fs.DirEntry, error) {
	l.mu.Lock()
	f, known := l.folders[name]
	l.mu.Unlock()
	if known {
		return f.entries, f.err
	}
	// Not under the lock: two callers may list a folder, with the same result.
	entries, err := fs.ReadDir(l.tree, name)
	// Errors are kept too, because no file changes during the pass.
	f = folder{make([]fs.DirEntry, 0, len(entries)), err}
	for _, e := range entries {
		f.entries = append(f.entries, &entry{l, name, e.Name(), e.Type()})
	}
	l.mu.Lock()
	if l.names += len(f.entries); l.names <= mostListed {
		l.folders[name] = f
	}
	l.mu.Unlock()
	return f.entries, f.err
}

// An entry is the cached part of a directory entry, without size and times, which are rarely needed.
type entry struct {
	tree *listed
	dir  string
	name string
	kind fs.FileMode
}

// Name implements fs.DirEntry.
func (e *entry) Name() string { return e.name }

// IsDir implements fs.DirEntry.
func (e *entry) IsDir() bool { return e.kind.IsDir() }

// Type implements fs.DirEntry.
func (e *entry) Type() fs.FileMode { return e.kind }

// Info implements fs.DirEntry. It asks the tree each time.
func (e *entry) Info() (fs.FileInfo, error) { return e.tree.Lstat(path.Join(e.dir, e.name)) }

// String implements fmt.Stringer.
func (e *entry) String() string { return fs.FormatDirEntry(e) }
