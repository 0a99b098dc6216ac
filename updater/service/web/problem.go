package web

import (
	"encoding/json"
	"errors"
	"net/http"
)

// A problem is an error answer of the API.
//
// See https://www.rfc-editor.org/rfc/rfc9457
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

var (
	errSignIn = &fault{http.StatusUnauthorized, "Sign in, or send a token: Authorization: Bearer …"}
	errRenew  = &fault{http.StatusUnauthorized, "The permissions of this session must be refreshed: open a page in the browser."}
	errMethod = &fault{http.StatusMethodNotAllowed, "The API answers GET and HEAD."}
)

// refuse sends an error as a problem.
func (s *server) refuse(w http.ResponseWriter, err error) {
	if errors.Is(err, errStale) {
		err = errRenew
	}
	f := s.faultOf(err)
	h := w.Header()
	f.announce(h)
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.Status)
	_ = json.NewEncoder(w).Encode(problem{"about:blank", http.StatusText(f.Status), f.Status, f.Why}) // fails only if the client has disconnected
}
