package web

import (
	"bytes"
	"net/http"
	"strings"
)

// A view is a page for whoever is signed in.
type view func(r *http.Request, who *viewer) (*page, error)

// An action changes something, and says where the browser is to go then.
type action func(r *http.Request, who *viewer) (to string, err error)

// page answers with a view. Whoever is not signed in is asked to, whichever page it is.
func (s *server) page(v view) http.Handler {
	return only(http.MethodGet, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.who(r)
		if signedOut(who, err) {
			http.Redirect(w, r, s.signIn(err != nil, r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		var p *page
		if err == nil {
			p, err = v(r, who)
		}
		s.show(w, r, who, p, err)
	}))
}

// open answers with a view that everybody may see.
func (s *server) open(v view) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.who(r)
		if err != nil {
			who = nil
		}
		p, err := v(r, who)
		s.show(w, r, who, p, err)
	})
}

// maxForm bounds what a form may send, in bytes.
const maxForm = 64 << 10

// act does what a form asks for.
func (s *server) act(d action) http.Handler {
	return only(http.MethodPost, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.who(r)
		if signedOut(who, err) {
			http.Redirect(w, r, s.signIn(err != nil, before(r)), http.StatusSeeOther)
			return
		}
		var to string
		if err == nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if r.ParseForm() != nil {
				err = &fault{http.StatusBadRequest, "The form is malformed."}
			} else {
				to, err = d(r, who)
			}
		}
		if err != nil {
			s.fail(w, r, who, err)
			return
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	}))
}

// before is the page that a form stands on.
func before(r *http.Request) string {
	if owner := r.PathValue("owner"); owner != "" {
		return repoPath(owner + "/" + r.PathValue("repo"))
	}
	if strings.HasPrefix(r.URL.Path, "/vulnerable/") {
		return "/vulnerable"
	}
	return "/jobs"
}

// show writes a page, or what went wrong with it.
func (s *server) show(w http.ResponseWriter, r *http.Request, who *viewer, p *page, err error) {
	if err != nil {
		s.fail(w, r, who, err)
		return
	}
	s.write(w, r, who, p, http.StatusOK)
}

// write renders a page as a whole before anything of it is sent.
func (s *server) write(w http.ResponseWriter, r *http.Request, who *viewer, p *page, status int) {
	s.frame(r, who, p)
	var b bytes.Buffer
	if err := s.looks.render(&b, p); err != nil {
		s.o.Log.Error("a page was not rendered", "page", p.Name, "error", err)
		http.Error(w, "this page failed to render; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client may be gone
}
