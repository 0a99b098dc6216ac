package fetch

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A store keeps answers on disk, one file each. Several processes may use one
// directory at once: files come into being by renaming, are never changed, and
// what does not match its checksum does not exist. It never fails: what cannot
// be kept is asked for again.
type store struct {
	dir   string
	limit int64
	log   logger
	step  func(what string) error // before each change to the disk: tests let it fail, or kill the process; else nil

	mu    sync.Mutex
	fresh map[string]bool // keys heard by this process
	size  int64           // bytes on disk, as far as known; negative before the first look
	off   bool            // the directory cannot be written

	evicting bool  // by one caller at a time
	since    int64 // bytes written meanwhile
}

func newStore(dir string, limit int64, log logger) *store {
	return &store{dir: dir, limit: limit, log: log, fresh: map[string]bool{}, size: -1}
}

// path spreads the files over 256 folders.
func (s *store) path(key string) string {
	return filepath.Join(s.dir, "http", key[:2], key[2:])
}

// touchEvery is how stale the time of an entry that never changes may get: it
// says what was used last, which is what goes last.
const touchEvery = 24 * time.Hour

// load returns the entry for a key, nil where there is none.
func (s *store) load(key string) *entry {
	if s == nil {
		return nil
	}
	info, err := os.Lstat(s.path(key))
	if err != nil {
		return nil
	}
	var data []byte
	if info.Mode().IsRegular() && info.Size() <= s.limit { // we have written nothing else
		data, err = os.ReadFile(s.path(key))
	}
	e := decode(key, data)
	if err != nil || e == nil {
		s.log.warn("cache entry is damaged", "file", s.path(key))
		return nil
	}
	e.heard = info.ModTime()
	return e
}

// save keeps an entry.
func (s *store) save(key string, e *entry) {
	if s == nil {
		return
	}
	head, err := e.head(key)
	size := int64(len(head) + len(e.body))
	if err != nil || size > s.limit/2 || s.unwritable() {
		return
	}
	if err := s.write(s.path(key), head, e.body); err != nil {
		s.give(err)
		return
	}
	s.mark(key)
	s.grow(size)
}

func (s *store) write(path string, parts ...[]byte) (err error) {
	if err := s.do("mkdir", func() error { return os.MkdirAll(filepath.Dir(path), 0o700) }); err != nil {
		return err
	}
	var tmp *os.File
	err = s.do("create", func() (err error) {
		tmp, err = os.CreateTemp(filepath.Dir(path), "tmp-*") // mode 0600
		return err
	})
	if err != nil {
		return err
	}
	for _, part := range parts {
		err = cmp.Or(err, s.do("write", func() error { _, err := tmp.Write(part); return err }))
	}
	err = cmp.Or(err, s.do("close", func() error { return nil }), tmp.Close())
	if err == nil {
		err = s.do("rename", func() error { return os.Rename(tmp.Name(), path) })
	}
	if err != nil {
		_ = s.remove(tmp.Name()) // the first error is the one to tell
	}
	return err
}

// do makes one change to the disk.
func (s *store) do(what string, change func() error) error {
	if s.step != nil {
		if err := s.step(what); err != nil {
			return err
		}
	}
	return change()
}

func (s *store) remove(name string) error {
	return s.do("remove", func() error { return os.Remove(name) })
}

// give stops writing where it is of no use, such as on a full or read-only disk.
func (s *store) give(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.off {
		s.log.warn("cache is not written", "cause", err)
	}
	s.off = true
}

func (s *store) unwritable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.off
}

// confirm notes that an entry was heard to be true still.
func (s *store) confirm(key string, e *entry) {
	if s == nil {
		return
	}
	now := time.Now()
	s.mark(key)
	if err := s.touch(key, now); errors.Is(err, fs.ErrNotExist) {
		s.save(key, e) // evicted meanwhile
	}
}

// used keeps an entry that is never confirmed from being evicted as old.
func (s *store) used(key string, e *entry) {
	if s == nil {
		return
	}
	if now := time.Now(); now.Sub(e.heard) > touchEvery {
		_ = s.touch(key, now) // only the order of eviction is at stake
	}
}

func (s *store) touch(key string, now time.Time) error {
	return s.do("touch", func() error { return os.Chtimes(s.path(key), now, now) })
}

func (s *store) mark(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh[key] = true
}

// heard reports whether this process itself heard the answer.
func (s *store) heard(key string) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fresh[key]
}

// grow counts what was written, and evicts when it is too much. The folder is
// walked without the lock: others read and write meanwhile.
func (s *store) grow(n int64) {
	if !s.full(n) {
		return
	}
	size := s.evict()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.size, s.since, s.evicting = size+s.since, 0, false
}

// full counts what was written, and reports whether the caller has to evict.
func (s *store) full(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.evicting {
		s.since += n
		return false
	}
	if s.size >= 0 {
		s.size += n
	}
	s.evicting = s.size < 0 || s.size > s.limit
	return s.evicting
}

// A file is one entry on disk, or what a process that died left behind.
type file struct {
	path string
	size int64
	time time.Time
}

// leftBehind is the age at which a temporary file has no owner any more.
const leftBehind = time.Hour

// evict removes the oldest files until there is some room again, and returns how much stays.
func (s *store) evict() (size int64) {
	files := s.files()
	for _, f := range files {
		size += f.size
	}
	if size <= s.limit {
		return size
	}
	slices.SortFunc(files, func(a, b file) int { return a.time.Compare(b.time) })
	for _, f := range files {
		if size <= s.limit/10*9 {
			break
		}
		_ = s.remove(f.path) // perhaps another process was quicker
		size -= f.size
	}
	return size
}

func (s *store) files() (list []file) {
	_ = filepath.WalkDir(filepath.Join(s.dir, "http"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // what cannot be read is left alone
		}
		info, err := d.Info()
		if err != nil {
			return nil // gone meanwhile
		}
		if strings.HasPrefix(d.Name(), "tmp-") && time.Since(info.ModTime()) > leftBehind {
			_ = s.remove(path) // perhaps another process was quicker
			return nil
		}
		list = append(list, file{path, info.Size(), info.ModTime()})
		return nil
	})
	return list
}
