// Package contract checks the simulated GitHub and its clients against GitHub's own
// descriptions of its REST API and of GraphQL.
//
// The descriptions are api.github.com.json of the npm package @octokit/openapi and
// schema.graphql of @octokit/graphql-schema. They are not part of this repository:
// "make contract" downloads them, and Load returns ErrMissing without them. The
// package checks every request and answer of the used operations and forbids
// undeclared fields.
//
// amend.go corrects known errors of the description. Clones and archives are not
// checked.
package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
)

// Paths of the descriptions that "make contract" downloads, below the module.
const (
	file       = ".contract/api.github.com.json"
	schemaFile = ".contract/schema.graphql"
)

// ErrMissing means that the description has not been downloaded.
var ErrMissing = errors.New("GitHub's description of its API is not here: run make contract")

// A Description is GitHub's description of the used operations. Several recorders
// can share it.
type Description struct {
	operations []string
	routes     []route
	schema     func() (*ast.Schema, error) // of GraphQL; parsed on first use
}

// Load returns the description in the module of the current folder. The error is
// ErrMissing if it has not been downloaded. Load reads it once.
func Load() (*Description, error) { return load() }

var load = sync.OnceValues(find)

// find looks for the description in the current folder and its parents.
func find() (*Description, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		if err == nil {
			return parseBoth(data, filepath.Join(dir, filepath.FromSlash(schemaFile)))
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if filepath.Dir(dir) == dir || exists(filepath.Join(dir, "go.mod")) {
			return nil, ErrMissing
		}
		dir = filepath.Dir(dir)
	}
}

func parseBoth(data []byte, schema string) (*Description, error) {
	text, err := os.ReadFile(schema)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, err
	}
	d, err := Parse(data)
	if err == nil {
		d.schema = schemaOf(string(text))
	}
	return d, err
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// Parse parses a description, which must have all used operations.
func Parse(data []byte) (*Description, error) { return parse(data, operations) }

func parse(data []byte, operations []string) (*Description, error) {
	data, err := trim(data, operations)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("the description of GitHub's API: %w", err)
	}
	return &Description{operations: operations, routes: routesOf(doc)}, nil
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

// Violations returns the violations of the contract, each once.
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

// ServeHTTP checks the request, passes it on, and checks the answer.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if r.description.schema != nil && isGraphQL(req) {
		r.graphql(w, req)
		return
	}
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
	input := r.description.input(req, path, body)
	answer := &tee{ResponseWriter: w}
	defer func() { // deferred, to run even if the handler cuts the connection after executing the request
		r.request(input, body, answer.status)
		r.answer(input, req, answer)
	}()
	r.next.ServeHTTP(answer, req)
}

// request checks a request. A request that the server rejects as invalid is not a violation.
func (r *Recorder) request(input *openapi3filter.RequestValidationInput, body []byte, status int) {
	if input == nil || status == http.StatusBadRequest || status == http.StatusUnprocessableEntity || exceptional(input, body) {
		return
	}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		r.violation(input.Request, "the request", err)
	}
}

// answer checks an answer.
func (r *Recorder) answer(input *openapi3filter.RequestValidationInput, req *http.Request, answer *tee) {
	if answer.status == 0 {
		return
	}
	if input == nil {
		if answer.status < 400 {
			r.violation(req, fmt.Sprintf("the answer %d", answer.status), errors.New("no operation in use is at this address"))
		}
		return
	}
	if answer.status < 400 {
		r.mu.Lock()
		r.seen[input.Route.Method+" "+input.Route.Path] = true
		r.mu.Unlock()
	}
	if lenient(input, answer) {
		return
	}
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.status, Header: answer.Header(),
		Body: io.NopCloser(bytes.NewReader(answer.body.Bytes())), Options: input.Options,
	})
	if err != nil {
		r.violation(req, fmt.Sprintf("the answer %d", answer.status), err)
	}
}

// violation records a violation.
func (r *Recorder) violation(req *http.Request, what string, err error) {
	text := fmt.Sprintf("%s %s: %s: %s", req.Method, req.URL.RequestURI(), what, strings.Join(strings.Fields(err.Error()), " "))
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.violations, text) {
		r.violations = append(r.violations, text)
	}
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
