package web

import (
	"net/http"
	"net/url"
)

// formTargets is where forms may lead: to ourselves, and to the forge's door
// where permissions have to be looked up again before something is done.
func formTargets(o Options) string {
	forms := "'self'"
	if o.Door == nil {
		return forms
	}
	if u, err := url.Parse(o.Door.Address("state", o.Base+callback)); err == nil && u.Host != "" {
		forms += " " + u.Scheme + "://" + u.Host
	}
	return forms
}

// hardened hardens every answer, those that no route of ours makes too.
func (s *server) hardened(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.harden(w)
		h.ServeHTTP(w, r)
	})
}

// harden sets what every answer has: it may load our own files and nothing
// else, and is not kept, framed, guessed at or told to other sites.
//
// See https://www.w3.org/TR/CSP3/
func (s *server) harden(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "+
		"form-action "+s.forms+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "private, no-store")
}
