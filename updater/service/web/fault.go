package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/freshpin/freshpin/updater/store"
)

// A fault is an error answer.
type fault struct {
	Status int    // HTTP status
	Why    string // one sentence for people
}

// Error returns the sentence.
func (f *fault) Error() string { return f.Why }

var (
	errNotFound = &fault{http.StatusNotFound, "This page does not exist, or you may not see it."}
	errOperator = &fault{http.StatusForbidden, "This is for operators of the service."}
	errReadOnly = &fault{http.StatusForbidden, "The read-only token shows everything and changes nothing."}
	errGuessing = &fault{http.StatusTooManyRequests, "This address has sent too many wrong tokens. Wait a minute."}
	errForeign  = &fault{http.StatusForbidden, "Another site sent this form, so nothing was done."}
	errAway     = &fault{http.StatusServiceUnavailable, "The database does not answer. Nothing is lost; work resumes when it answers."}
	errInside   = &fault{http.StatusInternalServerError, "An internal error occurred. The service's log has the details."}
)

// noWrite is the fault of a viewer who may only read a repository.
func (s *server) noWrite() *fault {
	return &fault{http.StatusForbidden, "This requires write access to the repository on " + s.o.Forge.Title + "."}
}

// announce sets the headers for the status.
func (f *fault) announce(h http.Header) {
	switch f.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="freshpin"`)
	case http.StatusTooManyRequests:
		h.Set("Retry-After", "60")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "10")
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, HEAD")
	}
}

// faultOf converts an error to a fault for people; the error itself goes to the log.
func (s *server) faultOf(err error) *fault {
	var f *fault
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, store.ErrNotFound):
		return errNotFound
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		s.o.Log.Warn("the database is not available to the pages", "error", err)
		return errAway
	case errors.Is(err, context.Canceled):
		return errAway // the client has disconnected
	}
	s.o.Log.Error("a page failed", "error", err)
	return errInside
}

// fail serves an error page.
func (s *server) fail(w http.ResponseWriter, r *http.Request, who *viewer, err error) {
	f := s.faultOf(err)
	f.announce(w.Header())
	s.write(w, r, who, &page{Name: "fault", Title: http.StatusText(f.Status), Body: f}, f.Status)
}

// refuseForeign returns the handler for forms that another site has sent.
func (s *server) refuseForeign() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, nil, errForeign)
	})
}
