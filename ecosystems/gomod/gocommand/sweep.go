package gocommand

import (
	"io/fs"
	"os"
	"path/filepath"
)

const sweepEvery = 8 // runs

// sweep empties the shared caches if they have grown too large, at the first run
// and every sweepEvery runs after it. It leaves them while another run uses the
// caches, in this process or in another.
func (t *Tool) sweep(h home) {
	if t.runs.Add(1)%sweepEvery != 1 || !t.using.TryLock() {
		return
	}
	defer t.using.Unlock()
	release, ok := claim(h.cache)
	if !ok {
		return
	}
	away := t.moveAway(h)
	release()
	for _, dir := range away {
		_ = os.RemoveAll(dir) // close tries again
	}
}

// moveAway moves caches that are too large into the temporary folder, where no process uses them.
func (t *Tool) moveAway(h home) (away []string) {
	folders := []string{filepath.Join(h.cache, "mod"), filepath.Join(h.cache, "build"), filepath.Join(h.cache, "path")}
	var size int64
	for _, dir := range folders {
		size += sizeOf(dir)
	}
	if size <= t.o.Size {
		return nil
	}
	for _, dir := range folders {
		to := filepath.Join(h.temp, filepath.Base(dir)) // renames, so that no other process finds half of a cache
		if os.Rename(dir, to) == nil {
			away = append(away, to)
		}
	}
	return away
}

// sizeOf returns the size of the files in a folder, in bytes.
func sizeOf(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // unreadable files do not count
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}
