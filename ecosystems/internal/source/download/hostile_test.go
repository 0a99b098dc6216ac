package download

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// TestHostileAnswers: what a publisher's server answers costs no more than the
// limit of a list, and leads nowhere that strangers may not lead to.
func TestHostileAnswers(t *testing.T) {
	var sent, reached atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		_, _ = w.Write([]byte(sha256Of + "  vault_1_linux_amd64.zip\n"))
	}))
	t.Cleanup(inside.Close)
	line := []byte(strings.Repeat(sha256Of+"  vault_1_linux_amd64.zip\n", 1000))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "vault_1_SHA256SUMS"): // a list of 200 MB
			for range 200_000_000 / len(line) {
				n, err := w.Write(line)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		case strings.Contains(r.URL.Path, "vault_2_SHA256SUMS"):
			http.Redirect(w, r, inside.URL+"/list", http.StatusFound)
		case strings.Contains(r.URL.Path, "vault_3_SHA256SUMS"):
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		case strings.Contains(r.URL.Path, "vault_4_SHA256SUMS"):
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case strings.Contains(r.URL.Path, "vault_5_SHA256SUMS"):
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	own := strings.TrimPrefix(s.URL, "http://")
	c := New(Options{
		HTTP:    fetch.New(fetch.Options{Retries: -1, NoPrivate: true, Own: func(host string) bool { return host == own }}),
		Mirrors: map[string]string{"releases.hashicorp.com": s.URL},
	})
	vault, _ := ProjectOf("hashicorp", "releases.hashicorp.com/vault")
	for _, v := range []struct{ tag, code, text string }{
		{"1", fetch.TooLarge, ""}, {"2", fetch.Refused, "private"}, {"3", fetch.Refused, ""}, {"4", "", ""}, {"5", "", ""},
	} {
		list, err := c.Files(context.Background(), vault, Wanted{Tag: v.tag, Algorithms: []string{"sha256"}})
		if err == nil || len(list.Sums) > 0 || v.code != "" && fetch.Code(err) != v.code || !strings.Contains(err.Error(), v.text) {
			t.Errorf("version %s: %d checksums, %v", v.tag, len(list.Sums), err)
		}
	}
	if reached.Load() > 0 {
		t.Error("a redirect led to a private address")
	}
	if n := sent.Load(); n > 50_000_000 { // what buffers of the system take counts, too
		t.Errorf("%d bytes of the list were taken", n)
	}
}

// TestHostileSizes: a file that is longer or shorter than its server says, or
// larger than may be downloaded, has no checksum.
func TestHostileSizes(t *testing.T) {
	const file = "PK\x03\x04 a small zip"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		size := map[string]int{"/right.zip": len(file), "/short.zip": 2 * len(file), "/large.zip": 2 << 20}[r.URL.Path]
		_, _ = fmt.Fprintf(out, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", size, file)
		if r.URL.Path == "/large.zip" {
			_, _ = out.Write(make([]byte, size-len(file)))
		}
		_ = out.Flush()
	}))
	t.Cleanup(s.Close)
	c := New(Options{HTTP: fetch.New(fetch.Options{Retries: -1}), Compute: 1 << 20})
	for name, good := range map[string]bool{"right": true, "short": false, "large": false} {
		sum, err := c.Compute(t.Context(), s.URL+"/"+name+".zip", "sha256")
		want := ""
		if good {
			want = fmt.Sprintf("%x", sha256.Sum256([]byte(file)))
		}
		if (err == nil) != good || sum.Hex != want {
			t.Errorf("%s: %+v, %v", name, sum, err)
		}
	}
}
