// Package forgetest simulates GitHub: an HTTP server with real repositories below a
// folder, and pull requests, issues and comments in memory.
//
// The repositories are bare git repositories, so that SHAs are real and a clone has
// the pushed bytes. The REST API answers as GitHub documents it
// (https://docs.github.com/rest), including errors, as far as a bot that opens pull
// requests uses it. Any request can be given a fault: an error, a rate limit, a
// delay, or an answer that is lost after the write.
//
// It checks only the permissions to read and write, runs no workflows and sends no
// webhooks. It does not depend on packages, pins or this bot, and not on package
// testing, so that the demo can use it.
package forgetest

import (
	"cmp"
	"crypto/rsa"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Server is a simulated GitHub. Use New to create one. It is safe for concurrent
// use.
type Server struct {
	// Clock returns the current time; nil means time.Now. Set it before the first
	// request.
	Clock func() time.Time

	dir    string
	routes *http.ServeMux

	mu       sync.Mutex
	repos    map[string]*repo // by name in lower case
	tokens   map[string]*actor
	renamed  map[string]string // new names by old ones, in lower case
	people   map[string]bool   // owners that are not organizations
	app      *app
	door     *oauth // sign-in with OAuth; nil for none
	lastID   int64
	cut      int
	limit    int
	used     map[string]int // requests that count for the rate limit, by login
	faults   []*Fault
	requests []Request
	writes   int
	onWrite  func(n int, r *http.Request, before bool)

	before   func(http.Handler) http.Handler
	listener net.Listener
	server   *http.Server
	done     chan struct{}
}

// A File is one file of a tree.
type File struct {
	Data []byte
	Mode string // git's: "100755", "120000"; "" means "100644"
}

// Options are the settings of a repository. The zero value is a public
// repository that every token may write to.
type Options struct {
	Archived  bool
	Disabled  bool
	Fork      bool
	Private   bool     // visible only to bots and to users with a grant
	ReadOnly  bool     // tokens may only read
	NoIssues  bool     // issues are disabled
	AutoMerge bool     // GitHub may merge pull requests automatically
	NoActions bool     // workflows may not open pull requests
	Protected string   // prefix of write-protected branches; "" for none
	Branch    string   // default branch; "" means "main"
	Checks    []string // checks that start for pull requests, except for those of a workflow's token
	Unseen    bool     // the login has no permission to read checks
	Reviews   bool     // pull requests need a review before a merge
}

// A Request is a request that was answered.
type Request struct {
	Method string
	Path   string // with the query
	Status int    // 0 if the connection was cut
}

// A Fault makes matching requests fail. The first matching fault is used.
type Fault struct {
	Method     string        // "" means any
	Path       string        // part of the path with query
	Status     int           // of the answer; 0 cuts the connection without executing the request
	RetryAfter string        // header, with status 403 or 429
	Times      int           // number of failures; 0 means no end
	Delay      time.Duration // before executing the request
	Lost       bool          // executes the request and then cuts the connection
}

// limitDefault is GitHub's limit on requests per hour.
const limitDefault = 5000

// New returns a server that stores its repositories below dir.
func New(dir string) *Server {
	s := &Server{
		dir: dir, repos: map[string]*repo{}, tokens: map[string]*actor{}, people: map[string]bool{}, renamed: map[string]string{}, used: map[string]int{},
		cut: 100_000, limit: limitDefault,
	}
	s.routes = s.api()
	return s
}

// Start serves on a free port of this machine and returns the address. The API is
// at that address and below /api/v3/.
func (s *Server) Start() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	done := make(chan struct{})
	s.mu.Lock()
	handler := http.Handler(s)
	if s.before != nil {
		handler = s.before(s)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	s.listener, s.server, s.done = l, server, done
	s.mu.Unlock()
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with Close
	}()
	return "http://" + l.Addr().String(), nil
}

// Behind wraps the server's handler. Call it before Start.
func (s *Server) Behind(before func(next http.Handler) http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = before
}

// Close stops the server. The repositories stay on disk.
func (s *Server) Close() error {
	s.mu.Lock()
	server, done := s.server, s.done
	s.server = nil
	s.mu.Unlock()
	if server == nil {
		return nil
	}
	err := server.Close()
	<-done // nothing is served any more when Close returns
	return err
}

// now returns the time in whole seconds, as in the API.
func (s *Server) now() time.Time {
	if s.Clock != nil {
		return s.Clock().UTC().Truncate(time.Second)
	}
	return time.Now().UTC().Truncate(time.Second)
}

func (s *Server) id() int64 {
	s.lastID++
	return 1000 + s.lastID
}

