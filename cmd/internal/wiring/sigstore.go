package wiring

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

// trustRoot returns the trust root for signer identities: the operator's file, or
// that of the public Sigstore, fetched with TUF.
func (s *Settings) trustRoot(ctx context.Context) (root.TrustedMaterial, error) {
	if file := s.Operator.SigstoreRoot; file != "" {
		return root.NewTrustedRootFromPath(file)
	}
	if s.Offline {
		return nil, errors.New("the trust root of Sigstore cannot be fetched offline, and sigstore_root is not set")
	}
	trusted, err := within(ctx, sigstoreTime, func() (root.TrustedMaterial, error) {
		return root.FetchTrustedRootWithOptions(s.tufOptions(ctx))
	})
	if err != nil {
		return nil, fmt.Errorf("fetch the trust root of the public Sigstore (set sigstore_root to a file instead): %w", err)
	}
	return trusted, nil
}

// sigstoreTime limits fetching the Sigstore trust root.
const sigstoreTime = 30 * time.Second

// tufOptions makes the TUF client use Freshpin's HTTP client.
func (s *Settings) tufOptions(ctx context.Context) *tuf.Options {
	o := tuf.DefaultOptions().WithCachePath(s.folder("sigstore"))
	o.Fetcher = tufFetcher{ctx, s.Client}
	return o
}

// A tufFetcher downloads files of a TUF repository with Freshpin's HTTP client. Its context is that of
// one fetch.
type tufFetcher struct {
	ctx    context.Context
	client *fetch.Client
}

// DownloadFile returns a file of at most the given number of bytes. A missing file
// is the error by which the TUF client recognises that there is no newer root.
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

// within abandons a function that takes no context when its time is over.
func within[T any](ctx context.Context, d time.Duration, f func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	// Buffered, or an answer that comes too late would keep its goroutine.
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
