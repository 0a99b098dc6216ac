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

// A Folder keeps files on disk up to a total size; those that were not used for
// longest go first. Several processes may use one folder at once: files come
// into being by renaming, and are never changed. It never fails: what cannot be
// kept is asked for again. Nil keeps nothing.
type Folder struct {
	dir   string
	limit int64
	log   logger
	step  func(what string) error // before each change to the disk: tests let it fail, or kill the process; else nil

	mu   sync.Mutex
	size int64 // bytes on disk, as far as known; negative before the first look
	off  bool  // the folder cannot be written

	evicting bool  // by one caller at a time
	since    int64 // bytes written meanwhile
}

// NewFolder returns a folder for so many bytes, which is made when something is
// kept. A nil log is silence.
func NewFolder(dir string, limit int64, log *slog.Logger) *Folder {
	return &Folder{dir: dir, limit: limit, log: logger{log}, size: -1}
}

// path returns where a name lies: the first two letters of its last part are a
// folder of their own, so that no folder grows long.
func (f *Folder) path(name string) string {
	dir, base := filepath.Split(filepath.FromSlash(name))
	return filepath.Join(f.dir, dir, base[:2], base[2:])
}

// Load returns a file and when it was used or confirmed last; nil where there
// is none. Whether its content is whole is for the caller to check. The last
// part of a name has more than two letters.
func (f *Folder) Load(name string) (data []byte, used time.Time) {
	if f == nil {
		return nil, used
	}
	info, err := os.Lstat(f.path(name))
	if err != nil || !info.Mode().IsRegular() || info.Size() > f.limit { // nothing else was written here
		return nil, used
	}
	if data, err = os.ReadFile(f.path(name)); err != nil {
		return nil, used
	}
	if data == nil {
		data = []byte{}
	}
	return data, info.ModTime()
}

// Damaged reports a file whose content is not what was kept; keeping it anew replaces it.
func (f *Folder) Damaged(name string) {
	f.log.warn("cache entry is damaged", "file", f.path(name))
}

// Save keeps a file, and reports whether it did.
func (f *Folder) Save(name string, parts ...[]byte) bool {
	var size int64
	for _, part := range parts {
		size += int64(len(part))
	}
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

// touchEvery is how stale the time of a file that never changes may get: it
// says what was used last, which is what goes last.
const touchEvery = 24 * time.Hour

// Used keeps a file from being evicted as old, given when it was used before.
func (f *Folder) Used(name string, before time.Time) {
	if now := time.Now(); f != nil && now.Sub(before) > touchEvery {
		_ = f.Touch(name, now) // only the order of eviction is at stake
	}
}

// Touch notes when a file was used or confirmed. The error is fs.ErrNotExist
// where it was evicted.
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
		_ = f.remove(tmp.Name()) // the first error is the one to tell
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

// give stops writing where it is of no use, such as on a full or read-only disk.
func (f *Folder) give(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.off {
		f.log.warn("cache is not written", "cause", err)
	}
	f.off = true
}

func (f *Folder) unwritable() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.off
}

// grow counts what was written, and evicts when it is too much. The folder is
// walked without the lock: others read and write meanwhile.
func (f *Folder) grow(n int64) {
	if !f.full(n) {
		return
	}
	size := f.evict()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.size, f.since, f.evicting = size+f.since, 0, false
}

// full counts what was written, and reports whether the caller has to evict.
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

// A kept is one file on disk, or what a process that died left behind.
type kept struct {
	path string
	size int64
	time time.Time
}

// leftBehind is the age at which a temporary file has no owner any more.
const leftBehind = time.Hour

// evict removes the oldest files until there is some room again, and returns how much stays.
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
			return nil // what cannot be read is left alone
		}
		info, err := d.Info()
		if err != nil {
			return nil // gone meanwhile
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
