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
	maxBlob   = 8 << 20  // bytes of a file that is read; nothing that is edited is near it
	maxMemory = 64 << 20 // bytes of files that a checkout holds in memory
	readers   = 16       // files that Fetch reads at once
)

// blobs are the files of a checkout by their git names: in memory, in the store, at GitHub.
type blobs struct {
	forge  *Forge
	repo   string
	commit string // whose files they are; "" where there is no archive of them

	mu   sync.Mutex
	kept map[string][]byte
	used int
}

// read returns the content of a file, which nobody may change.
func (b *blobs) read(ctx context.Context, e forge.Entry) ([]byte, error) {
	if e.Size > maxBlob {
		return nil, fmt.Errorf("the file has %d bytes; more than %d are not read", e.Size, maxBlob)
	}
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
	if _, ok := b.kept[hash]; ok || b.used+len(data) > maxMemory {
		return
	}
	b.used += len(data)
	b.kept[hash] = data
}

// ask sends the request, and holds the answer against its name.
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
	if gittree.BlobHash(data) != hash {
		return nil, fmt.Errorf("blob %s of %s: what came is another file", hash, b.repo)
	}
	return data, nil
}

// decode reads a content as the API encodes it.
func decode(encoding, content string) ([]byte, error) {
	switch encoding {
	case "base64":
		return base64.StdEncoding.DecodeString(strings.ReplaceAll(content, "\n", ""))
	case "utf-8", "":
		return []byte(content), nil
	}
	return nil, fmt.Errorf("the encoding %q is not known", encoding)
}

// fetch reads files ahead of time, each content once. A path that is no file,
// or too large, is left for whoever opens it.
func (b *blobs) fetch(ctx context.Context, files map[string]forge.Entry, paths []string) error {
	if wanted := b.unknown(files, paths); b.commit != "" && len(wanted) >= manyFiles {
		if err := b.fromArchive(ctx, wanted); err != nil && ctx.Err() != nil {
			return ctx.Err()
		} // otherwise what is missing is asked for below, and that says what is wrong
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
