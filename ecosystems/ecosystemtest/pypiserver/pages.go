package pypiserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// apiVersion is the version that pypi.org uses, from PEP 792.
const apiVersion = "1.4"

// project serves the page of one project, and redirects names and paths that are not normalised.
func (s *Server) project(w http.ResponseWriter, r *http.Request, name string) {
	files, status, ok := s.files(normal(name))
	if status.Word == "quarantined" {
		files = nil // an index must not offer the files of a quarantined project
	}
	switch {
	case !ok:
		http.NotFound(w, r)
	case r.URL.Path != "/simple/"+normal(name)+"/": // addresses end in a slash (PEP 503)
		http.Redirect(w, r, "/simple/"+normal(name)+"/", http.StatusMovedPermanently)
	default:
		s.page(w, r, page(normal(name), files, status), "Links for "+normal(name), statusMeta(status), links(files))
	}
}

// list serves the names of all projects.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	names := slices.Sorted(maps.Keys(s.projects))
	s.mu.Unlock()
	var b strings.Builder
	projects := []map[string]string{}
	for _, n := range names {
		projects = append(projects, map[string]string{"name": n})
		fmt.Fprintf(&b, "<a href=\"/simple/%s/\">%s</a><br/>\n", n, html.EscapeString(n))
	}
	s.page(w, r, map[string]any{"meta": meta(), "projects": projects}, "Simple index", "", b.String())
}

// page sends a page as JSON or HTML, each with its own ETag, as pypi.org does.
func (s *Server) page(w http.ResponseWriter, r *http.Request, data any, title, head, body string) {
	form := legacyType
	if !s.HTMLOnly {
		w.Header().Set("Vary", "Accept")
		form = choose(strings.Join(r.Header.Values("Accept"), ","))
	}
	switch form {
	case "": // PEP 691 permits a default instead, but that would hide a wrong Accept header
		http.Error(w, "no such form", http.StatusNotAcceptable)
	case jsonType:
		text, err := json.Marshal(data)
		must(err)
		send(w, r, jsonType, text)
	default:
		send(w, r, form+"; charset=utf-8", fmt.Appendf(nil,
			"<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"%s\">%s<title>%s</title></head><body>\n<h1>%[3]s</h1>\n%[4]s</body></html>\n",
			apiVersion, head, html.EscapeString(title), body))
	}
}

// send sends data, and supports conditional and range requests.
func send(w http.ResponseWriter, r *http.Request, form string, data []byte) {
	w.Header().Set("ETag", `"`+sum(data)+`"`)
	w.Header().Set("Content-Type", form)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

func meta() map[string]string { return map[string]string{"api-version": apiVersion} }

func statusMeta(s Status) string {
	if s.Word == "" {
		return ""
	}
	return fmt.Sprintf("<meta name=\"pypi:project-status\" content=\"%s\"><meta name=\"pypi:project-status-reason\" content=\"%s\">",
		html.EscapeString(s.Word), html.EscapeString(s.Reason))
}

// page returns the project detail of PEP 691 with the fields of PEP 700 and 792.
func page(name string, files []file, status Status) map[string]any {
	versions, list := []string{}, []map[string]any{}
	for _, f := range files {
		if !slices.Contains(versions, f.release.Version) {
			versions = append(versions, f.release.Version)
		}
		list = append(list, entry(f))
	}
	p := map[string]any{"meta": meta(), "name": name, "versions": versions, "files": list}
	if status.Word != "" {
		p["project-status"] = map[string]string{"status": status.Word, "reason": status.Reason}
	}
	return p
}

func entry(f file) map[string]any {
	e := map[string]any{
		"filename": f.name, "url": f.path(), "size": len(f.data), "yanked": false, "requires-python": nil,
		"hashes": map[string]string{"sha256": sum(f.data)}, "core-metadata": false, "data-dist-info-metadata": false,
	}
	if f.release.Yanked != "" {
		e["yanked"] = f.release.Yanked
	}
	if f.release.RequiresPython != "" {
		e["requires-python"] = f.release.RequiresPython
	}
	if !f.release.Date.IsZero() {
		e["upload-time"] = f.release.Date.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	if f.metadata != nil { // also by the name from before PEP 714
		m := map[string]string{"sha256": f.metadataSum()}
		e["core-metadata"], e["data-dist-info-metadata"] = m, m
	}
	return e
}

// metadataSum returns the hash of the metadata in the index.
func (f file) metadataSum() string {
	if f.release.WrongHash {
		return sum(f.data)
	}
	return sum(f.metadata)
}

// links returns the anchors of PEP 503.
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
			add("data-core-metadata", "sha256="+f.metadataSum())
			add("data-dist-info-metadata", "sha256="+f.metadataSum())
		}
		fmt.Fprintf(&b, "<a href=\"%s#sha256=%s\"%s>%s</a><br/>\n", f.path(), sum(f.data), attributes, f.name)
	}
	return b.String()
}

// file serves a distribution, or the metadata of a wheel (PEP 658).
func (s *Server) file(w http.ResponseWriter, r *http.Request, project, name string) {
	files, _, _ := s.files(project)
	for _, f := range files {
		switch {
		case name == f.name:
			send(w, r, "application/octet-stream", f.data)
			return
		case name == f.name+".metadata" && f.metadata != nil:
			send(w, r, "application/octet-stream", f.metadata)
			return
		}
	}
	http.NotFound(w, r)
}
