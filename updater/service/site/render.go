package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

// pages are the templates, and the files that they load.
type pages struct {
	all   map[string]*template.Template
	files map[string][]byte // by name with the hash of the content in it
	names map[string]string // by plain name
}

// loadPages reads every template, an operator's own ones first.
func loadPages(built, own fs.FS, now func() time.Time) (*pages, error) {
	p := &pages{all: map[string]*template.Template{}, files: map[string][]byte{}, names: map[string]string{}}
	read := func(name string) ([]byte, error) {
		if own != nil {
			if data, err := fs.ReadFile(own, name); !errors.Is(err, fs.ErrNotExist) {
				return data, err
			}
		}
		return fs.ReadFile(built, name)
	}
	list, err := fs.Glob(built, "site/*")
	if err != nil {
		return nil, err
	}
	layout, err := read("site/layout.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	for _, name := range list {
		data, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
		if path.Ext(name) != ".html" {
			p.add(path.Base(name), data)
		}
	}
	for _, name := range list {
		if path.Ext(name) != ".html" || name == "site/layout.html" {
			continue
		}
		data, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
		t, err := template.New("layout").Funcs(p.functions(now)).Parse(string(layout))
		if err == nil {
			t, err = t.Parse(string(data))
		}
		if err != nil {
			return nil, fmt.Errorf("pages: %s: %w", name, err)
		}
		p.all[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return p, nil
}

func (p *pages) add(name string, data []byte) {
	sum := sha256.Sum256(data)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	p.files[hashed], p.names[name] = data, hashed
}

// static serves a file whose name changes with its content.
func (p *pages) static(w http.ResponseWriter, r *http.Request) {
	data, ok := p.files[r.PathValue("file")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	w.Header().Set("Content-Type", kinds[path.Ext(r.PathValue("file"))])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(data) // the reader may be gone
}

// functions are what templates may call.
func (p *pages) functions(now func() time.Time) template.FuncMap {
	return template.FuncMap{
		"static":   func(name string) string { return "/static/" + p.names[name] },
		"ago":      func(t time.Time) string { return ago(now(), t) },
		"stamp":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") },
		"rfc":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"took":     func(d time.Duration) string { return d.Round(10 * time.Millisecond).String() },
		"percent":  percent,
		"years":    func(y float64) string { return fmt.Sprintf("%.1f", y) },
		"has":      func(list []string, s string) bool { return slices.Contains(list, s) },
		"link":     link,
		"short":    short,
		"sortBy":   sortBy,
		"sorted":   sorted,
		"statuses": func() []string { return []string{"update", "held", "failed", "skipped", "current"} },
		"states": func() []store.State {
			return []store.State{store.Proposing, store.Observed, store.Waiting, store.Broken, store.Refused}
		},
	}
}

// ago is how long something is past, or will take.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	form := "%s ago"
	if d < 0 {
		d, form = -d, "in %s"
	}
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf(form, plural(int(d/time.Minute), "minute"))
	case d < 48*time.Hour:
		return fmt.Sprintf(form, plural(int(d/time.Hour), "hour"))
	}
	return fmt.Sprintf(form, plural(int(d/(24*time.Hour)), "day"))
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func percent(part, all int) int {
	if all == 0 {
		return 0
	}
	return part * 100 / all
}

// link returns an address that a page may lead to, "" for anything else.
func link(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

// short abbreviates a digest.
func short(digest string) string {
	if len(digest) > 19 {
		return digest[:19] + "…"
	}
	return digest
}

// sortBy is the address that sorts a list by a column, and turns it round the next time.
func sortBy(q url.Values, column string) string {
	next := url.Values{}
	for k, v := range q {
		next[k] = v
	}
	next.Del("after")
	next.Set("sort", column)
	if q.Get("sort") == column {
		next.Set("sort", "-"+column)
	}
	return "?" + next.Encode()
}

// sorted is the value of aria-sort for a column.
func sorted(q url.Values, column string) string {
	switch q.Get("sort") {
	case column:
		return "ascending"
	case "-" + column:
		return "descending"
	}
	return "none"
}

// show renders a page.
func (v *visit) show(code int, name string, data map[string]any) error {
	ctx := v.Context()
	s := v.site
	data["Version"], data["Login"], data["Operator"], data["NoLogin"], data["Path"] = s.Version, v.login, v.operator, s.NoLogin, v.URL.Path
	data["SignedIn"] = v.viewer.All || v.viewer.Session != ""
	if s.Health != nil && data["SignedIn"] == true {
		data["Problems"] = s.Health(ctx)
	}
	if s.Stopped != nil {
		stopped, err := s.Stopped(ctx)
		data["Stopped"] = stopped && err == nil
	}
	var out bytes.Buffer
	if err := s.pages.all[name].Execute(&out, data); err != nil {
		s.Log.ErrorContext(ctx, "a page could not be rendered", "page", name, "error", err)
		http.Error(v.w, "the page could not be made", http.StatusInternalServerError)
		return nil
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(code)
	_, _ = v.w.Write(out.Bytes()) // the reader may be gone
	return nil
}
