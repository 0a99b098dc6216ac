package hook_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/freshpin/freshpin/updater/service/hook"
)

func TestOversized(t *testing.T) {
	o := newBook().options()
	o.Limit = 3 << 20
	read := 0
	for _, test := range []struct {
		name   string
		length int64 // as claimed
		size   int64
		path   string
		status int
		most   int // bytes that may be read of it
	}{
		{"it says so", 3<<20 + 1, 3<<20 + 1, "/webhooks/github", 413, 0},
		{"chunked", -1, 1 << 40, "/webhooks/github", 413, 3<<20 + 1<<16},
		{"a lie", 10, 1 << 40, "/webhooks/github", 413, 3<<20 + 1<<16},
		{"just within, but unsigned", -1, 3 << 20, "/webhooks/github", 401, 3<<20 + 1},
		{"a registry says so", 1<<20 + 1, 1<<20 + 1, "/webhooks/registry/" + regToken, 413, 0},
		{"a registry, chunked", -1, 1 << 40, "/webhooks/registry/" + regToken, 413, 1<<20 + 1<<16},
		{"a registry that is none", -1, 1 << 40, "/webhooks/registry/guess", 401, 0},
		{"no signature at all", -1, 1 << 40, "/webhooks/github?unsigned", 401, 0},
	} {
		read = 0
		r := github("push", pushed)
		r.URL, _ = url.Parse(test.path)
		if r.URL.RawQuery != "" {
			r.Header.Del("X-Hub-Signature-256")
		}
		r.ContentLength = test.length
		r.Body = io.NopCloser(io.TeeReader(io.LimitReader(zeros{}, test.size), counter{&read}))
		if w := send(hook.New(o), r); w.Code != test.status || read > test.most {
			t.Errorf("%s: %d after %d bytes, want %d after at most %d", test.name, w.Code, read, test.status, test.most)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type counter struct{ n *int }

func (c counter) Write(p []byte) (int, error) { *c.n += len(p); return len(p), nil }

// Over a real connection: chunks, and a body that ends before its length.
func TestConnection(t *testing.T) {
	b := newBook()
	server := httptest.NewServer(hook.New(b.options()))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/webhooks/github", io.MultiReader(strings.NewReader(pushed)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = github("push", pushed).Header
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 202 || len(b.queued) != 1 {
		t.Errorf("chunked: %s, queued %v", resp.Status, b.queued)
	}
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	head := "POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\nX-Hub-Signature-256: " + signed(secret, []byte(pushed)) + "\r\n\r\n"
	if _, err := io.WriteString(conn, head+pushed); err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 400 ")) {
		t.Errorf("cut off: %q %v, want 400", answer, err)
	}
}

// A sender without a secret cannot make the server buffer many large bodies, or block small ones.
func TestManyLargeBodies(t *testing.T) {
	h := hook.New(newBook().options())
	ready, release := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	large := func(tail io.Reader) *http.Request {
		r := github("push", pushed)
		r.ContentLength = -1
		r.Body = io.NopCloser(io.MultiReader(io.LimitReader(zeros{}, 1<<20+1), tail))
		return r
	}
	for range 8 {
		group.Go(func() {
			if w := send(h, large(gate{ready, release})); w.Code != 401 {
				t.Errorf("large: %d, want 401", w.Code)
			}
		})
	}
	for range 8 {
		<-ready
	}
	if w := send(h, large(strings.NewReader(""))); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("one too many: %d, want 503 with Retry-After", w.Code)
	}
	if w := send(h, github("push", pushed)); w.Code != 202 {
		t.Errorf("a small one: %d, want 202", w.Code)
	}
	close(release)
	group.Wait()
	if w := send(h, large(strings.NewReader(""))); w.Code != 401 {
		t.Errorf("afterwards: %d, want 401", w.Code)
	}
}

// A gate tells that it is read, and ends when it is released.
type gate struct{ ready, release chan struct{} }

func (g gate) Read([]byte) (int, error) {
	g.ready <- struct{}{}
	<-g.release
	return 0, io.EOF
}
