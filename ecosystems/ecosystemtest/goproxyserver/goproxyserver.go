// Package goproxyserver is an in-memory Go module proxy for tests and for the
// demo. It implements the GOPROXY protocol of the Go Modules Reference.
//
// It creates modules from a short description. The zip files are valid, so that
// the go command can use them. Modules cannot be published over HTTP.
package goproxyserver

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/counter"
)

// A Server is a module proxy. The zero value is empty. Set the fields before it
// serves; the methods are safe to call at any time.
type Server struct {
	// Fault is called first for each request and returns true if it has answered. nil for no faults.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	// It counts list, latest, info, mod, zip, fault, and unknown for modules that do not
	// exist, which are also counted by their kind.
	counter.Counter

	mu      sync.Mutex
	modules map[string]map[string]Module // path -> version
}

// A Module is one version of a module.
type Module struct {
	Version string
	Date    time.Time         // of publication; zero means 2020-01-01
	GoMod   string            // "" means only the module line, as for a module without a go.mod
	Files   map[string]string // by path below the root, without go.mod; empty means a package with one constant
	Origin  *Origin           // nil if the proxy does not say
}

// An Origin is the source of a version in version control, in the format of the go command.
type Origin struct {
	VCS    string // "git"
	URL    string // of the repository
	Subdir string `json:",omitempty"` // of the module in it
	Ref    string `json:",omitempty"` // "refs/tags/v1.2.3"
	Hash   string `json:",omitempty"` // of the commit
}

// Add publishes a version of a module and replaces an existing one.
func (s *Server) Add(path string, m Module) {
	if m.Date.IsZero() {
		m.Date = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.modules == nil {
		s.modules = map[string]map[string]Module{}
	}
	if s.modules[path] == nil {
		s.modules[path] = map[string]Module{}
	}
	s.modules[path][m.Version] = m
}

// ServeHTTP serves GET and HEAD for MODULE/@v/list, MODULE/@v/VERSION.info,
// .mod and .zip, and MODULE/@latest.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Fault != nil && s.Fault(w, r) {
		s.Count("fault")
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "this proxy is read-only", http.StatusMethodNotAllowed)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	if escaped, ok := strings.CutSuffix(path, "/@latest"); ok {
		s.latest(w, escaped)
		return
	}
	escaped, file, ok := strings.Cut(path, "/@v/")
	if !ok {
		s.unknown(w, "no such page")
		return
	}
	if file == "list" {
		s.list(w, escaped)
		return
	}
	s.file(w, escaped, file)
}

// list serves the tagged versions, one per line, without pseudo-versions. The
// list of a module that has only those is empty.
func (s *Server) list(w http.ResponseWriter, escaped string) {
	s.Count("list")
	path, versions := s.find(escaped)
	if versions == nil {
		s.unknown(w, "module "+path+" is not known")
		return
	}
	var list []string
	for v := range versions {
		if !module.IsPseudoVersion(v) {
			list = append(list, v)
		}
	}
	slices.Sort(list) // any order is allowed; the same one each time keeps tests stable
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	for _, v := range list {
		fmt.Fprintln(w, v)
	}
}

// latest serves the highest release, else the highest pre-release, else the newest pseudo-version.
func (s *Server) latest(w http.ResponseWriter, escaped string) {
	s.Count("latest")
	path, versions := s.find(escaped)
	if versions == nil {
		s.unknown(w, "module "+path+" is not known")
		return
	}
	s.info(w, slices.MaxFunc(slices.Collect(maps.Values(versions)), byRank))
}

func byRank(a, b Module) int {
	if c := rank(a.Version) - rank(b.Version); c != 0 {
		return c
	}
	if rank(a.Version) == 0 { // of two commits the newer one, whatever tag it counts from
		return a.Date.Compare(b.Date)
	}
	return semver.Compare(a.Version, b.Version)
}

func rank(v string) int {
	switch {
	case module.IsPseudoVersion(v):
		return 0
	case semver.Prerelease(v) != "":
		return 1
	}
	return 2
}

func (s *Server) file(w http.ResponseWriter, escaped, file string) {
	dot := strings.LastIndexByte(file, '.')
	if dot < 0 {
		s.unknown(w, "no such page")
		return
	}
	kind := file[dot+1:]
	s.Count(kind)
	path, versions := s.find(escaped)
	version, err := module.UnescapeVersion(file[:dot]) // "!" before a letter stands for its upper case
	m, ok := versions[version]
	if err != nil || !ok {
		s.unknown(w, path+"@"+version+": invalid version: unknown revision "+version) // the words of proxy.golang.org
		return
	}
	switch kind {
	case "info":
		s.info(w, m)
	case "mod":
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		fmt.Fprint(w, m.goMod(path))
	case "zip":
		s.zip(w, path, m)
	default:
		s.unknown(w, "no such page")
	}
}

func (s *Server) info(w http.ResponseWriter, m Module) {
	w.Header().Set("Content-Type", "application/json")
	answer := map[string]any{"Version": m.Version, "Time": m.Date.UTC()}
	if m.Origin != nil {
		answer["Origin"] = m.Origin
	}
	_ = json.NewEncoder(w).Encode(answer) // fails only if the client has disconnected
}

// find returns a module by its case-escaped path; versions is empty if it does not exist.
func (s *Server) find(escaped string) (path string, versions map[string]Module) {
	path, err := module.UnescapePath(escaped)
	if err != nil {
		return escaped, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return path, maps.Clone(s.modules[path])
}

// unknown answers with 404 and a sentence, as proxies do.
func (s *Server) unknown(w http.ResponseWriter, what string) {
	s.Count("unknown")
	http.Error(w, "not found: "+what, http.StatusNotFound)
}
