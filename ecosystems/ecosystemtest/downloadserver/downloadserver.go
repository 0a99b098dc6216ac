// Package downloadserver simulates publishers of downloads: the releases and tags
// of GitHub, and the lists of checksums of Redis and Go. The path begins with the
// name of the simulated host: "/api.github.com/repos/…".
//
// The content of a file derives from its name, so that tests know its checksum.
package downloadserver

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/gitserver"
)

// A Release is one release of a repository on GitHub.
type Release struct {
	Tag     string
	Date    time.Time
	Assets  []string
	Swapped bool // its files have changed since publication

	SignedBy string // publisher whose key signs SHA256SUMS, in SHA256SUMS.asc; "" for no such files
	Unsigned bool   // the signature is missing
	Forged   bool   // the signature is for another list
}

// A Server holds releases. The zero value is empty.
type Server struct {
	// Fault is called first for each request and returns true if it has answered. nil for no faults.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	git      gitserver.Server
	mu       sync.Mutex
	releases map[string][]Release
	counts   map[string]int
	keys     map[string]*openpgp.Entity // of publishers
}

// Hosts returns the hosts that the server simulates.
func Hosts() []string {
	return []string{"github.com", "api.github.com", "raw.githubusercontent.com", "go.dev"}
}

// Checksum returns the SHA-256 of a file of a release at publication, in hexadecimal.
func Checksum(project, tag, file string) string {
	sum := sha256.Sum256([]byte(project + " " + tag + " " + file))
	return hex.EncodeToString(sum[:])
}

func (r Release) checksum(project, file string) string {
	if r.Swapped {
		file += ", swapped"
	}
	return Checksum(project, r.Tag, file)
}

// Add adds a release of a project such as "tianon/gosu".
func (s *Server) Add(project string, r Release) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.releases == nil {
		s.releases = map[string][]Release{}
	}
	s.releases[project] = append(s.releases[project], r)
	s.git.Tag(project, r.Tag, project+" "+r.Tag)
}

// Requests returns the number of requests for each path.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := s.counts
	s.counts = nil
	return counts
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.counts == nil {
		s.counts = map[string]int{}
	}
	s.counts[r.URL.Path]++
	// Released before answering, because the handlers take it themselves.
	s.mu.Unlock()
	if s.Fault != nil && s.Fault(w, r) {
		return
	}
	host, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	// s.file has answered if it returns true; other paths are for git.
	case host == "github.com" && s.file(w, rest):
	case host == "github.com":
		http.StripPrefix("/github.com", &s.git).ServeHTTP(w, r)
	case host == "api.github.com" && strings.HasPrefix(rest, "repos/"):
		s.release(w, r, strings.TrimPrefix(rest, "repos/"))
	case host == "go.dev" && rest == "dl/":
		s.golang(w)
	case rest == "redis/redis-hashes/master/README":
		s.redis(w)
	default:
		http.NotFound(w, r)
	}
}

// names returns the names of all files of a release.
func (r Release) names() []string {
	switch {
	case r.SignedBy == "":
		return r.Assets
	case r.Unsigned:
		// A copy, because append could write into the caller's list.
		return append(slices.Clone(r.Assets), listName)
	}
	return append(slices.Clone(r.Assets), listName, signatureName)
}

// file serves a file of a release; false for any other path.
func (s *Server) file(w http.ResponseWriter, rest string) bool {
	project, file, ok := strings.Cut(rest, "/releases/download/")
	tag, file, two := strings.Cut(file, "/")
	return ok && two && s.sum(w, project, tag, file)
}

// release answers as "Get a release by tag name" of GitHub's REST API does.
func (s *Server) release(w http.ResponseWriter, r *http.Request, rest string) {
	project, tag, _ := strings.Cut(rest, "/releases/tags/")
	s.mu.Lock()
	defer s.mu.Unlock()
	n := slices.IndexFunc(s.releases[project], func(r Release) bool { return r.Tag == tag })
	if n < 0 {
		http.NotFound(w, r)
		return
	}
	one := s.releases[project][n]
	// Not nil, which would be null in JSON.
	assets := []map[string]any{}
	for _, name := range one.names() {
		assets = append(assets, map[string]any{"name": name, "size": 1, "digest": "sha256:" + one.checksum(project, name)})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"tag_name": tag, "published_at": one.Date, "prerelease": false, "draft": false, "assets": assets})
}

// Go is the project of the releases on go.dev. Its assets are named by platform: "linux-amd64.tar.gz".
const Go = "go.dev/dl"

// golang answers as https://go.dev/dl/?mode=json&include=all does.
func (s *Server) golang(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []map[string]any{}
	for _, r := range s.releases[Go] {
		files := []map[string]any{}
		for _, platform := range r.Assets {
			name := "go" + r.Tag + "." + platform
			files = append(files, map[string]any{"filename": name, "version": "go" + r.Tag, "sha256": r.checksum(Go, name), "kind": "archive"})
		}
		all = append(all, map[string]any{"version": "go" + r.Tag, "stable": true, "files": files})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all)
}

// redis answers as the README of redis/redis-hashes does.
func (s *Server) redis(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.releases["redis/redis"] {
		file := "redis-" + r.Tag + ".tar.gz"
		fmt.Fprintf(w, "hash %s sha256 %s http://download.redis.io/releases/%s\n", file, r.checksum("redis/redis", file), file)
	}
}
