package wiring

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/config"
)

// TestHostileTrustRoot: the client of TUF keeps our rules about hosts and sizes.
func TestHostileTrustRoot(t *testing.T) {
	var asked atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked.Add(1) }))
	defer inside.Close()
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, inside.URL, http.StatusFound)
		case "/large":
			_, _ = w.Write(make([]byte, 1000))
		case "/good":
			_, _ = w.Write([]byte("good"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer own.Close()
	client := fetch.New(fetch.Options{NoPrivate: true, Own: func(host string) bool { return "http://"+host == own.URL }, Retries: -1})
	f := tufFetcher{t.Context(), client}
	if data, err := f.DownloadFile(own.URL+"/good", 100, 0); err != nil || string(data) != "good" {
		t.Errorf("%q, %v", data, err)
	}
	var status *metadata.ErrDownloadHTTP
	if _, err := f.DownloadFile(own.URL+"/9.root.json", 100, 0); !errors.As(err, &status) || status.StatusCode != http.StatusNotFound {
		t.Errorf("what is not there: %v", err)
	}
	var long *metadata.ErrDownloadLengthMismatch
	if _, err := f.DownloadFile(own.URL+"/large", 100, 0); !errors.As(err, &long) {
		t.Errorf("too large: %v", err)
	}
	for _, url := range []string{own.URL + "/moved", inside.URL + "/root.json", "http://169.254.169.254/latest", "file:///etc/passwd", "http://localhost:1/"} {
		if _, err := f.DownloadFile(url, 100, 0); err == nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	s := &Settings{Operator: &config.Operator{}, Client: client, CacheDir: t.TempDir()}
	o := s.tufOptions(t.Context()).WithRepositoryBaseURL(inside.URL)
	if _, err := tuf.New(o); err == nil || !strings.Contains(err.Error(), "private") {
		t.Errorf("a repository of TUF inside: %v", err)
	}
	if asked.Load() > 0 {
		t.Errorf("%d requests went inside", asked.Load())
	}
}
