package github

import (
	"cmp"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// A store keeps files and trees in a folder by their git names, for as long as
// there is room. The names follow from the content, so nothing in it grows old,
// and whatever does not fit its name is thrown away.
//
// Repositories share it. A file of a private repository can only be asked for by
// its name, which only a tree of a repository that has it tells; the folder
// itself is readable for its owner alone.
type store struct {
	dir   string // "" keeps nothing
	limit int64  // bytes
	log   *slog.Logger
	now   func() time.Time

	mu   sync.Mutex
	used int64 // bytes; -1 until measured

	sweeping bool  // by one caller at a time
	since    int64 // bytes written meanwhile
}

func newStore(dir string, limit int64, log *slog.Logger, now func() time.Time) *store {
	return &store{dir: dir, limit: limit, log: log, now: now, used: -1}
}

// file returns where an object of a kind ("blob", "tree") lies.
func (s *store) file(kind, hash string) string {
	return filepath.Join(s.dir, kind, hash[:2], hash[2:])
}

// get returns an object that passes the check.
func (s *store) get(kind, hash string, check func([]byte) bool) ([]byte, bool) {
	if s.dir == "" || !isHash(hash) {
		return nil, false
	}
	name := s.file(kind, hash)
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxAnswer {
		return nil, false
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, false
	}
	if !check(data) {
		s.log.Warn("a kept object does not fit its name; it is asked for again", "file", name)
		_ = os.Remove(name)
		return nil, false
	}
	if now := s.now(); now.Sub(info.ModTime()) > 24*time.Hour {
		_ = os.Chtimes(name, now, now) // what is used stays longest
	}
	return data, true
}

// put keeps an object. What cannot be kept is asked for again, so nobody is told.
func (s *store) put(kind, hash string, data []byte) {
	if s.dir == "" || !isHash(hash) || int64(len(data)) > s.limit/4 {
		return
	}
	if err := writeAtomic(s.file(kind, hash), data); err != nil {
		s.log.Debug("keep an object", "error", err)
		return
	}
	s.grow(int64(len(data)))
}

// grow counts what was written, and sweeps when it is too much. The folder is
// walked without the lock: others read and write meanwhile.
func (s *store) grow(n int64) {
	if !s.full(n) {
		return
	}
	used := s.sweep()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used, s.since, s.sweeping = used+s.since, 0, false
}

// full counts what was written, and reports whether the caller has to sweep.
func (s *store) full(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sweeping {
		s.since += n
		return false
	}
	if s.used >= 0 {
		s.used += n
	}
	s.sweeping = s.used < 0 || s.used > s.limit
	return s.sweeping
}

// writeAtomic writes a file that is there as a whole or not at all.
func writeAtomic(name string, data []byte) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	err = cmp.Or(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// A kept is a file of the store.
type kept struct {
	name string
	size int64
	used time.Time
}

func (s *store) list() []kept {
	var all []kept
	_ = filepath.WalkDir(s.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			all = append(all, kept{name, info.Size(), info.ModTime()})
		}
		return nil
	})
	return all
}

// sweep removes what was not used for longest, where there is too much, until a
// fifth of the room is free. It returns how much stays.
func (s *store) sweep() (used int64) {
	all := s.list()
	for _, k := range all {
		used += k.size
	}
	if used <= s.limit {
		return used
	}
	slices.SortFunc(all, func(a, b kept) int { return a.used.Compare(b.used) })
	for _, k := range all {
		if used <= s.limit/5*4 {
			break
		}
		if os.Remove(k.name) == nil {
			used -= k.size
		}
	}
	return used
}
