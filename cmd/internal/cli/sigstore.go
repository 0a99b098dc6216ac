package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// trustRoot is whom to believe about identities: as the operator's file says,
// else the public Sigstore, by the way of updates that it has (TUF).
func (s *settings) trustRoot(ctx context.Context) (root.TrustedMaterial, error) {
	if file := s.operator.SigstoreRoot; file != "" {
		return root.NewTrustedRootFromPath(file)
	}
	if s.offline {
		return nil, errors.New("offline, and no sigstore_root is set")
	}
	trusted, err := within(ctx, sigstoreTime, func() (root.TrustedMaterial, error) {
		return root.FetchTrustedRootWithOptions(s.tufOptions(ctx))
	})
	if err != nil {
		return nil, fmt.Errorf("ask the public Sigstore (sigstore_root names a file instead): %w", err)
	}
	return trusted, nil
}

// sigstoreTime bounds the question whom to believe.
const sigstoreTime = 30 * time.Second

// tufOptions lead the client of TUF over our own one.
func (s *settings) tufOptions(ctx context.Context) *tuf.Options {
	o := tuf.DefaultOptions().WithCachePath(s.folder("sigstore"))
	o.Fetcher = tufFetcher{ctx, s.client}
	return o
}

// A tufFetcher brings the files of a TUF repository, under the rules of our client. The context is that of one question.
type tufFetcher struct {
	ctx    context.Context
	client *fetch.Client
}

// DownloadFile returns a file of at most so many bytes. Its errors are those
// by which the client of TUF tells that there is no newer root.
func (f tufFetcher) DownloadFile(url string, most int64, _ time.Duration) ([]byte, error) {
	res, err := f.client.Get(f.ctx, fetch.Request{URL: url, Limit: most})
	var e *fetch.Error
	switch {
	case err == nil:
		return res.Body, nil
	case errors.As(err, &e) && e.Code == fetch.NotFound:
		return nil, &metadata.ErrDownloadHTTP{StatusCode: http.StatusNotFound, URL: fetch.Redact(url)}
	case errors.As(err, &e) && e.Code == fetch.TooLarge:
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: err.Error()}
	}
	return nil, err
}

// within lets go what takes no context, and takes too long.
func within[T any](ctx context.Context, d time.Duration, f func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := f()
		done <- answer{value, err}
	}()
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
