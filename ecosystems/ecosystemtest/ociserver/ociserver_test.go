package ociserver

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func start(t *testing.T, s *Server) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestDeterministic(t *testing.T) {
	var a, b Server
	i := Image{Content: "x", Platforms: []string{"linux/amd64", "linux/arm64/v8"}, Attested: true, Labels: map[string]string{"b": "1", "a": "2"}}
	a.Add("r", "1", i)
	b.Add("other", "2", i)
	if da, db := a.Digest("r", "1"), b.Digest("other", "2"); da != db || da == "" {
		t.Errorf("digests %q and %q, want one", da, db)
	}
	i.Content = "y"
	b.Add("other", "3", i)
	if b.Digest("other", "3") == b.Digest("other", "2") {
		t.Error("other content has the same digest")
	}
}

// 25,000 tags, as the largest official images have them, in pages.
func TestManyTags(t *testing.T) {
	s := &Server{PageSize: 1000}
	var want []string
	for i := range 25_000 {
		tag := fmt.Sprintf("1.%d-alpine", i)
		want = append(want, tag)
		s.Add("library/many", tag, Image{Content: tag})
	}
	slices.Sort(want)
	host := start(t, s)
	repository, err := name.NewRepository(host + "/library/many")
	if err != nil {
		t.Fatal(err)
	}
	got, err := remote.List(repository, remote.WithContext(t.Context()))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("List = %d tags, %v, want %d", len(got), err, len(want))
	}
	if n := s.Requests()["tags"]; n != 25 {
		t.Errorf("%d pages, want 25", n)
	}
}

func TestPages(t *testing.T) {
	s := &Server{}
	for _, tag := range []string{"b", "a", "d", "c"} {
		s.Add("r", tag, Image{})
	}
	host := start(t, s)
	for _, test := range []struct{ query, tags, next string }{
		{"", "[a b c d]", ""},
		{"?n=2", "[a b]", `</v2/r/tags/list?last=b&n=2>; rel="next"`},
		{"?n=2&last=b", "[c d]", ""},
		{"?last=bb", "[c d]", ""},
		{"?last=z", "[]", ""},
		{"?n=x", "[a b c d]", ""},
	} {
		res, err := http.Get("http://" + host + "/v2/r/tags/list" + test.query)
		if err != nil {
			t.Fatal(err)
		}
		var page struct{ Tags []string }
		if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := fmt.Sprint(page.Tags); got != test.tags || res.Header.Get("Link") != test.next {
			t.Errorf("list%s = %s, %q, want %s, %q", test.query, got, res.Header.Get("Link"), test.tags, test.next)
		}
	}
}

// go-containerregistry reads it: index, platform, config, by tag and by digest, logged in or not.
func TestPull(t *testing.T) {
	for _, s := range []*Server{{}, {Tokens: true}} {
		s.Add("acme/app", "1.2", Image{Content: "app", Platforms: []string{"linux/amd64", "linux/arm64/v8"}, Labels: map[string]string{"k": "v"}})
		host := start(t, s)
		ref, err := name.ParseReference(host + "/acme/app:1.2")
		if err != nil {
			t.Fatal(err)
		}
		index, err := remote.Index(ref)
		if err != nil {
			t.Fatal(err)
		}
		d, err := index.Digest()
		if err != nil || d.String() != s.Digest("acme/app", "1.2") {
			t.Errorf("digest %v, %v, want %s", d, err, s.Digest("acme/app", "1.2"))
		}
		image, err := remote.Image(ref)
		if err != nil {
			t.Fatal(err)
		}
		config, err := image.ConfigFile()
		if err != nil || config.Config.Labels["k"] != "v" || config.Architecture != "amd64" {
			t.Errorf("config %+v, %v", config, err)
		}
	}
}

func TestUnknown(t *testing.T) {
	s := &Server{}
	s.Add("r", "1", Image{})
	digest := s.Digest("r", "1")
	s.Delete("r", digest)
	host := start(t, s)
	for _, path := range []string{
		"/v2/none/tags/list", "/v2/r/manifests/2", "/v2/r/manifests/" + digest, "/v2/r/blobs/sha256:00",
		"/v2/r/manifests/sha256:00", "/v2/r/what/1", "/v2/r",
	} {
		res, err := http.Get("http://" + host + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 404 || !strings.Contains(string(body), `{"errors":[{"code":`) {
			t.Errorf("GET %s = %d %s %v, want 404 in the form of the specification", path, res.StatusCode, body, err)
		}
	}
}

// The former image of a tag is available by its digest, even if it was never requested before.
func TestMovedTag(t *testing.T) {
	s := &Server{}
	s.Add("r", "1", Image{Content: "old"})
	s.Add("r", "1", Image{Content: "new"})
	var other Server
	other.Add("r", "1", Image{Content: "old"})
	if _, _, ok := s.find("r", other.Digest("r", "1")); !ok {
		t.Error("the old digest is unknown")
	}
}
