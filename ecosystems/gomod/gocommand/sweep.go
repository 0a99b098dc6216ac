package gocommand

import (
	"io/fs"
	"os"
	"path/filepath"
)

const sweepEvery = 8 // runs

// sweep empties the caches that runs share where they have grown too large, at
// the first run and every few thereafter. Runs under way in this process are
// waited for by not sweeping at all; the next one will.
func (t *Tool) sweep(h home) {
	if t.runs.Add(1)%sweepEvery != 1 || !t.using.TryLock() {
		return
	}
	defer t.using.Unlock()
	folders := []string{filepath.Join(h.cache, "mod"), filepath.Join(h.cache, "build"), filepath.Join(h.cache, "path")}
	var size int64
	for _, dir := range folders {
		size += sizeOf(dir)
	}
	if size <= t.o.Size {
		return
	}
	for _, dir := range folders {
		away := filepath.Join(h.temp, filepath.Base(dir)) // at once, so that no other process finds half of it
		if os.Rename(dir, away) == nil {
			_ = os.RemoveAll(away) // h.close tries again
		}
	}
}

// sizeOf returns how many bytes the files of a folder have.
func sizeOf(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // what cannot be read is not counted
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}
