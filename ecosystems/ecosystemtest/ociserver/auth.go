package ociserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// admits reports whether the request may read a repository ("" for the ping), and
// answers with a challenge if not.
func (s *Server) admits(w http.ResponseWriter, r *http.Request, name string) bool {
	switch {
	case s.User == "" && !s.Tokens:
		return true
	case !s.Tokens:
		if s.known(r) {
			return true
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="test registry"`)
	default:
		scope := ""
		if name != "" {
			scope = "repository:" + name + ":pull"
		}
		if s.holds(r, scope) {
			return true
		}
		w.Header().Set("WWW-Authenticate", challenge(r, scope))
	}
	s.count("refused")
	fail(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
	return false
}

func (s *Server) known(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && user == s.User && password == s.Password
}

func challenge(r *http.Request, scope string) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	text := fmt.Sprintf(`Bearer realm="%s://%s/token",service="test"`, scheme, r.Host)
	if scope != "" {
		text += fmt.Sprintf(`,scope=%q`, scope)
	}
	return text
}

// holds reports whether the request has a token for the scope.
func (s *Server) holds(r *http.Request, scope string) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	granted, ok := s.issued[token]
	// A ping is about no repository, so any token will do.
	return ok && (scope == "" || granted == scope)
}

// token serves a token for one scope to a client with the right login; to every client if s.User is "".
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.count("token")
	if s.User != "" && !s.known(r) {
		fail(w, http.StatusUnauthorized, "UNAUTHORIZED", "wrong name or password")
		return
	}
	s.mu.Lock()
	if s.issued == nil {
		s.issued = map[string]string{}
	}
	s.counter++
	token := fmt.Sprintf("token-%d", s.counter)
	s.issued[token] = r.URL.Query().Get("scope")
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": token, "expires_in": 300}) // fails only if the client has disconnected
}
