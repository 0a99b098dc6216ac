// Package ociserver is an image registry in memory: the read side of the OCI
// distribution specification, for tests and for the demo.
//
// Images are made from a plain description, and the same description always has
// the same digest. Nothing can be pushed; there are no real layers.
package ociserver

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Server is a registry. The zero value is empty and open to all. Set the
// fields before it serves; the methods may be called at any time.
type Server struct {
	PageSize int    // tags in one page at most; 0 means as many as the client asks for, or all
	User     string // with Password: who may read; "" for everybody
	Password string
	Tokens   bool // hand out bearer tokens at /token instead of asking for the password each time
	NoDigest bool // leave the header Docker-Content-Digest out

	// Fault is called first; true means that it has answered. nil for no faults.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu      sync.Mutex
	repos   map[string]*repo
	blobs   map[string]blob // by digest: what has been built so far
	counts  map[string]int
	issued  map[string]string // token -> scope
	counter int
}

type repo struct {
	tags   map[string]Image
	sorted []string          // nil after a change
	built  map[string]string // tag -> digest
	all    bool              // every tag has been built
	gone   map[string]bool   // digests that were deleted
}

// Add publishes an image under a tag, in place of what was there.
func (s *Server) Add(repository, tag string, i Image) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.repos == nil {
		s.repos = map[string]*repo{}
	}
	r, ok := s.repos[repository]
	if !ok {
		r = &repo{tags: map[string]Image{}, built: map[string]string{}, gone: map[string]bool{}}
		s.repos[repository] = r
	}
	if _, known := r.tags[tag]; !known {
		r.sorted = nil
	} else {
		s.build(r, tag) // what the tag named before stays to be had by its digest
	}
	r.tags[tag], r.all = i, false
	delete(r.built, tag)
}

// Digest returns the digest that a tag names, "" for an unknown one.
func (s *Server) Digest(repository, tag string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.repos[repository]
	if !ok {
		return ""
	}
	return s.build(r, tag)
}

// Delete makes a digest unknown in a repository, as registries do that clean up.
func (s *Server) Delete(repository, digest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.repos[repository]; ok {
		r.gone[digest] = true
	}
}

// Requests returns how often each kind of request was made: ping, token, tags,
// head (of a manifest), manifest, blob, refused (by missing credentials), fault.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// ForgetRequests starts counting anew.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts = nil
}

// ForgetTokens ends the life of every token.
func (s *Server) ForgetTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued = nil
}

func (s *Server) count(kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[string]int{}
	}
	s.counts[kind]++
}

// ServeHTTP answers GET and HEAD below /v2/, and /token.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	switch {
	case s.Fault != nil && s.Fault(w, r):
		s.count("fault")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		fail(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "this registry is read-only")
	case r.URL.Path == "/token":
		s.token(w, r)
	case r.URL.Path == "/v2/" || r.URL.Path == "/v2":
		s.count("ping")
		if s.admits(w, r, "") {
			fmt.Fprint(w, "{}")
		}
	default:
		s.content(w, r)
	}
}

// content answers /v2/NAME/tags/list, /v2/NAME/manifests/REF and /v2/NAME/blobs/DIGEST.
func (s *Server) content(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, "/v2/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	parts := strings.Split(path, "/")
	if len(parts) < 3 {
		fail(w, http.StatusNotFound, "NAME_UNKNOWN", "no such page")
		return
	}
	name := strings.Join(parts[:len(parts)-2], "/")
	kind, ref := parts[len(parts)-2], parts[len(parts)-1]
	s.count(kindOf(kind, r.Method))
	if !s.admits(w, r, name) {
		return
	}
	switch kind {
	case "tags":
		s.list(w, r, name)
	case "manifests", "blobs":
		s.blob(w, r, name, ref)
	default:
		fail(w, http.StatusNotFound, "UNSUPPORTED", "no such page")
	}
}

func kindOf(part, method string) string {
	switch {
	case part == "manifests" && method == http.MethodHead:
		return "head"
	case part == "manifests":
		return "manifest"
	case part == "blobs":
		return "blob"
	}
	return part
}

// list answers with one page of tags, sorted, and a Link to the next one
// (OCI distribution specification, "Listing Tags").
func (s *Server) list(w http.ResponseWriter, r *http.Request, name string) {
	tags, ok := s.tags(name)
	if !ok {
		fail(w, http.StatusNotFound, "NAME_UNKNOWN", "repository name not known to registry")
		return
	}
	q := r.URL.Query()
	i, found := slices.BinarySearch(tags, q.Get("last"))
	if found {
		i++
	}
	tags = tags[i:]
	n, err := strconv.Atoi(q.Get("n"))
	if err != nil || n < 0 || s.PageSize > 0 && n > s.PageSize {
		n = s.PageSize
	}
	if n > 0 && n < len(tags) {
		tags = tags[:n]
		q.Set("n", strconv.Itoa(n))
		q.Set("last", tags[n-1])
		w.Header().Set("Link", fmt.Sprintf("<%s?%s>; rel=\"next\"", r.URL.Path, q.Encode()))
	}
	body, err := json.Marshal(map[string]any{"name": name, "tags": tags})
	if err != nil {
		panic(err) // strings always marshal
	}
	s.send(w, r, blob{"application/json", body}, digestOf(body))
}

func (s *Server) tags(name string) ([]string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.repos[name]
	if !ok {
		return nil, false
	}
	if r.sorted == nil {
		r.sorted = slices.Sorted(maps.Keys(r.tags))
	}
	return r.sorted, true
}

func (s *Server) blob(w http.ResponseWriter, r *http.Request, name, ref string) {
	b, digest, ok := s.find(name, ref)
	if !ok {
		fail(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown")
		return
	}
	if !s.NoDigest {
		w.Header().Set("Docker-Content-Digest", digest)
	}
	s.send(w, r, b, digest)
}

// find returns what a tag or digest of a repository names. For a digest that
// has not been seen it builds all images of the repository.
func (s *Server) find(name, ref string) (b blob, digest string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.repos[name]
	if !ok {
		return blob{}, "", false
	}
	digest = ref
	if !strings.HasPrefix(ref, "sha256:") {
		digest = s.build(r, ref)
	} else if _, known := s.blobs[digest]; !known && !r.all {
		for tag := range r.tags {
			s.build(r, tag)
		}
		r.all = true
	}
	b, ok = s.blobs[digest]
	return b, digest, ok && !r.gone[digest]
}

func (s *Server) send(w http.ResponseWriter, r *http.Request, b blob, digest string) {
	tag := `"` + digest + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", b.mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(b.data)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(b.data) // the client is gone
	}
}

// fail answers in the form that the specification has for errors.
func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":%q}]}`+"\n", code, message)
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
