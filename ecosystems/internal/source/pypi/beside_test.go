package pypi_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
)

// TestMetadataHosts: metadata lie beside the file, wherever that is; a login
// goes to the index alone, a host that may not be asked is not asked, and the
// answer is kept for ever.
func TestMetadataHosts(t *testing.T) {
	const text = "Name: A.B\nVersion: 1.0\nRequires-Dist: c\n"
	sum := sha256.Sum256([]byte(text))
	var seen []string
	files := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		seen = append(seen, fmt.Sprintf("%s %s?%s by %q", r.Host, r.URL.EscapedPath(), r.URL.RawQuery, user))
		fmt.Fprint(w, text)
	})
	elsewhere := httptest.NewServer(files)
	defer elsewhere.Close()
	other, _ := url.Parse(elsewhere.URL)
	var href string
	index := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/simple/") {
			files(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!DOCTYPE html><base href=\"../../base/\"><a href=%q data-core-metadata=\"sha256=%s\">x</a>", href, hex.EncodeToString(sum[:]))
	}))
	defer index.Close()
	own, _ := url.Parse(index.URL)
	for _, c := range []struct {
		name, href string
		allow      bool
		want       string
		code       string
	}{
		{"beside, in a folder, with its query", "x/a_b-1.0-py3-none-any.whl?k=v#sha256=00", true, own.Host + " /base/x/a_b-1.0-py3-none-any.whl.metadata?k=v by \"u\"", ""},
		{"escaped", "/%61/a_b-1.0-py3-none-any.whl", true, own.Host + " /%61/a_b-1.0-py3-none-any.whl.metadata? by \"u\"", ""},
		{"another host gets no login", elsewhere.URL + "/a_b-1.0-py3-none-any.whl", true, other.Host + " /a_b-1.0-py3-none-any.whl.metadata? by \"\"", ""},
		{"nor one of its own", "http://x:y@" + other.Host + "/a_b-1.0-py3-none-any.whl", true, other.Host + " /a_b-1.0-py3-none-any.whl.metadata? by \"\"", ""},
		{"a host that may not be asked", elsewhere.URL + "/a_b-1.0-py3-none-any.whl", false, "", fetch.Refused},
		{"no address of the web", "file:///etc/a_b-1.0-py3-none-any.whl", true, "", fetch.BadAnswer},
	} {
		seen, href = nil, c.href
		client := fetch.New(fetch.Options{Retries: -1, CacheDir: t.TempDir(), Lifetime: -1, Allow: func(host string) error {
			if host == other.Host && !c.allow {
				return errors.New("not allowed")
			}
			return nil
		}})
		s := pypi.New(client, pypi.Indexes{Main: strings.Replace(index.URL, "http://", "http://u:p@", 1) + "/simple"}, nil)
		p, err := s.Releases(context.Background(), "a-b", "")
		if err != nil || len(p.Releases) != 1 {
			t.Fatalf("%s: %v, %v", c.name, p, err)
		}
		for range 2 { // the second time from the cache
			m, err := s.Metadata(context.Background(), "a-b", p.Releases[0])
			if c.code != "" && fetch.Code(err) != c.code || c.code == "" && (err != nil || len(m.RequiresDist) != 1) {
				t.Errorf("%s: %+v, %v", c.name, m, err)
			}
		}
		if got := strings.Join(seen, "; "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
