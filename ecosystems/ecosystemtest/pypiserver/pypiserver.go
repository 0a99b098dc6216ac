// Package pypiserver is an in-memory Python package index for tests and for the
// demo. It implements the simple API in JSON and HTML (PEP 503, 691, 700, 592, 658,
// 714, 792), with valid wheels and source distributions, so that pip accepts it.
//
// It creates files from a short description; the same description always gives
// the same hashes. Files cannot be uploaded.
package pypiserver

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/counter"
)

// A Release is one version of a project: a wheel and a source distribution.
type Release struct {
	Version        string
	Date           time.Time // zero for an index without dates
	Yanked         string    // the reason; "" if it is not yanked
	RequiresPython string    // ">=3.8"; "" for all
	RequiresDist   []string  // "click>=8.0"
	ProjectURLs    []string  // "Source, https://x.example"
	Summary        string    // one line about the project; "" for none

	NoMetadata bool   // metadata is only inside the files, as on an old index (PEP 658)
	Metadata   []byte // served beside the wheel with a matching hash; nil for the real metadata
	WrongHash  bool   // the index has a wrong hash for the metadata
}

// A Status is the status of a project (PEP 792).
type Status struct {
	Word   string // "archived", "deprecated", "quarantined"; "" for active
	Reason string // may be empty
}

// A Server is an index below /simple/. The zero value is empty. Set the fields
// before it serves; the methods are safe to call at any time.
type Server struct {
	HTMLOnly bool   // serve no JSON, like an old index
	User     string // with Password, the login that readers need; "" for a public index
	Password string

	// Fault is called first for each request and returns true if it has answered. nil for no faults.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	counter.Counter // of the requests for each path

	mu       sync.Mutex
	projects map[string][]Release // by normalised name
	built    map[string][]file    // files of the projects, created on first use
	statuses map[string]Status    // of projects that are not active
}

// Add publishes further releases of a project.
func (s *Server) Add(name string, releases ...Release) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.projects == nil {
		s.projects, s.built = map[string][]Release{}, map[string][]file{}
	}
	name = normal(name)
	s.projects[name] = append(s.projects[name], releases...)
	delete(s.built, name) // it lacks the files of these releases
}

// SetStatus sets the status of a project.
func (s *Server) SetStatus(name string, status Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.statuses == nil {
		s.statuses = map[string]Status{}
	}
	s.statuses[normal(name)] = status
}

// normal normalises a name by PEP 503.
func normal(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("-_.", r) })
	return strings.Join(words, "-")
}

// files returns the files and the status of a project; false if it does not exist.
func (s *Server) files(name string) ([]file, Status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	releases, ok := s.projects[name]
	if ok && s.built[name] == nil {
		for _, r := range releases {
			s.built[name] = append(s.built[name], sdist(name, r), wheel(name, r))
		}
	}
	return s.built[name], s.statuses[name], ok
}

// ServeHTTP serves GET and HEAD for /simple/, /simple/NAME/ and /files/NAME/FILE.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Count(r.URL.Path)
	user, password, _ := r.BasicAuth()
	// A fault comes before the login, so that tests can answer for it.
	switch {
	case s.Fault != nil && s.Fault(w, r):
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "this index is read-only", http.StatusMethodNotAllowed)
	case s.User != "" && (user != s.User || password != s.Password):
		w.Header().Set("WWW-Authenticate", `Basic realm="pypi"`)
		http.Error(w, "who are you?", http.StatusUnauthorized)
	default:
		s.answer(w, r)
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case parts[0] == "simple" && len(parts) == 2 && parts[1] == "":
		s.list(w, r)
	case parts[0] == "simple" && (len(parts) == 2 || len(parts) == 3 && parts[2] == ""):
		s.project(w, r, parts[1])
	case parts[0] == "files" && len(parts) == 3:
		s.file(w, r, parts[1], parts[2])
	default:
		http.NotFound(w, r)
	}
}
