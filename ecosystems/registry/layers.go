package registry

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
	godigest "github.com/opencontainers/go-digest"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// The limits for the layers of one image.
const (
	mostLayers  = 500     // no runtime supports as many
	layersBytes = 2 << 30 // of all layers, uncompressed
	zstdWindow  = 128 << 20
)

// Layers calls each for every layer of the image with a digest, the lowest first.
// layer is the uncompressed stream; each need not read it to its end. Nothing is
// stored. The data is verified against the digest only when Layers returns nil.
// It skips layers that are not in the registry (those of Windows,
// "non-distributable").
func (r *Registry) Layers(ctx context.Context, repository, digest string, each func(mediaType string, layer io.Reader) error) error {
	repo, err := r.repository(repository)
	if err != nil {
		return wrap("read the layers of", repository, nil, err)
	}
	return wrap("read the layers of", repository+"@"+digest, repo, r.layers(ctx, repo, digest, layersBytes, each))
}

func (r *Registry) layers(ctx context.Context, repo *repository, digest string, limit int64, each func(string, io.Reader) error) error {
	m, err := r.manifest(ctx, repo, digest)
	if err != nil {
		return err
	}
	address := repo.at("manifests", digest)
	switch {
	case m.index:
		return fail(fetch.BadAnswer, address, errors.New("an index, not an image"))
	case m.schema1:
		return fail(fetch.BadAnswer, address, errors.New("an image of Docker's first format"))
	case len(m.layers) > mostLayers:
		return fail(fetch.TooLarge, address, fmt.Errorf("%d layers are more than %d", len(m.layers), mostLayers))
	}
	for _, d := range m.layers {
		if strings.Contains(d.MediaType, "foreign") || strings.Contains(d.MediaType, "nondistributable") {
			continue
		}
		if err := r.layer(ctx, repo, d, &limit, each); err != nil {
			return err
		}
	}
	return nil
}

// layer streams one layer and verifies its digest at the end.
func (r *Registry) layer(ctx context.Context, repo *repository, d descriptor, left *int64, each func(string, io.Reader) error) error {
	address := repo.at("blobs", d.Digest)
	if !digestText.MatchString(d.Digest) {
		return fail(fetch.BadAnswer, address, errors.New("not a digest"))
	}
	identity, err := repo.Identity(ctx)
	if err != nil {
		return err
	}
	body, err := r.o.HTTP.Stream(ctx, fetch.Request{URL: address, Limit: layersBytes, Via: repo.Session, Identity: identity})
	if err != nil {
		return err
	}
	defer body.Close()
	verifier := godigest.Digest(d.Digest).Verifier()
	raw := bufio.NewReader(io.TeeReader(body, verifier))
	plain, done, err := uncompressed(raw)
	if err != nil {
		return fail(fetch.BadAnswer, address, err)
	}
	defer done()
	if err := each(d.MediaType, &bounded{plain, left, address}); err != nil {
		return err
	}
	// The digest is that of the whole layer, and each may have stopped earlier.
	if _, err := io.Copy(io.Discard, raw); err != nil {
		return err
	}
	if !verifier.Verified() {
		return fail(fetch.BadAnswer, address, errors.New("the layer does not have the digest that was asked for"))
	}
	return nil
}

// bounded is a Reader that fails when all layers together exceed the limit.
type bounded struct {
	io.Reader
	left    *int64
	address string // of the layer, for the error
}

// Read implements io.Reader. It reads one byte more than allowed, to detect the excess.
func (b *bounded) Read(p []byte) (int, error) {
	p = p[:min(int64(len(p)), max(*b.left+1, 0))]
	n, err := b.Reader.Read(p)
	if *b.left -= int64(n); *b.left < 0 {
		return 0, fail(fetch.TooLarge, b.address, errors.New("the layers are too large uncompressed"))
	}
	return n, err
}

// uncompressed returns the uncompressed stream of a layer. It determines the
// compression by the first bytes (RFC 1952, RFC 8878), because media types are
// sometimes wrong.
func uncompressed(r *bufio.Reader) (io.Reader, func(), error) {
	start, err := r.Peek(4)
	switch {
	case err != nil && err != io.EOF:
		return nil, nil, err
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil, err
		}
		return z, func() {}, nil
	case bytes.Equal(start, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return r, func() {}, nil
}
