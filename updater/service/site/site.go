// Package site holds the pages of the service, the same as JSON, and the badges:
// made on the server, readable without JavaScript, and showing to everybody
// only what he may read on the forge.
//
// It changes nothing by itself: it asks for passes, ticks boxes and turns the
// stop switch through what it is given.
package site

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/freshpin/freshpin/templates"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// Data is what the pages ask the database.
type Data interface {
	Repositories(ctx context.Context, v store.Viewer, f store.Filter) ([]store.Repository, int, error)
	Repository(ctx context.Context, name string) (store.Repository, error)
	Totals(ctx context.Context, v store.Viewer) (store.Totals, map[store.State]int, error)
	Days(ctx context.Context, v store.Viewer, id int64, since time.Time) ([]store.Day, error)
	May(ctx context.Context, v store.Viewer, id int64) (store.Access, error)
	Pins(ctx context.Context, id int64) ([]store.Pin, error)
	Pulls(ctx context.Context, id int64) ([]store.Pull, error)
	Runs(ctx context.Context, v store.Viewer, id int64, n int) ([]store.Run, error)
	Who(ctx context.Context, v store.Viewer, query string, n int) ([]store.Pin, error)
	Packages(ctx context.Context, v store.Viewer, text string, n int) ([]store.PackageUse, error)
	Ticks(ctx context.Context, id int64) ([]string, error)
	Tick(ctx context.Context, id int64, pin, by string) error
	Untick(ctx context.Context, id int64, pins []string) error
	PutSession(ctx context.Context, s store.Session) error
	Session(ctx context.Context, id string) (store.Session, error)
	EndSession(ctx context.Context, id string) error
}

// Jobs is what the pages ask the queue.
type Jobs interface {
	Counts(ctx context.Context) ([]queue.Count, error)
	Parked(ctx context.Context, n int) ([]queue.Parked, error)
	Retry(ctx context.Context, id int64) error
}

// A Problem is something that is wrong right now.
type Problem struct {
	What  string    `json:"what"`
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
}

// Options are what the pages are made of.
type Options struct {
	Data Data
	Jobs Jobs
	UI   http.Handler // the queue's own pages, at /jobs/ui/; nil for none

	Door      forge.Door // lets people sign in with their account on the forge; nil for not at all
	Operators []string   // logins that see everything and hold the stop switch
	Tokens    []string   // any of them sees everything and changes nothing
	NoLogin   bool       // everybody sees and may do everything

	Want    func(ctx context.Context, repo store.Repository) error // a pass, now
	Stopped func(ctx context.Context) (bool, error)
	SetStop func(ctx context.Context, stop bool, by string) error
	Health  func(ctx context.Context) []Problem

	Base      string // how browsers reach the pages: "https://freshpin.acme.com"; "" is told by each request
	Templates fs.FS  // an operator's own, before the built-in ones; nil for none
	Version   string
	Log       *slog.Logger     // nil for silence
	Now       func() time.Time // nil means time.Now
}

// A site answers requests.
type site struct {
	Options
	pages  *pages
	secure bool // cookies go over HTTPS only
}

// New returns the pages.
func New(o Options) (http.Handler, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Base = strings.TrimSuffix(o.Base, "/")
	s := &site{Options: o, secure: strings.HasPrefix(o.Base, "https:")}
	var err error
	if s.pages, err = loadPages(templates.Site, o.Templates, o.Now); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	s.routes(mux)
	guard := http.NewCrossOriginProtection() // refuses writes that another site began
	if o.Base != "" {
		if u, err := url.Parse(o.Base); err == nil {
			if err := guard.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
				return nil, fmt.Errorf("the base address: %w", err)
			}
		}
	}
	return secured(guard.Handler(mux)), nil
}

func (s *site) routes(mux *http.ServeMux) {
	page := func(pattern string, serve func(*visit) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.visit(w, r, serve) })
	}
	mux.HandleFunc("GET /static/{file}", s.pages.static)
	mux.HandleFunc("GET /badge/{owner}/{file}", s.badge)
	page("GET /{$}", signedIn(s.overview))
	page("GET /r/{owner}/{repo}", signedIn(s.repository))
	page("POST /r/{owner}/{repo}/scan", signedIn(s.scan))
	page("POST /r/{owner}/{repo}/tick", signedIn(s.tick))
	page("GET /packages", signedIn(s.packages))
	page("GET /runs", signedIn(s.runs))
	page("GET /jobs", signedIn(operator(s.jobs)))
	page("POST /jobs/{id}/retry", signedIn(operator(s.retry)))
	page("POST /stop", signedIn(operator(s.stop)))
	page("GET /about", s.about)
	page("GET /login", s.login)
	page("POST /login", s.loginToken)
	page("GET /auth/start", s.authStart)
	page("GET /auth/callback", s.authCallback)
	page("POST /logout", s.logout)
	if s.UI != nil {
		page("/jobs/ui/", signedIn(operator(s.ui)))
	}
	s.api(mux)
	page("/", signedIn(func(*visit) error { return errNotFound }))
}

// policy is what pages may load: nothing from elsewhere, no script or style in a page.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self' https:; frame-ancestors 'none'; base-uri 'none'"

// policyOfUI is for the queue's own pages, whose scripts and styles stand in the page.
const policyOfUI = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'; base-uri 'self'"

func secured(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", policy)
		if strings.HasPrefix(r.URL.Path, "/jobs/ui/") {
			head.Set("Content-Security-Policy", policyOfUI)
		}
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Cache-Control", "private, no-store")
		h.ServeHTTP(w, r)
	})
}

// The errors of a visit, each with a status of its own.
var (
	errNotFound  = errors.New("there is no such page, or you may not see it")
	errForbidden = errors.New("you may see this, but not change it")
	errBadInput  = errors.New("that is not understood")
	errSignIn    = errors.New("sign in first")
)

func status(err error) int {
	switch {
	case errors.Is(err, errNotFound), errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, errForbidden):
		return http.StatusForbidden
	case errors.Is(err, errBadInput):
		return http.StatusBadRequest
	case errors.Is(err, errSignIn):
		return http.StatusUnauthorized
	case errors.Is(err, store.ErrUnavailable):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// words tells people what is wrong, and nothing of the inside.
func words(err error) string {
	switch status(err) {
	case http.StatusNotFound:
		return errNotFound.Error()
	case http.StatusServiceUnavailable:
		return "the database does not answer; nothing is lost, try again in a moment"
	case http.StatusInternalServerError:
		return "something went wrong; the log of the service tells what"
	}
	return err.Error()
}
