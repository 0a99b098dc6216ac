package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/store"
)

// Options are the dependencies and settings of the pages.
type Options struct {
	Data      Data
	Jobs      Jobs
	Forge     forge.Info   // whose repositories are shown
	SignIn    forge.SignIn // sign-in with accounts of the forge; nil for none
	Operators []string     // logins that see everything, may retry jobs and use the stop switch
	Tokens    []string     // tokens that see everything and may change nothing; at least 16 characters
	NoLogin   bool         // every viewer is an operator; for tests on loopback, which the caller checks

	// Base is the address of the service for browsers: https://freshpin.acme.com; ""
	// takes it from each request. Unless it begins with http://, cookies are
	// restricted to https.
	Base string
	// Listen is the address of the server: "127.0.0.1:8080". If it is one address and
	// not all, it is one of the accepted hosts.
	Listen string

	// Want requests a pass; nil to allow no requests.
	Want func(ctx context.Context, repo store.Repository) error
	// Stopped reports whether the stop switch is on; SetStop turns it on or off, by is the login.
	Stopped func(ctx context.Context) (bool, error)
	SetStop func(ctx context.Context, stop bool, by string) error
	// Health returns the current problems; nil for none.
	Health func(ctx context.Context) []Problem

	Templates fs.FS // files that replace files with the same name in the folder web; nil for none
	Version   string
	// KindOf returns the kind of packages of an ecosystem, since several ecosystems
	// use the same images. nil treats the ecosystems as different kinds.
	KindOf func(ecosystem string) string
	Now    func() time.Time // nil means time.Now
	Log    *slog.Logger     // nil for no logging
}

func (o Options) filled() Options {
	if o.KindOf == nil {
		o.KindOf = func(ecosystem string) string { return ecosystem }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Stopped == nil {
		o.Stopped = func(context.Context) (bool, error) { return false, nil }
	}
	if o.Health == nil {
		o.Health = func(context.Context) []Problem { return nil }
	}
	o.Base = strings.TrimRight(o.Base, "/")
	return o
}

// A server serves the pages and the API.
type server struct {
	o     Options
	looks *theme
	tries guessing
	forms string // allowed targets of forms, for the Content-Security-Policy

	described []byte // description of the API
}

const minToken = 16 // characters; shorter ones can be guessed

// New returns the handler for all paths below "/".
func New(o Options) (http.Handler, error) {
	o = o.filled()
	base, err := url.Parse(o.Base)
	// A path is refused because all routes are below the root of a host.
	if err != nil || o.Base != "" && (base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.Path != "" || base.RawQuery != "") {
		return nil, fmt.Errorf("web pages: base URL %q is not like https://freshpin.acme.com", o.Base)
	}
	if o.NoLogin && o.Base != "" && !Loopback(base.Host) {
		return nil, fmt.Errorf("web pages: without a login they only serve this machine, but base URL %s names another", o.Base)
	}
	for _, token := range o.Tokens {
		if len(token) < minToken {
			return nil, fmt.Errorf("web pages: a read-only token of less than %d characters can be guessed", minToken)
		}
	}
	s := &server{o: o, forms: formTargets(o)}
	if s.looks, err = loadTheme(o.Templates, o.Forge.Title); err != nil {
		return nil, err
	}
	if s.described, err = describeAPI(); err != nil {
		return nil, err
	}
	cross := http.NewCrossOriginProtection()
	if o.Base != "" {
		// The Origin is otherwise compared with the Host, which a proxy may change.
		if err := cross.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
			return nil, fmt.Errorf("web pages: base URL: %w", err)
		}
	}
	cross.SetDenyHandler(s.refuseForeign())
	mux := http.NewServeMux()
	for path, h := range s.routes() {
		mux.Handle(path, h)
	}
	// The host comes first: after DNS rebinding a check of the origin does not help (see names).
	// hardened comes before the check of the origin, so that its refusal has the headers too.
	return namesOf(o, base).guard(s.hardened(cross.Handler(mux))), nil
}

// routes returns all routes by the patterns of http.ServeMux.
func (s *server) routes() map[string]http.Handler {
	list := s.routesAPI()
	for path, v := range map[string]view{
		"/{$}": s.overview, "/r/{owner}/{repo}": s.repository, "/p": s.packages, "/p/{ecosystem}/{package...}": s.aPackage,
		"/vulnerable": s.vulnerable, "/pulls": s.pulls, "/runs": s.runs, "/runs/{id}": s.aRun, "/jobs": s.jobs, "/jobs/{state}": s.jobsIn,
	} {
		list[path] = s.page(v)
	}
	for path, d := range map[string]action{
		"/r/{owner}/{repo}/scan": s.scan, "/r/{owner}/{repo}/tick": s.tick, "/vulnerable/dismiss": s.dismiss, "/jobs/retry": s.retry, "/jobs/cancel": s.cancel, "/jobs/stop": s.stop,
	} {
		list[path] = s.act(d)
	}
	maps.Copy(list, map[string]http.Handler{
		"/about":                only(http.MethodGet, s.open(s.about)),
		"/login":                methods{http.MethodGet: s.open(s.login), http.MethodPost: http.HandlerFunc(s.enterToken)},
		signInPath(s.o):         only(http.MethodGet, http.HandlerFunc(s.leave)),
		callback:                only(http.MethodGet, http.HandlerFunc(s.comeBack)),
		"/logout":               only(http.MethodPost, http.HandlerFunc(s.logout)),
		"/badge/{owner}/{file}": only(http.MethodGet, http.HandlerFunc(s.badge)),
		"/static/":              only(http.MethodGet, http.HandlerFunc(s.static)),
		"/favicon.ico":          only(http.MethodGet, http.HandlerFunc(s.icon)),
		"/robots.txt":           only(http.MethodGet, http.HandlerFunc(s.robots)),
		"/":                     s.open(func(*http.Request, *viewer) (*page, error) { return nil, errNotFound }),
	})
	return list
}

// icon redirects the default request of browsers for an icon.
func (s *server) icon(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, s.looks.address("icon.svg"), http.StatusFound)
}

// robots keeps search engines away.
func (s *server) robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("User-agent: *\nDisallow: /\n")) // fails only if the client has disconnected
}

// methods are the handlers of one path by method.
type methods map[string]http.Handler

// ServeHTTP handles HEAD like GET, and answers unsupported methods with the allowed ones.
func (m methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if h, ok := m[method]; ok {
		h.ServeHTTP(w, r)
		return
	}
	var allowed []string
	for _, name := range []string{http.MethodGet, http.MethodPost} {
		if m[name] != nil {
			allowed = append(allowed, name)
		}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
}

func only(method string, h http.Handler) http.Handler { return methods{method: h} }

// signedOut reports whether the user has to sign in, or to have permissions checked again.
func signedOut(who *viewer, err error) bool {
	return err == nil && who == nil || errors.Is(err, errStale)
}
