// Package contract checks the simulated GitHub and its clients against GitHub's own
// descriptions of its REST API and of GraphQL.
//
// The descriptions are api.github.com.json of the npm package @octokit/openapi and
// schema.graphql of @octokit/graphql-schema. The checks are a program, whose module is
// testdata/checker, so that its libraries stay out of the product's go.mod. None of them
// is in this repository: "make contract" downloads and builds them, and Load returns
// ErrMissing without them. Every request and answer of the used operations is checked,
// and undeclared fields are forbidden. Clones and archives are not checked.
package contract

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/forgetest/contract/exchange"
)

// What "make contract" brings, below the module.
const (
	folder     = ".contract"
	program    = "checker"
	file       = "api.github.com.json"
	schemaFile = "schema.graphql"
)

// ErrMissing means that the descriptions or the program are not there.
var ErrMissing = errors.New("GitHub's description of its API, or what checks it, is not here: run make contract")

// A Description is GitHub's description of the used operations. Several recorders
// can share it.
type Description struct {
	operations []string
	check      Check
}

// A Check returns what an exchange proves; the error means that it could not be checked.
type Check func(exchange.Exchange) (exchange.Proof, error)

// New returns a description of operations that a function checks.
func New(operations []string, check Check) *Description {
	return &Description{operations: operations, check: check}
}

// Load returns the description in the module of the current folder, and starts the
// program that checks, which ends with this process. The error is ErrMissing if
// "make contract" has not been run. Load does it once.
func Load() (*Description, error) { return load() }

var load = sync.OnceValues(find)

// find looks for the folder of the descriptions in the current folder and its parents.
func find() (*Description, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		in := func(name string) string { return filepath.Join(dir, folder, name) }
		if exists(in("")) {
			for _, name := range []string{program, file, schemaFile} {
				if !exists(in(name)) {
					return nil, ErrMissing
				}
			}
			return Start(in(program), in(file), in(schemaFile))
		}
		if filepath.Dir(dir) == dir || exists(filepath.Join(dir, "go.mod")) {
			return nil, ErrMissing
		}
		dir = filepath.Dir(dir)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// A Recorder wraps the simulated GitHub and records violations of the contract. It
// does not change requests and answers.
type Recorder struct {
	description *Description
	next        http.Handler

	mu         sync.Mutex
	violations []string
	seen       map[string]bool
}

// Watch adds a recorder to a server that is not started yet.
func (d *Description) Watch(s *forgetest.Server) *Recorder {
	r := d.Record(s)
	s.Behind(func(http.Handler) http.Handler { return r })
	return r
}

// A T is the part of *testing.T that Hold needs.
type T interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Cleanup(f func())
}

// Hold makes a test fail at its end if there are violations of the contract, and
// logs a missing description. The server must not be started yet.
func Hold(t T, s *forgetest.Server) {
	t.Helper()
	d, err := Load()
	switch {
	case errors.Is(err, ErrMissing):
		t.Logf("not held to the contract: %v", err)
		return
	case err != nil:
		t.Errorf("%v", err)
		return
	}
	r := d.Watch(s)
	t.Cleanup(func() {
		t.Helper()
		for _, violation := range r.Violations() {
			t.Errorf("GitHub's description: %s", violation)
		}
	})
}

// Record returns a recorder for any handler.
func (d *Description) Record(next http.Handler) *Recorder {
	return &Recorder{description: d, next: next, seen: map[string]bool{}}
}

// Violations returns the violations of the contract, each once, and why an exchange
// could not be checked.
func (r *Recorder) Violations() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.violations)
}

// Unseen returns the operations without a successful request.
func (r *Recorder) Unseen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.description.operations), func(operation string) bool { return r.seen[operation] })
}

// ServeHTTP passes a request on, and has it checked with its answer.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	path, ours := apiPath(req)
	if !ours {
		r.next.ServeHTTP(w, req)
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	x := exchange.Exchange{Method: req.Method, URL: req.URL.RequestURI(), Path: path, Header: req.Header.Clone(), Body: body}
	answer := &tee{ResponseWriter: w}
	defer func() { // deferred, to run even if the handler cuts the connection after executing the request
		x.Status, x.AnswerHeader, x.Answer = answer.status, answer.Header().Clone(), answer.body.Bytes()
		r.judge(x)
	}()
	r.next.ServeHTTP(answer, req)
}

func (r *Recorder) judge(x exchange.Exchange) {
	verdict, err := r.description.check(x)
	if err != nil {
		verdict.Violations = append(verdict.Violations, x.Method+" "+x.URL+": it could not be checked: "+err.Error())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, violation := range verdict.Violations {
		if !slices.Contains(r.violations, violation) {
			r.violations = append(r.violations, violation)
		}
	}
	r.seen[verdict.Operation] = true
}

// apiPath returns the path of a request below the root of the REST API, and "" for
// GraphQL; ok is false for pages, clones and archives.
func apiPath(r *http.Request) (path string, ok bool) {
	if r.Method == http.MethodPost && slices.Contains([]string{"/graphql", "/api/graphql"}, r.URL.Path) {
		return "", true
	}
	path, enterprise := strings.CutPrefix(r.URL.EscapedPath(), "/api/v3/")
	path = "/" + strings.TrimPrefix(path, "/")
	first, _, _ := strings.Cut(path[1:], "/")
	return path, first != "graphql" && (enterprise || slices.Contains([]string{"repos", "orgs", "users", "user", "app", "installation", "rate_limit"}, first))
}

// A tee records the answer.
type tee struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader records the status.
func (t *tee) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

// Write records the body.
func (t *tee) Write(p []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	t.body.Write(p)
	return t.ResponseWriter.Write(p)
}

// Unwrap supports http.ResponseController.
func (t *tee) Unwrap() http.ResponseWriter { return t.ResponseWriter }
