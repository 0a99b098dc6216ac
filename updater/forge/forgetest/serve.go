package forgetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A problem is an error answer.
type problem struct {
	status  int
	message string
	errors  []fields
}

// Error returns the message of the answer.
func (p *problem) Error() string { return p.message }

// fields is a JSON object.
type fields = map[string]any

// invalid returns the error for a valid request that cannot be executed.
//
// See https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed
func invalid(resource, field, code, message string) error {
	e := fields{"resource": resource, "code": code}
	if field != "" {
		e["field"] = field
	}
	if message != "" {
		e["message"] = message
	}
	return &problem{status: http.StatusUnprocessableEntity, message: "Validation Failed", errors: []fields{e}}
}

func unprocessable(format string, args ...any) error {
	return &problem{status: http.StatusUnprocessableEntity, message: fmt.Sprintf(format, args...)}
}

func notFound() error { return &problem{status: http.StatusNotFound, message: "Not Found"} }

// Answers other than 200 with JSON.
type (
	created   struct{ body any }
	noContent struct{}
	moved     struct {
		status int
		to     string
	}
	plain struct {
		kind string
		data []byte
	}
)

// A call is an API request that is being answered.
type call struct {
	*http.Request
	s      *Server
	w      http.ResponseWriter
	actor  *actor
	repo   *repo  // for paths below /repos/
	site   string // "http://127.0.0.1:1234"
	root   string // of the API: site, or with "/api/v3"
	body   []byte
	answer http.Header
	out    any
	err    error
}

// A handler answers a call. It runs under the server's lock.
type handler func(c *call) (any, error)

// ServeHTTP serves the API at / and /api/v3/, git, and pages for people.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, prefix := r.URL.Path, ""
	switch {
	case strings.HasPrefix(path, "/api/v3/"):
		prefix = "/api/v3"
	// GitHub Enterprise serves GraphQL beside /api/v3 and not below it.
	case path == "/api/graphql":
		prefix = "/api"
	case !isAPI(path):
		s.serveSite(w, r)
		return
	}
	// An http.Handler must not change the request that it is given.
	clone := r.Clone(r.Context())
	clone.URL.Path = strings.TrimPrefix(path, prefix)
	clone.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, prefix)
	site := "http://" + r.Host
	c := &call{Request: clone, s: s, w: w, site: site, root: site + strings.TrimSuffix(prefix, "/"), answer: http.Header{}}
	c.serve()
}

// isAPI reports whether a path belongs to the API. All others are pages and repositories.
func isAPI(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return slices.Contains([]string{"repos", "orgs", "users", "user", "app", "installation", "rate_limit", "graphql", "codeload"}, first)
}

// serve answers the call, or applies a fault.
func (c *call) serve() {
	f := c.s.fault(c.Request)
	if f != nil && f.Delay > 0 && !c.pause(f.Delay) {
		return
	}
	// A fault that is only a delay still executes the request.
	if f != nil && !f.Lost && (f.Status != 0 || f.Delay == 0) {
		c.fail(f)
		return
	}
	var err error
	if c.body, err = io.ReadAll(io.LimitReader(c.Request.Body, 64<<20)); err != nil {
		c.cut()
		return
	}
	// Handlers use c.body; a hook may read the request as well.
	c.Request.Body = io.NopCloser(bytes.NewReader(c.body))
	n, hook := c.s.write(c.Request)
	// Outside of the lock, because a hook may call the server.
	if hook != nil {
		hook(n, c.Request, true)
	}
	status, data := c.dispatch()
	if hook != nil {
		hook(n, c.Request, false)
	}
	if f != nil && f.Lost {
		c.cut()
		return
	}
	c.s.note(c.Request, status)
	for k, v := range c.answer {
		c.w.Header()[k] = v
	}
	c.w.WriteHeader(status)
	// Fails only if the client has disconnected.
	_, _ = c.w.Write(data)
}

func (c *call) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.Context().Done():
		return false
	}
}

// fault returns the first fault that matches, nil for none.
func (s *Server) fault(r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Method != "" && f.Method != r.Method || !strings.Contains(r.URL.RequestURI(), f.Path) {
			continue
		}
		used := *f // a copy, because the caller reads it without the lock
		if f.Times == 1 {
			s.faults = slices.Delete(s.faults, i, i+1)
		} else if f.Times > 1 {
			f.Times--
		}
		return &used
	}
	return nil
}

// fail sends the answer of a fault.
//
// See https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func (c *call) fail(f *Fault) {
	if f.Status == 0 {
		c.cut()
		return
	}
	message, link := http.StatusText(f.Status), "https://docs.github.com/rest"
	switch f.Status {
	case http.StatusForbidden, http.StatusTooManyRequests:
		message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
		// go-github recognises a secondary limit by the end of this address.
		link = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
		if f.RetryAfter != "" {
			c.w.Header().Set("Retry-After", f.RetryAfter)
		}
	case http.StatusUnauthorized:
		message = "Bad credentials"
	case http.StatusNotFound:
		message = "Not Found"
	}
	c.s.note(c.Request, f.Status)
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(f.Status)
	_ = json.NewEncoder(c.w).Encode(fields{"message": message, "documentation_url": link})
}

// cut closes the connection without an answer.
func (c *call) cut() {
	c.s.note(c.Request, 0)
	panic(http.ErrAbortHandler) // net/http then closes the connection without an answer and without a log
}

