package github

import (
	"context"
	"slices"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/github/archive"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// manyFiles is the number of files from which on the archive of the commit is read
// instead of single files. Any YAML file may be a manifest, and some repositories
// have more of those than GitHub allows requests in an hour.
const manyFiles = 150

// unknown returns the files that are neither in memory nor in the store, each content once.
func (b *blobs) unknown(files map[string]forge.Entry, paths []string) map[string]bool {
	wanted := map[string]bool{}
	for _, p := range paths {
		e, ok := files[p]
		if !ok || wanted[e.Hash] || e.Size > maxBlob || e.Hash == gittree.EmptyBlob {
			continue
		}
		// The lock is not held over the store, which reads from disk.
		b.mu.Lock()
		_, kept := b.kept[e.Hash]
		b.mu.Unlock()
		if kept {
			continue
		}
		if _, stored := b.forge.store.get("blob", e.Hash, func(data []byte) bool { return gittree.BlobHash(data) == e.Hash }); !stored {
			wanted[e.Hash] = true
		}
	}
	return wanted
}

// fromArchive reads the wanted files of the commit from its archive. Files that the
// archive omits or changes (export-ignore, export-subst) have to be requested
// separately.
func (b *blobs) fromArchive(ctx context.Context, wanted map[string]bool) error {
	ctx, cancel := context.WithTimeout(ctx, unpackTime)
	defer cancel()
	body, err := b.forge.archive(ctx, b.repo, b.commit)
	if err != nil {
		return err
	}
	defer body.Close()
	return archive.Files(body, maxBlob, func(data []byte) {
		if hash := gittree.BlobHash(data); wanted[hash] {
			b.forge.store.put("blob", hash, data)
			b.keep(hash, slices.Clip(data))
		}
	})
}
