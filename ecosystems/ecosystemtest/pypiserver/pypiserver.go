// Package pypiserver is a Python package index in memory, for tests and for the
// demo: the simple API in JSON and HTML (PEP 503, 691, 700, 592, 658, 714), with
// real, tiny wheels and source distributions, so that pip accepts it.
//
// Files are made from a plain description, and the same description always has
// the same hashes. Nothing can be uploaded.
package pypiserver

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Release is one version of a project: a wheel and a source distribution.
type Release struct {
	Version        string
	Date           time.Time // zero for an index that does not tell
	Yanked         string    // why; "" if it is not
	RequiresPython string    // ">=3.8"; "" for all
	RequiresDist   []string  // "click>=8.0"
}

// A Server is an index below /simple/. The zero value is empty. Set the fields
// before it serves; the methods may be called at any time.
type Server struct {
	HTMLOnly bool   // an old index: no JSON
	User     string // with Password: who may read; "" for everybody
	Password string

	// Fault is called first; true means that it has answered. nil for no faults.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu       sync.Mutex
	projects map[string][]Release // by normalised name
	built    map[string][]file    // the same, made when first asked for
	counts   map[string]int
}

// Add publishes releases of a project, beside those that are there.
func (s *Server) Add(name string, releases ...Release) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.projects == nil {
		s.projects, s.built = map[string][]Release{}, map[string][]file{}
	}
	name = normal(name)
	s.projects[name] = append(s.projects[name], releases...)
	delete(s.built, name)
}

// Requests returns how often each path was asked for.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// normal is the name of PEP 503.
func normal(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("-_.", r) })
	return strings.Join(words, "-")
}

// files returns the files of a project.
func (s *Server) files(name string) ([]file, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	releases, ok := s.projects[name]
	if ok && s.built[name] == nil {
		for _, r := range releases {
			s.built[name] = append(s.built[name], sdist(name, r), wheel(name, r))
		}
	}
	return s.built[name], ok
}

// ServeHTTP answers for /simple/, /simple/NAME/ and /files/NAME/FILE.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.counts == nil {
		s.counts = map[string]int{}
	}
	s.counts[r.URL.Path]++
	s.mu.Unlock()
	if s.Fault != nil && s.Fault(w, r) {
		return
	}
	if user, password, _ := r.BasicAuth(); s.User != "" && (user != s.User || password != s.Password) {
		w.Header().Set("WWW-Authenticate", `Basic realm="pypi"`)
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
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

// project answers for one project; a name or path that is not normal is redirected.
func (s *Server) project(w http.ResponseWriter, r *http.Request, name string) {
	files, ok := s.files(normal(name))
	switch {
	case !ok:
		http.NotFound(w, r)
	case r.URL.Path != "/simple/"+normal(name)+"/":
		http.Redirect(w, r, "/simple/"+normal(name)+"/", http.StatusMovedPermanently)
	case s.HTMLOnly || !strings.Contains(r.Header.Get("Accept"), jsonType):
		s.html(w, "Links for "+normal(name), links(files))
	default:
		s.json(w, r, page(normal(name), files))
	}
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	names := slices.Sorted(maps.Keys(s.projects))
	s.mu.Unlock()
	if s.HTMLOnly || !strings.Contains(r.Header.Get("Accept"), jsonType) {
		var b strings.Builder
		for _, n := range names {
			fmt.Fprintf(&b, "<a href=\"/simple/%s/\">%s</a><br/>\n", n, n)
		}
		s.html(w, "Simple index", b.String())
		return
	}
	projects := []map[string]string{}
	for _, n := range names {
		projects = append(projects, map[string]string{"name": n})
	}
	s.json(w, r, map[string]any{"meta": meta(), "projects": projects})
}

const jsonType = "application/vnd.pypi.simple.v1+json"

func meta() map[string]string { return map[string]string{"api-version": "1.1"} }

// json answers with an ETag, as pypi.org does.
func (s *Server) json(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	tag := `"` + sum(body) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Vary", "Accept")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(body) // the client that went away misses nothing
}

func (s *Server) html(w http.ResponseWriter, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.1\"><title>%s</title></head><body>\n%s</body></html>\n", html.EscapeString(title), body)
}

// page is the project detail of PEP 691 with the fields of PEP 700.
func page(name string, files []file) map[string]any {
	versions, list := []string{}, []map[string]any{}
	for _, f := range files {
		if !slices.Contains(versions, f.release.Version) {
			versions = append(versions, f.release.Version)
		}
		entry := map[string]any{
			"filename": f.name, "url": f.path(), "size": len(f.data), "yanked": false, "requires-python": nil,
			"hashes": map[string]string{"sha256": sum(f.data)}, "core-metadata": false, "data-dist-info-metadata": false,
		}
		if f.release.Yanked != "" {
			entry["yanked"] = f.release.Yanked
		}
		if f.release.RequiresPython != "" {
			entry["requires-python"] = f.release.RequiresPython
		}
		if !f.release.Date.IsZero() {
			entry["upload-time"] = f.release.Date.UTC().Format("2006-01-02T15:04:05.000000Z")
		}
		if f.metadata != nil {
			m := map[string]string{"sha256": sum(f.metadata)}
			entry["core-metadata"], entry["data-dist-info-metadata"] = m, m
		}
		list = append(list, entry)
	}
	return map[string]any{"meta": meta(), "name": name, "versions": versions, "files": list}
}

// links are the anchors of PEP 503.
func links(files []file) string {
	var b strings.Builder
	for _, f := range files {
		attributes := ""
		add := func(name, value string) {
			if value != "" {
				attributes += fmt.Sprintf(" %s=\"%s\"", name, html.EscapeString(value))
			}
		}
		add("data-requires-python", f.release.RequiresPython)
		add("data-yanked", f.release.Yanked)
		if f.metadata != nil {
			add("data-core-metadata", "sha256="+sum(f.metadata))
			add("data-dist-info-metadata", "sha256="+sum(f.metadata))
		}
		fmt.Fprintf(&b, "<a href=\"%s#sha256=%s\"%s>%s</a><br/>\n", f.path(), sum(f.data), attributes, f.name)
	}
	return b.String()
}

func (s *Server) file(w http.ResponseWriter, r *http.Request, project, name string) {
	files, _ := s.files(project)
	for _, f := range files {
		body := f.data
		if name == f.name+".metadata" {
			body = f.metadata
		} else if name != f.name {
			continue
		}
		if body != nil {
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(body) // the client that went away misses nothing
			return
		}
	}
	http.NotFound(w, r)
}