func (s *Server) note(r *http.Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.RequestURI(), Status: status})
}

// write counts a request that writes, and returns its number and the callback of OnWrite.
func (s *Server) write(r *http.Request) (int, func(int, *http.Request, bool)) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return 0, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	return s.writes, s.onWrite
}

// dispatch executes the request and returns the status and body of the answer.
func (c *call) dispatch() (int, []byte) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.answer.Set("X-Github-Request-Id", fmt.Sprintf("%04X:%06X", c.s.id(), len(c.s.requests)))
	c.answer.Set("X-Github-Media-Type", "github.v3; format=json")
	c.answer.Set("Content-Type", "application/json; charset=utf-8")
	var out any
	var err error
	if c.actor, err = c.s.who(c.Request); err == nil {
		if err = c.spend(); err == nil {
			out, err = c.route()
		}
	}
	if err != nil {
		return c.problem(err)
	}
	return c.result(out)
}

// route finds the handler of the call and calls it.
func (c *call) route() (any, error) {
	c.err = notFound() // stays where no route matches
	c.s.routes.ServeHTTP(ignore{}, c.Request.WithContext(context.WithValue(c.Context(), callKey{}, c)))
	return c.out, c.err
}

type callKey struct{}

// handle turns a handler into an http.Handler for the router.
func handle(h handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c, ok := r.Context().Value(callKey{}).(*call)
		if !ok {
			return
		}
		c.Request = r // the router has set the values of its path
		c.out, c.err = h(c)
	})
}

// ignore discards the router's own answer for unknown paths.
type ignore struct{}

// Header implements http.ResponseWriter.
func (ignore) Header() http.Header { return http.Header{} }

// Write implements http.ResponseWriter.
func (ignore) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (ignore) WriteHeader(int) {}

func (c *call) problem(err error) (int, []byte) {
	var p *problem
	// Any other error is a mistake of the stand-in, since GitHub's errors are problems.
	if !errors.As(err, &p) {
		p = &problem{status: http.StatusInternalServerError, message: err.Error()}
	}
	body := fields{"message": p.message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(p.status)}
	if p.errors != nil {
		body["errors"] = p.errors
	}
	return p.status, marshal(body)
}

// result encodes an answer, with status 304 if the client already has it.
//
// See https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
func (c *call) result(out any) (int, []byte) {
	status := http.StatusOK
	var data []byte
	switch out := out.(type) {
	case created:
		status, data = http.StatusCreated, marshal(out.body)
	case noContent:
		// An answer without a body has no type.
		c.answer.Del("Content-Type")
		return http.StatusNoContent, nil
	case moved:
		c.answer.Set("Location", out.to)
		return out.status, marshal(fields{"message": "Moved", "url": out.to, "documentation_url": "https://docs.github.com/rest"})
	case plain:
		c.answer.Set("Content-Type", out.kind)
		data = out.data
	default:
		data = marshal(out)
	}
	if c.Method != http.MethodGet && c.Method != http.MethodHead {
		return status, data
	}
	tag := fmt.Sprintf(`W/"%x"`, sha256.Sum256(data))
	c.answer.Set("ETag", tag)
	c.answer.Set("Cache-Control", "private, max-age=60, s-maxage=60")
	// Without W/: RFC 9110, section 13.1.2, compares these tags weakly.
	if known := c.Header.Get("If-None-Match"); known != "" && strings.TrimPrefix(known, "W/") == strings.TrimPrefix(tag, "W/") {
		c.refund() // GitHub does not count it
		return http.StatusNotModified, nil
	}
	return status, data
}

func marshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// spend counts the request, and returns an error if the primary rate limit is exceeded.
func (c *call) spend() error {
	login := c.login()
	// Documented: asking for the limit does not count.
	if c.URL.Path != "/rate_limit" {
		c.s.used[login]++
	}
	// Without Limit there is none, although the headers name the default.
	over := c.s.used[login] > c.s.limit && c.s.limit != limitDefault
	if over {
		c.s.used[login] = c.s.limit
	}
	c.limits()
	if over {
		return &problem{status: http.StatusForbidden, message: fmt.Sprintf("API rate limit exceeded for user ID %d.", idOf(login))}
	}
	return nil
}

func (c *call) refund() {
	c.s.used[c.login()]--
	c.limits()
}

// limits sets the headers with the number of requests left.
func (c *call) limits() {
	used := c.s.used[c.login()]
	c.answer.Set("X-Ratelimit-Limit", strconv.Itoa(c.s.limit))
	c.answer.Set("X-Ratelimit-Used", strconv.Itoa(used))
	c.answer.Set("X-Ratelimit-Remaining", strconv.Itoa(max(c.s.limit-used, 0)))
	c.answer.Set("X-Ratelimit-Reset", strconv.FormatInt(c.s.reset(), 10))
	c.answer.Set("X-Ratelimit-Resource", "core")
}

// reset returns the end of the current hour as a Unix time.
func (s *Server) reset() int64 { return s.now().Truncate(time.Hour).Add(time.Hour).Unix() }

func (c *call) login() string {
	if c.actor == nil {
		return ""
	}
	return c.actor.login
}

// in decodes the body of a request.
func (c *call) in(v any) error {
	if err := json.Unmarshal(c.body, v); err != nil {
		return &problem{status: http.StatusBadRequest, message: "Problems parsing JSON"}
	}
	return nil
}
