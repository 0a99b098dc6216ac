package github

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"

	api "github.com/google/go-github/v57/github"
	"golang.org/x/sync/errgroup"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

const (
	maxBlob   = 8 << 20  // bytes of one file; edited files are much smaller
	maxMemory = 64 << 20 // bytes of files that a checkout keeps in memory
	readers   = 16       // concurrent requests of Fetch
)

// blobs reads the files of a checkout by their git object ids: from memory, the store or GitHub.
type blobs struct {
	forge  *Forge
	repo   string
	commit string // commit of the files; "" if there is no archive

	mu   sync.Mutex
	kept map[string][]byte
	used int
}

// read returns the content of a file, which callers must not change.
func (b *blobs) read(ctx context.Context, e forge.Entry) ([]byte, error) {
	if e.Size > maxBlob {
		return nil, fmt.Errorf("the file has %d bytes; more than %d are not read", e.Size, maxBlob)
	}
	// The id tells the content, so it needs no request.
	if e.Hash == gittree.EmptyBlob {
		return nil, nil
	}
	b.mu.Lock()
	data, ok := b.kept[e.Hash]
	b.mu.Unlock()
	if ok {
		return data, nil
	}
	data, ok = b.forge.store.get("blob", e.Hash, func(data []byte) bool { return gittree.BlobHash(data) == e.Hash })
	if !ok {
		var err error
		if data, err = b.ask(ctx, e.Hash); err != nil {
			return nil, err
		}
		b.forge.store.put("blob", e.Hash, data)
	}
	b.keep(e.Hash, data)
	return data, nil
}

func (b *blobs) keep(hash string, data []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	// What does not fit is read from the store again.
	if _, ok := b.kept[hash]; ok || b.used+len(data) > maxMemory {
		return
	}
	b.used += len(data)
	b.kept[hash] = data
}

// ask requests a file and verifies its object id.
//
// See https://docs.github.com/rest/git/blobs#get-a-blob
func (b *blobs) ask(ctx context.Context, hash string) ([]byte, error) {
	ctx = withCall(ctx, b.repo)
	var blob api.Blob
	if err := b.forge.do(ctx, http.MethodGet, "repos/"+b.repo+"/git/blobs/"+hash, nil, &blob); err != nil {
		return nil, err
	}
	data, err := decode(blob.GetEncoding(), blob.GetContent())
	if err != nil {
		return nil, fmt.Errorf("blob %s of %s: %w", hash, b.repo, err)
	}
	// An edit of another file than the tree names would be committed.
	if gittree.BlobHash(data) != hash {
		return nil, fmt.Errorf("blob %s of %s: what came is another file", hash, b.repo)
	}
	return data, nil
}

// decode decodes a content of the API.
func decode(encoding, content string) ([]byte, error) {
	switch encoding {
	case "base64":
		return base64.StdEncoding.DecodeString(strings.ReplaceAll(content, "\n", ""))
	case "utf-8", "":
		return []byte(content), nil
	}
	return nil, fmt.Errorf("the encoding %q is not known", encoding)
}

// fetch reads files in advance, each content once. It skips paths that are not files
// and files that are too large, so that opening them returns the error.
func (b *blobs) fetch(ctx context.Context, files map[string]forge.Entry, paths []string) error {
	if wanted := b.unknown(files, paths); b.commit != "" && len(wanted) >= manyFiles {
		if err := b.fromArchive(ctx, wanted); err != nil && ctx.Err() != nil {
			return ctx.Err()
		} // otherwise the requests below report the error
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	seen := map[string]bool{}
	for _, p := range paths {
		e, ok := files[p]
		if !ok || seen[e.Hash] || e.Size > maxBlob {
			continue
		}
		seen[e.Hash] = true
		g.Go(func() error {
			_, err := b.read(ctx, e)
			return err
		})
	}
	return g.Wait()
}
