package fetch

import (
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"
)

// A store caches answers on disk, one file each. It ignores files that do not match
// their checksum.
type store struct {
	folder *Folder

	mu    sync.Mutex
	fresh map[string]bool // keys received or confirmed by this process
}

func newStore(dir string, limit int64, log logger) *store {
	return &store{folder: NewFolder(filepath.Join(dir, "http"), limit, log.Logger), fresh: map[string]bool{}}
}

// load returns the entry for a key, nil if there is none.
func (s *store) load(key string) *entry {
	if s == nil {
		return nil
	}
	data, heard := s.folder.Load(key)
	if data == nil {
		return nil
	}
	e := decode(key, data)
	if e == nil {
		s.folder.Damaged(key)
		return nil
	}
	e.heard = heard
	return e
}

// save stores an entry.
func (s *store) save(key string, e *entry) {
	if s == nil {
		return
	}
	head, err := e.head(key)
	if err == nil && s.folder.Save(key, head, e.body) {
		s.mark(key)
	}
}

// confirm records that an entry is still valid.
func (s *store) confirm(key string, e *entry) {
	if s == nil {
		return
	}
	s.mark(key)
	if err := s.folder.Touch(key, time.Now()); errors.Is(err, fs.ErrNotExist) {
		s.save(key, e) // it was evicted meanwhile
	}
}

// used updates the time of last use of an entry that never changes and so is never confirmed.
func (s *store) used(key string, e *entry) {
	if s != nil {
		s.folder.Used(key, e.heard)
	}
}

func (s *store) mark(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh[key] = true
}

// heard reports whether this process has received or confirmed the answer.
func (s *store) heard(key string) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fresh[key]
}
