package github

import (
	"log/slog"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// A store keeps files and trees by their git names. The names follow from the
// content, so nothing in it grows old, and what does not fit its name is asked
// for again.
//
// Repositories share it. A file of a private repository can only be asked for by
// its name, which only a tree of a repository that has it tells; the folder
// itself is readable for its owner alone.
type store struct{ folder *fetch.Folder }

func newStore(dir string, limit int64, log *slog.Logger) *store {
	if dir == "" {
		return &store{}
	}
	return &store{fetch.NewFolder(dir, limit, log)}
}

// get returns an object of a kind ("blob", "tree") that passes the check.
func (s *store) get(kind, hash string, check func([]byte) bool) ([]byte, bool) {
	if !gittree.IsHash(hash) {
		return nil, false
	}
	name := kind + "/" + hash
	data, used := s.folder.Load(name)
	if data == nil {
		return nil, false
	}
	if !check(data) {
		s.folder.Damaged(name)
		return nil, false
	}
	s.folder.Used(name, used)
	return data, true
}

// put keeps an object. What cannot be kept is asked for again, so that is no error.
func (s *store) put(kind, hash string, data []byte) {
	if gittree.IsHash(hash) {
		s.folder.Save(kind+"/"+hash, data)
	}
}
