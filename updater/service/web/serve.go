package web

import (
	"bytes"
	"net/http"
	"strings"
)

// A view computes a page for a viewer.
type view func(r *http.Request, who *viewer) (*page, error)

// An action changes something and returns the address to redirect the browser to.
type action func(r *http.Request, who *viewer) (to string, err error)

// page serves a view. It redirects users without a session to the sign-in.
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

// open serves a public view.
func (s *server) open(v view) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.who(r)
		// The page is public, so a session that cannot be read does not matter.
		if err != nil {
			who = nil
		}
		p, err := v(r, who)
		s.show(w, r, who, p, err)
	})
}

// maxForm is the size limit of a form, in bytes.
const maxForm = 64 << 10

// act executes the action of a form.
func (s *server) act(d action) http.Handler {
	return only(http.MethodPost, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.who(r)
		if signedOut(who, err) {
			// The path of a form answers only POST, so the user continues at the page with the form.
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
		// 303 makes the browser follow with GET, so a reload does not repeat the action.
		http.Redirect(w, r, to, http.StatusSeeOther)
	}))
}

// before returns the address of the page with the form.
func before(r *http.Request) string {
	if owner := r.PathValue("owner"); owner != "" {
		return repoPath(owner + "/" + r.PathValue("repo"))
	}
	if strings.HasPrefix(r.URL.Path, "/vulnerable/") {
		return "/vulnerable"
	}
	return "/jobs"
}

// show writes a page, or an error page.
func (s *server) show(w http.ResponseWriter, r *http.Request, who *viewer, p *page, err error) {
	if err != nil {
		s.fail(w, r, who, err)
		return
	}
	s.write(w, r, who, p, http.StatusOK)
}

// write renders a page completely before it sends the first byte, so that an error can still be reported.
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
	_, _ = w.Write(b.Bytes()) // fails only if the client has disconnected
}
