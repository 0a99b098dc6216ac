package web

import (
	"net/http"
	"net/url"
)

// formTargets returns the allowed targets of forms: ourselves, and the forge's
// sign-in, to which a form redirects if permissions have to be checked again.
func formTargets(o Options) string {
	forms := "'self'"
	if o.SignIn == nil {
		return forms
	}
	if u, err := url.Parse(o.SignIn.Address("state", o.Base+callback)); err == nil && u.Host != "" {
		forms += " " + u.Scheme + "://" + u.Host
	}
	return forms
}

// hardened hardens every answer, even those of unknown routes.
func (s *server) hardened(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.harden(w)
		h.ServeHTTP(w, r)
	})
}

// harden sets the security headers: the page may load only our own files, and
// browsers must not cache it, frame it, guess its type or send its address to other
// sites.
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
