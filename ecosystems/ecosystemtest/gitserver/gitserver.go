// Package gitserver is an in-memory git server for tests and for the demo. It
// lists references and counts the objects of a fetch over smart HTTP, by version 2
// of git's protocol. It has no objects, so nothing can be cloned.
package gitserver

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Server holds repositories. The zero value is empty. Set the fields before it
// serves; the methods are safe to call at any time.
type Server struct {
	// Fault is called first for each request and returns true if it has answered. nil for no faults.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu     sync.Mutex
	repos  map[string]*repo
	counts map[string]int
}

type repo struct {
	refs    map[string]ref  // by full name
	held    map[string]bool // commits in the history of a reference
	foreign map[string]bool // commits that only a fork has
	token   string          // password that readers need; "" for a public repository
	moved   string          // name of the repository it redirects to; "" for none
}

type ref struct{ object, commit string }

// Object derives the name of an object from a word, the same one each time. It
// returns a word that already is an object name unchanged.
func Object(word string) string {
	if b, err := hex.DecodeString(word); err == nil && len(b) == 20 {
		return word
	}
	sum := sha1.Sum([]byte(word))
	return hex.EncodeToString(sum[:])
}

// repo returns a repository ("actions/checkout") and creates it if it does not exist. The caller holds s.mu.
func (s *Server) repo(name string) *repo {
	if s.repos == nil {
		s.repos = map[string]*repo{}
	}
	if s.repos[name] == nil {
		s.repos[name] = &repo{refs: map[string]ref{}, held: map[string]bool{}, foreign: map[string]bool{}}
	}
	return s.repos[name]
}

// Tag creates or moves a lightweight tag. commit is the name of an object or a
// word that it is derived from (see Object).
func (s *Server) Tag(repo, tag, commit string) {
	s.set(repo, "refs/tags/"+tag, ref{Object(commit), Object(commit)})
}

// Annotated creates or moves an annotated tag and returns its tag object.
func (s *Server) Annotated(repo, tag, commit string) (object string) {
	object = Object("tag " + repo + " " + tag + " " + commit)
	s.set(repo, "refs/tags/"+tag, ref{object, Object(commit)})
	return object
}

// Branch creates or moves a branch.
func (s *Server) Branch(repo, branch, commit string) {
	s.set(repo, "refs/heads/"+branch, ref{Object(commit), Object(commit)})
}

func (s *Server) set(name, full string, to ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repo(name)
	if old, ok := r.refs[full]; ok {
		// A branch that moves on keeps the old commit in its history.
		r.held[old.commit] = true
	}
	r.refs[full] = to
}

// Delete removes a reference by its full name.
func (s *Server) Delete(repo, full string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.repo(repo).refs, full)
}

// Held adds a commit to the history of the repository's references.
func (s *Server) Held(repo, commit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repo(repo).held[Object(commit)] = true
}

// Foreign adds a commit that is not reachable from the repository's references,
// like the commits of forks on real hosts.
func (s *Server) Foreign(repo, commit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repo(repo).foreign[Object(commit)] = true
}

// Private makes a repository readable only with the password token.
func (s *Server) Private(repo, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repo(repo).token = token
}

// Move redirects requests for a repository to another one.
func (s *Server) Move(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repo(from).moved = to
}

// Requests returns the number of requests of each kind: refs, fetch, discover,
// unknown, refused, fault.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// ForgetRequests resets the counts of Requests.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts = nil
}

func (s *Server) count(kind string) {
	if s.counts == nil {
		s.counts = map[string]int{}
	}
	s.counts[kind]++
}

// ServeHTTP serves POST OWNER/REPO/git-upload-pack and GET OWNER/REPO/info/refs,
// with and without ".git" after the name.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Fault != nil && s.Fault(w, r) {
		s.count("fault")
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	name, posts := strings.CutSuffix(path, "/git-upload-pack")
	name, discovers := strings.CutSuffix(name, "/info/refs")
	found := s.repos[strings.TrimSuffix(name, ".git")]
	// Hosts accept any user name with a token.
	_, password, _ := r.BasicAuth()
	switch {
	// Both are false for any other path.
	case posts == discovers || found == nil:
		s.count("unknown")
		http.NotFound(w, r)
	case found.moved != "":
		s.count("moved")
		http.Redirect(w, r, "/"+found.moved+strings.TrimPrefix(path, name)+"?"+r.URL.RawQuery, http.StatusMovedPermanently)
	case found.token != "" && password != found.token:
		s.count("refused")
		w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
		http.Error(w, "log in", http.StatusUnauthorized)
	case discovers:
		s.count("discover")
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		fmt.Fprint(w, packet("# service=git-upload-pack\n"), "0000", packet("version 2\n"), packet("ls-refs=unborn\n"), packet("fetch=shallow\n"), packet("object-format=sha1\n"), "0000")
	case r.Method != http.MethodPost:
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
	default:
		s.answer(w, r, found)
	}
}

// answer executes one command.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, found *repo) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	if err != nil || r.Header.Get("Git-Protocol") != "version=2" {
		http.Error(w, "only version 2", http.StatusBadRequest)
		return
	}
	lines := read(body)
	w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
	switch {
	case slices.Contains(lines, "command=ls-refs"):
		s.count("refs")
		_, _ = w.Write(found.list()) // fails only if the client has disconnected
	case slices.Contains(lines, "command=fetch"):
		s.count("fetch")
		_, _ = w.Write(found.pack(lines))
	}
}

// list returns the answer to ls-refs, with HEAD first.
func (r *repo) list() []byte {
	var b bytes.Buffer
	if main, ok := r.refs["refs/heads/main"]; ok {
		b.WriteString(packet(main.object + " HEAD symref-target:refs/heads/main\n"))
	}
	for _, name := range slices.Sorted(maps.Keys(r.refs)) {
		line := r.refs[name].object + " " + name
		if r.refs[name].object != r.refs[name].commit {
			line += " peeled:" + r.refs[name].commit
		}
		b.WriteString(packet(line + "\n"))
	}
	b.WriteString("0000")
	return b.Bytes()
}

// pack returns the header of a pack, which announces no objects for a commit that is reachable.
func (r *repo) pack(lines []string) []byte {
	var wanted string
	for _, l := range lines {
		if to, ok := strings.CutPrefix(l, "want "); ok {
			wanted = to
		}
	}
	held := r.held[wanted]
	for _, ref := range r.refs {
		held = held || ref.commit == wanted
	}
	if !held && !r.foreign[wanted] {
		return []byte(packet("ERR upload-pack: not our ref " + wanted))
	}
	// The signature and the version of the format (gitformat-pack).
	header := append([]byte("PACK"), 0, 0, 0, 2)
	// A commit that has to be sent comes with a tree and a file.
	header = binary.BigEndian.AppendUint32(header, map[bool]uint32{false: 3}[held])
	return []byte(packet("packfile\n") + packet("\x01"+string(header)) + "0000")
}

func packet(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }

// read returns the lines in packets, without special packets.
func read(body []byte) []string {
	var lines []string
	for len(body) >= 4 {
		n, err := strconv.ParseUint(string(body[:4]), 16, 16)
		switch {
		case err != nil || int(n) > len(body):
			return lines
		// Flush, delimiter and end packets have a special length and no content.
		case n < 4:
			n = 4
		default:
			lines = append(lines, strings.TrimSuffix(string(body[4:n]), "\n"))
		}
		body = body[n:]
	}
	return lines
}
