// Package forgetest stands in for GitHub: an HTTP server that keeps real
// repositories below a folder, and pull requests, issues and comments in memory.
//
// The repositories are bare git repositories, so every SHA is the one that git
// computes and a clone shows the bytes that were pushed. The REST API answers
// as GitHub documents it (https://docs.github.com/rest), errors included, for
// those parts of it that a bot which opens pull requests can touch. Faults can
// be put in the way of any request: errors, rate limits, delays, answers that
// are lost after the write took place.
//
// It checks no permissions finer than read and write, runs no workflows, keeps
// no reviews and sends no webhooks. It knows nothing of packages, pins or this
// bot, and it does not use package testing, so that a demonstration may run it.
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

// A Server is the stand-in. Use New to make one. It may be used by many
// goroutines at once.
type Server struct {
	// Clock tells the time of everything that happens; nil means time.Now. Set
	// it before the first request.
	Clock func() time.Time

	dir    string
	routes *http.ServeMux

	mu       sync.Mutex
	repos    map[string]*repo // by name in lower case
	tokens   map[string]*actor
	renamed  map[string]string // new names by old ones, in lower case
	people   map[string]bool   // owners that are no organizations
	app      *app
	door     *oauth // nil where nobody signs in elsewhere
	lastID   int64
	cut      int
	limit    int
	used     map[string]int // requests that counted, by login
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
	Private   bool     // only those who were granted something, and bots, may see it
	ReadOnly  bool     // tokens may read only
	NoIssues  bool     // issues are switched off
	AutoMerge bool     // pull requests may be merged automatically
	NoActions bool     // workflows may not open pull requests
	Protected string   // branches that begin so may not be written; "" for none
	Branch    string   // the default branch; "" means "main"
	Checks    []string // that start for pull requests, but for those of a workflow's own token
	Unseen    bool     // the login has no permission to see checks
	Reviews   bool     // a pull request needs a review before it may be merged
}

// A Request is one that was answered.
type Request struct {
	Method string
	Path   string // with the query
	Status int    // 0 where the connection was cut
}

// A Fault is put in the way of requests. The first one that fits is used.
type Fault struct {
	Method     string        // "" means any
	Path       string        // a part of the address, query included
	Status     int           // of the answer; 0 cuts the connection before anything is done
	RetryAfter string        // the header, with status 403 or 429
	Times      int           // how often; 0 means for ever
	Delay      time.Duration // before anything is done
	Lost       bool          // the request is carried out, and then the connection is cut
}

// limitDefault is how many requests GitHub takes in an hour.
const limitDefault = 5000

// New returns a server that keeps its repositories below dir.
func New(dir string) *Server {
	s := &Server{
		dir: dir, repos: map[string]*repo{}, tokens: map[string]*actor{}, people: map[string]bool{}, renamed: map[string]string{}, used: map[string]int{},
		cut: 100_000, limit: limitDefault,
	}
	s.routes = s.api()
	return s
}

// Start serves on a free port of this machine and returns the address: the API
// is there, and at /api/v3/.
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
		_ = server.Serve(l)
	}()
	return "http://" + l.Addr().String(), nil
}

// Behind has every request go through another handler first, once it is started.
func (s *Server) Behind(before func(next http.Handler) http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = before
}

// Close ends what Start began. The repositories stay on disk.
func (s *Server) Close() error {
	s.mu.Lock()
	server, done := s.server, s.done
	s.server = nil
	s.mu.Unlock()
	if server == nil {
		return nil
	}
	err := server.Close()
	<-done
	return err
}

// now returns the time, in whole seconds as the API tells it.
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

// AddRepo makes a repository whose default branch holds the files, in one
// commit; without files it has no commits at all.
func (s *Server) AddRepo(name string, files map[string]File, o Options) error {
	if !repoName.MatchString(name) || strings.HasSuffix(name, ".") {
		return fmt.Errorf("%q is not the name of a repository", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
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

// Rename gives a repository of the same owner another name. Requests under the
// old one are sent on.
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
		git, err := openRepo(dir)
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

// Grant gives somebody a permission in a repository: "admin", "maintain",
// "write", "triage", "read" or "none". Who was granted nothing may read what is
// public; the owner is an admin, and bots may write.
func (s *Server) Grant(name, user, permission string) error {
	if !slices.Contains([]string{"admin", "maintain", "write", "triage", "read", "none"}, permission) {
		return fmt.Errorf("%q is not a permission", permission)
	}
	return s.with(name, func(r *repo) error {
		r.grants[strings.ToLower(user)] = permission
		return nil
	})
}

// Set changes the settings of a repository; its default branch stays.
func (s *Server) Set(name string, change func(*Options)) error {
	return s.with(name, func(r *repo) error {
		branch := r.Branch
		change(&r.Options)
		r.Branch = branch
		return nil
	})
}

// Token makes a token known. Any other token that is not empty belongs to
// "freshpin[bot]". A token that a workflow was given belongs to
// "github-actions[bot]" if login is "", and may not change workflows.
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

// App makes a GitHub App known that is installed everywhere; slug and "[bot]" are its login.
func (s *Server) App(id int64, slug string, key *rsa.PublicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app = &app{id: id, slug: slug, key: key, accounts: map[string]int64{}, made: s.now(), rights: map[string]string{
		"contents": "write", "issues": "write", "metadata": "read", "pull_requests": "write", "workflows": "write", "checks": "read", "statuses": "read",
	}}
}

// Permit gives the App a permission, or with "" takes it.
func (s *Server) Permit(permission, right string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app.rights[permission] = right
	if right == "" {
		delete(s.app.rights, permission)
	}
}

// Cut sets after how many entries the listing of a tree with its folders is truncated.
func (s *Server) Cut(entries int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = entries
}

// Limit sets how many requests an account may send before the primary rate
// limit, and begins to count anew. Without it nothing is refused.
func (s *Server) Limit(requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit, s.used = requests, map[string]int{}
}

// Fault puts a fault in the way.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// OnWrite has f called before and after every request that is no read; n
// counts them from 1. A panic with http.ErrAbortHandler cuts the connection.
func (s *Server) OnWrite(f func(n int, r *http.Request, before bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onWrite, s.writes = f, 0
}

// Requests returns those of the API, in the order in which they were answered.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Reset forgets the requests, and begins to count writes anew.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.writes = nil, 0
}

// NoFaults takes all faults out of the way.
func (s *Server) NoFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// with looks a repository up and holds the lock.
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
