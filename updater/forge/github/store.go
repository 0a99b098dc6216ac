package github

import (
	"log/slog"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// A store caches files and trees by git object id. The id depends only on the content,
// so entries never expire, and content that does not match its id is requested again.
//
// Repositories share it. A file of a private repository can be read only with its id,
// which is known only from a tree that contains it. Only the owner can read the folder.
type store struct{ folder *fetch.Folder }

func newStore(dir string, limit int64, log *slog.Logger) *store {
	if dir == "" {
		return &store{}
	}
	return &store{fetch.NewFolder(dir, limit, log)}
}

// get returns an object of a kind ("blob", "tree"), if it passes the check.
func (s *store) get(kind, hash string, check func([]byte) bool) ([]byte, bool) {
	// The hash becomes part of the name of a file.
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

// put stores an object. Errors are ignored, because the object can be requested again.
func (s *store) put(kind, hash string, data []byte) {
	if gittree.IsHash(hash) {
		s.folder.Save(kind+"/"+hash, data)
	}
}