var repoName = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$`)

// AddRepo creates a repository whose default branch has the files in one commit.
// Without files it has no commits.
func (s *Server) AddRepo(name string, files map[string]File, o Options) error {
	if !repoName.MatchString(name) || strings.HasSuffix(name, ".") {
		return fmt.Errorf("%q is not the name of a repository", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// GitHub compares names without letter case.
	key := strings.ToLower(name)
	if s.repos[key] != nil {
		return fmt.Errorf("the repository %s is there already", name)
	}
	o.Branch = cmp.Or(o.Branch, "main")
	dir := filepath.Join(s.dir, filepath.FromSlash(name)+".git")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	git, err := initRepo(dir, o.Branch)
	if err != nil {
		return err
	}
	r := &repo{s: s, name: name, dir: dir, Options: o, git: git, id: s.id(), made: s.now(), pushed: s.now(), grants: map[string]string{}, labels: map[string]*label{}}
	s.repos[key] = r
	if len(files) == 0 {
		return nil
	}
	_, err = r.commitFiles(o.Branch, files, owner(name), "Begin")
	return err
}

// Rename renames a repository within its owner. Requests for the old name are
// redirected.
func (s *Server) Rename(name, to string) error {
	if !repoName.MatchString(to) || !strings.EqualFold(owner(name), owner(to)) {
		return fmt.Errorf("%s cannot become %q", name, to)
	}
	return s.with(name, func(r *repo) error {
		key := strings.ToLower(to)
		if s.repos[key] != nil {
			return fmt.Errorf("the repository %s is there already", to)
		}
		dir := filepath.Join(s.dir, filepath.FromSlash(to)+".git")
		if err := os.Rename(r.dir, dir); err != nil {
			return err
		}
		git, err := openRepo(dir) // the former storage has the old folder
		if err != nil {
			return err
		}
		delete(s.repos, strings.ToLower(name))
		r.name, r.dir, r.git = to, dir, git
		s.repos[key] = r
		s.renamed[strings.ToLower(name)] = to
		return nil
	})
}

// Grant gives a user a permission in a repository: "admin", "maintain", "write",
// "triage", "read" or "none". Without a grant, users may read public repositories,
// the owner is an admin, and bots may write.
func (s *Server) Grant(name, user, permission string) error {
	if !slices.Contains([]string{"admin", "maintain", "write", "triage", "read", "none"}, permission) {
		return fmt.Errorf("%q is not a permission", permission)
	}
	return s.with(name, func(r *repo) error {
		r.grants[strings.ToLower(user)] = permission
		return nil
	})
}

// Set changes the settings of a repository, except for its default branch.
func (s *Server) Set(name string, change func(*Options)) error {
	return s.with(name, func(r *repo) error {
		branch := r.Branch // HEAD of the git repository names it too
		change(&r.Options)
		r.Branch = branch
		return nil
	})
}

// Token registers a token of a user. All unregistered non-empty tokens belong to
// "freshpin[bot]". The token of a workflow belongs to "github-actions[bot]" if login
// is "", and may not change workflows.
func (s *Server) Token(token, login string, workflow bool) {
	if login == "" {
		login = defaultLogin
		if workflow {
			login = actionsLogin
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = &actor{login: login, workflow: workflow, installed: workflow}
}

// App registers a GitHub App that is installed everywhere. Its login is the slug with "[bot]".
func (s *Server) App(id int64, slug string, key *rsa.PublicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app = &app{id: id, slug: slug, key: key, accounts: map[string]int64{}, made: s.now(), rights: map[string]string{
		"contents": "write", "issues": "write", "metadata": "read", "pull_requests": "write", "workflows": "write", "checks": "read", "statuses": "read",
	}}
}

// Permit sets a permission of the App; "" removes it.
func (s *Server) Permit(permission, right string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app.rights[permission] = right
	if right == "" {
		delete(s.app.rights, permission)
	}
}

// Cut sets the number of entries after which a recursive tree listing is truncated.
func (s *Server) Cut(entries int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = entries
}

// Limit sets the primary rate limit of each account and resets the counts. Without
// it there is no limit.
func (s *Server) Limit(requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit, s.used = requests, map[string]int{}
}

// Fault adds a fault.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// OnWrite makes the server call f before and after every request that writes; n
// counts them from 1. A panic of f with http.ErrAbortHandler cuts the connection.
func (s *Server) OnWrite(f func(n int, r *http.Request, before bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onWrite, s.writes = f, 0
}

// Requests returns the API requests so far, in the order in which they were answered.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A copy, because requests may arrive while the caller reads it.
	return slices.Clone(s.requests)
}

// Reset forgets the requests and resets the count of writes.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.writes = nil, 0
}

// NoFaults removes all faults.
func (s *Server) NoFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// with calls f with a repository while it holds the lock.
func (s *Server) with(name string, f func(*repo) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repos[strings.ToLower(name)]
	if r == nil {
		return fmt.Errorf("there is no repository %s", name)
	}
	return f(r)
}

func owner(name string) string {
	o, _, _ := strings.Cut(name, "/")
	return o
}
