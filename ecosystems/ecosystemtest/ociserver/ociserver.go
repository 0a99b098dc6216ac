// Package ociserver is an in-memory image registry for tests and for the demo. It
// implements the read operations of the OCI distribution specification.
//
// It creates images from a short description; the same description always gives
// the same digest. Images cannot be pushed and have no real layers.
package ociserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"
)

// A Server is a registry. The zero value is empty and public. Set the fields
// before it serves; the methods are safe to call at any time.
type Server struct {
	PageSize int    // most tags in one page; 0 means as many as the client requests, or all
	User     string // with Password, the login that readers need; "" for a public registry
	Password string
	Tokens   bool // issue bearer tokens at /token instead of requiring the password each time
	NoDigest bool // omit the header Docker-Content-Digest

	// Fault is called first for each request and returns true if it has answered. nil for no faults.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu      sync.Mutex
	repos   map[string]*repo
	blobs   map[string]blob // built so far, by digest
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

// Add publishes an image under a tag and moves an existing tag.
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
		s.build(r, tag) // the old image stays available by its digest
	}
	r.tags[tag], r.all = i, false
	delete(r.built, tag)
}

// Digest returns the digest of a tag, "" for an unknown tag.
func (s *Server) Digest(repository, tag string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.repos[repository]
	if !ok {
		return ""
	}
	return s.build(r, tag)
}

// Delete removes a digest from a repository, like a registry that cleans up.
func (s *Server) Delete(repository, digest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.repos[repository]; ok {
		r.gone[digest] = true
	}
}

// Requests returns the number of requests of each kind: ping, token, tags, head
// (of a manifest), manifest, blob, refused (for lack of credentials), fault.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// ForgetRequests resets the counts of Requests.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts = nil
}

// ForgetTokens invalidates all tokens.
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

// ServeHTTP serves GET and HEAD below /v2/, and /token.
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

// content serves /v2/NAME/tags/list, /v2/NAME/manifests/REF and /v2/NAME/blobs/DIGEST.
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

// list serves one page of sorted tags, with a Link header for the next one
// (OCI distribution specification, "Listing Tags").
func (s *Server) list(w http.ResponseWriter, r *http.Request, name string) {
	tags, ok := s.tags(name)
	if !ok {
		fail(w, http.StatusNotFound, "NAME_UNKNOWN", "repository name not known to registry")
		return
	}
	q := r.URL.Query()
	i, found := slices.BinarySearch(tags, q.Get("last"))
	// The tag last was on the page before.
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
	s.send(w, r, blob{"application/json", body}, digest.FromBytes(body).String())
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

// find returns the content of a tag or digest of a repository. For an unknown
// digest it first builds all images of the repository.
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
		_, _ = w.Write(b.data) // fails only if the client has disconnected
	}
}

// fail answers with an error in the format of the specification.
func fail(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":%q}]}`+"\n", code, message)
}
