package fetch

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"
)

// A disk caches answers on disk, one file each. It ignores files that do not match their
// checksum.
type disk struct {
	folder *Folder // nil to cache nothing

	mu    sync.Mutex
	fresh map[string]bool // keys received or confirmed by this process
}

func newDisk(o Options) *disk {
	d := &disk{fresh: map[string]bool{}}
	if o.CacheDir != "" {
		d.folder = NewFolder(filepath.Join(o.CacheDir, "http"), o.CacheSize, o.Log)
	}
	return d
}

func (d *disk) load(_ context.Context, q query) *entry {
	data, heard := d.folder.Load(q.key)
	if data == nil {
		return nil
	}
	e := decode(q.key, data)
	if e == nil {
		d.folder.Damaged(q.key)
		return nil
	}
	e.heard = heard
	return e
}

func (d *disk) save(_ context.Context, q query, e *entry) {
	head, err := e.head(q.key)
	if err == nil && d.folder.Save(q.key, head, e.body) {
		d.mark(q.key)
	}
}

func (d *disk) confirm(ctx context.Context, q query, e *entry) {
	d.mark(q.key)
	if err := d.folder.Touch(q.key, time.Now()); errors.Is(err, fs.ErrNotExist) {
		d.save(ctx, q, e) // it was evicted meanwhile
	}
}

// used updates the time of last use of an entry that never changes and so is never confirmed.
func (d *disk) used(q query, e *entry) { d.folder.Used(q.key, e.heard) }

func (d *disk) mark(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fresh[key] = true
}

func (d *disk) heard(q query) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fresh[q.key]
}
