package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	template "github.com/DataDog/datadog-agent/pkg/template/html"

	"github.com/freshpin/freshpin/templates"
)

// A theme holds the templates and the static files.
type theme struct {
	pages map[string]*template.Template
	files map[string]file // by path
	names map[string]string
}

// A file is a static file. Browsers may cache it forever, because its address contains a hash of its content.
type file struct {
	data []byte
	kind string
}

// kinds maps extensions of static files to media types.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2",
}

// shared are the templates of all pages: the layout and common parts.
var shared = []string{"layout.html", "parts.html"}

// loadTheme loads the templates and static files. Those of the operator replace ours.
// forge is the title of the forge.
func loadTheme(own fs.FS, forge string) (*theme, error) {
	built, err := fs.Sub(templates.Web, "web")
	if err != nil {
		return nil, err
	}
	l := &theme{pages: map[string]*template.Template{}, files: map[string]file{}, names: map[string]string{}}
	entries, err := fs.ReadDir(built, ".")
	if err != nil {
		return nil, err
	}
	if err := known(own, entries); err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for _, e := range entries {
		data, err := read(built, own, e.Name())
		if err != nil {
			return nil, err
		}
		if kind, ok := kinds[path.Ext(e.Name())]; ok {
			l.keep(e.Name(), kind, data)
			continue
		}
		texts[e.Name()] = string(data)
	}
	return l, l.parse(texts, forge)
}

// known returns an error for files of the operator that replace none of ours.
func known(own fs.FS, entries []fs.DirEntry) error {
	if own == nil {
		return nil
	}
	given, err := fs.ReadDir(own, ".")
	if err != nil {
		return fmt.Errorf("templates of the pages: %w", err)
	}
	for _, g := range given {
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == g.Name() }) {
			return fmt.Errorf("templates of the pages: %s is not the name of a template", g.Name())
		}
	}
	return nil
}

func read(built, own fs.FS, name string) ([]byte, error) {
	if own != nil {
		if data, err := fs.ReadFile(own, name); err == nil {
			return data, nil
		}
	}
	return fs.ReadFile(built, name)
}

func (l *theme) keep(name, kind string, data []byte) {
	sum := sha256.Sum256(data)
	ext := path.Ext(name)
	address := "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	l.files[address] = file{data, kind}
	l.names[name] = address
}

// address returns the path of a static file.
func (l *theme) address(name string) string { return l.names[name] }

func (l *theme) parse(texts map[string]string, forge string) error {
	base := template.New("").Funcs(words()).Funcs(template.FuncMap{"static": l.address, "forge": func() string { return forge }})
	for _, name := range shared {
		if _, err := base.New(name).Parse(texts[name]); err != nil {
			return fmt.Errorf("templates of the pages: %w", err)
		}
	}
	for name, text := range texts {
		if slices.Contains(shared, name) {
			continue
		}
		// Each page defines its own "main" for the common layout.
		t, err := base.Clone()
		if err == nil {
			_, err = t.New(name).Parse(text)
		}
		if err != nil {
			return fmt.Errorf("templates of the pages: %w", err)
		}
		l.pages[strings.TrimSuffix(name, ".html")] = t
	}
	return nil
}

// render writes a page.
func (l *theme) render(w io.Writer, p *page) error {
	t, ok := l.pages[p.Name]
	if !ok {
		return fmt.Errorf("unknown template %s.html", p.Name)
	}
	return t.ExecuteTemplate(w, "layout.html", p)
}

// static serves a static file.
func (s *server) static(w http.ResponseWriter, r *http.Request) {
	f, ok := s.looks.files[r.URL.Path]
	if !ok {
		s.fail(w, r, nil, errNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", `"`+path.Base(r.URL.Path)+`"`)
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(f.data) // fails only if the client has disconnected
}
