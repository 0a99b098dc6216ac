package fetch

import (
	"cmp"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Folder caches files on disk up to a total size, and evicts the least recently used
// ones first. Several processes may use one folder, because files are created by renaming
// and never changed. It never returns errors, since uncached data can be requested
// again. A nil Folder caches nothing.
type Folder struct {
	dir   string
	limit int64
	log   *slog.Logger
	step  func(what string) error // called before each change to the disk; tests make it fail or kill the process; else nil

	mu   sync.Mutex
	size int64 // known size on disk in bytes; negative until it is measured
	off  bool  // the folder is not writable

	evicting bool  // an eviction is running
	since    int64 // bytes written during the eviction
}

// NewFolder returns a folder with a size limit in bytes. It is created when the first
// file is saved. A nil log logs nothing.
func NewFolder(dir string, limit int64, log *slog.Logger) *Folder {
	return &Folder{dir: dir, limit: limit, log: logTo(log), size: -1}
}

// path returns the path of a name. The first two letters of its last part form a
// subfolder, so that no folder has too many entries.
func (f *Folder) path(name string) string {
	dir, base := filepath.Split(filepath.FromSlash(name))
	return filepath.Join(f.dir, dir, base[:2], base[2:])
}

// Load returns a file and the time of its last use or confirmation; nil if it does not
// exist, cannot be read or is larger than the folder may be. The caller has to verify the
// content. The last part of a name must have more than two letters.
func (f *Folder) Load(name string) (data []byte, used time.Time) {
	if f == nil {
		return nil, used
	}
	info, err := os.Lstat(f.path(name))
	if err != nil || !info.Mode().IsRegular() || info.Size() > f.limit { // not written by this program
		return nil, used
	}
	if data, err = os.ReadFile(f.path(name)); err != nil {
		return nil, used
	}
	return data, info.ModTime()
}

// Damaged logs a file with wrong content, which the next Save replaces.
func (f *Folder) Damaged(name string) {
	f.log.Warn("cache entry is damaged", "file", f.path(name))
}

// Save stores a file, and reports whether it succeeded.
func (f *Folder) Save(name string, parts ...[]byte) bool {
	var size int64
	for _, part := range parts {
		size += int64(len(part))
	}
	// A file of that size would evict most of the others.
	if f == nil || size > f.limit/2 || f.unwritable() {
		return false
	}
	if err := f.write(f.path(name), parts...); err != nil {
		f.give(err)
		return false
	}
	f.grow(size)
	return true
}

// touchEvery is the precision of the time of last use, which determines the order of
// eviction.
const touchEvery = 24 * time.Hour

// Used updates the time of last use of a file, given the previous one.
func (f *Folder) Used(name string, before time.Time) {
	if now := time.Now(); f != nil && now.Sub(before) > touchEvery {
		_ = f.Touch(name, now) // affects only the order of eviction
	}
}

// Touch sets the time of last use or confirmation of a file. The error is
// fs.ErrNotExist if the file was evicted.
func (f *Folder) Touch(name string, at time.Time) error {
	return f.do("touch", func() error { return os.Chtimes(f.path(name), at, at) })
}

func (f *Folder) write(path string, parts ...[]byte) (err error) {
	if err := f.do("mkdir", func() error { return os.MkdirAll(filepath.Dir(path), 0o700) }); err != nil {
		return err
	}
	var tmp *os.File
	err = f.do("create", func() (err error) {
		tmp, err = os.CreateTemp(filepath.Dir(path), "tmp-*") // mode 0600
		return err
	})
	if err != nil {
		return err
	}
	for _, part := range parts {
		err = cmp.Or(err, f.do("write", func() error { _, err := tmp.Write(part); return err }))
	}
	err = cmp.Or(err, f.do("close", func() error { return nil }), tmp.Close())
	if err == nil {
		err = f.do("rename", func() error { return os.Rename(tmp.Name(), path) })
	}
	if err != nil {
		_ = f.remove(tmp.Name()) // the first error is more useful
	}
	return err
}

// do makes one change to the disk.
func (f *Folder) do(what string, change func() error) error {
	if f.step != nil {
		if err := f.step(what); err != nil {
			return err
		}
	}
	return change()
}

func (f *Folder) remove(name string) error {
	return f.do("remove", func() error { return os.Remove(name) })
}

// give stops further writes after errors such as a full or read-only disk.
func (f *Folder) give(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.off {
		f.log.Warn("cache is not written", "cause", err)
	}
	f.off = true
}

func (f *Folder) unwritable() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.off
}

// grow counts written bytes, and evicts files if the folder is too large. It walks the
// folder without the lock, so that others can read and write meanwhile.
func (f *Folder) grow(n int64) {
	if !f.full(n) {
		return
	}
	size := f.evict()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.size, f.since, f.evicting = size+f.since, 0, false
}

// full counts written bytes, and reports whether the caller has to evict.
func (f *Folder) full(n int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.evicting {
		f.since += n
		return false
	}
	if f.size >= 0 {
		f.size += n
	}
	f.evicting = f.size < 0 || f.size > f.limit
	return f.evicting
}

// A kept is one cached file, or a leftover file of a dead process.
type kept struct {
	path string
	size int64
	time time.Time
}

// leftBehind is the age from which on a temporary file counts as abandoned.
const leftBehind = time.Hour

// evict removes the oldest files until there is some space, and returns the remaining size.
func (f *Folder) evict() (size int64) {
	files := f.files()
	for _, k := range files {
		size += k.size
	}
	if size <= f.limit {
		return size
	}
	slices.SortFunc(files, func(a, b kept) int { return a.time.Compare(b.time) })
	for _, k := range files {
		// Some space stays free, so that not each of the next files walks the folder again.
		if size <= f.limit/10*9 {
			break
		}
		_ = f.remove(k.path) // perhaps another process was quicker
		size -= k.size
	}
	return size
}

func (f *Folder) files() (list []kept) {
	_ = filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // skip unreadable folders
		}
		info, err := d.Info()
		if err != nil {
			return nil // removed meanwhile
		}
		if strings.HasPrefix(d.Name(), "tmp-") && time.Since(info.ModTime()) > leftBehind {
			_ = f.remove(path) // perhaps another process was quicker
			return nil
		}
		list = append(list, kept{path, info.Size(), info.ModTime()})
		return nil
	})
	return list
}
