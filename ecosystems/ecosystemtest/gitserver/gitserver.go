// Package gitserver is a git server in memory, for tests and for the demo: it
// lists references and counts what a clone would need, over smart HTTP by
// version 2 of git's protocol. It holds no objects; nothing can be cloned.
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

// A Server holds repositories. The zero value is empty. Set the fields before
// it serves; the methods may be called at any time.
type Server struct {
	// Fault is called first; true means that it has answered. nil for no faults.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu     sync.Mutex
	repos  map[string]*repo
	counts map[string]int
}

type repo struct {
	refs    map[string]ref  // by full name
	held    map[string]bool // commits in the history of a reference
	foreign map[string]bool // commits that only a fork has
	token   string          // the password that it is shown with; "" for all
	moved   string          // where it is now; "" for here
}

type ref struct{ object, commit string }

// Object makes up the name of an object: the same for the same word, which is
// returned as it is where it is one already.
func Object(word string) string {
	if b, err := hex.DecodeString(word); err == nil && len(b) == 20 {
		return word
	}
	sum := sha1.Sum([]byte(word))
	return hex.EncodeToString(sum[:])
}

// repo returns a repository ("actions/checkout"), made where it is not there yet; s.mu is held.
func (s *Server) repo(name string) *repo {
	if s.repos == nil {
		s.repos = map[string]*repo{}
	}
	if s.repos[name] == nil {
		s.repos[name] = &repo{refs: map[string]ref{}, held: map[string]bool{}, foreign: map[string]bool{}}
	}
	return s.repos[name]
}

// Tag makes or moves a lightweight tag. A commit is the name of an object, or a
// word that one is made of (see Object).
func (s *Server) Tag(repo, tag, commit string) {
	s.set(repo, "refs/tags/"+tag, ref{Object(commit), Object(commit)})
}

// Annotated makes or moves a tag with an object of its own, which is returned.
func (s *Server) Annotated(repo, tag, commit string) (object string) {
	object = Object("tag " + repo + " " + tag + " " + commit)
	s.set(repo, "refs/tags/"+tag, ref{object, Object(commit)})
	return object
}

// Branch makes or moves a branch.
func (s *Server) Branch(repo, branch, commit string) {
	s.set(repo, "refs/heads/"+branch, ref{Object(commit), Object(commit)})
}

func (s *Server) set(name, full string, to ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repo(name)
	if old, ok := r.refs[full]; ok {
		r.held[old.commit] = true
	}
	r.refs[full] = to
}

// Delete takes a reference away, by its full name.
func (s *Server) Delete(repo, full string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.repo(repo).refs, full)
}

// Held puts a commit into the history of the repository's references.
func (s *Server) Held(repo, commit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repo(repo).held[Object(commit)] = true
}

// Foreign gives the repository a commit that none of its references holds, as
// hosts keep the commits of forks.
func (s *Server) Foreign(repo, commit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repo(repo).foreign[Object(commit)] = true
}

// Private shows the repository only with that password.
func (s *Server) Private(repo, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repo(repo).token = token
}

// Move answers for a repository with a redirect to another one.
func (s *Server) Move(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repo(from).moved = to
}

// Requests returns how often each kind of request was made: refs, fetch,
// discover, unknown, refused, fault.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// ForgetRequests starts counting anew.
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

// ServeHTTP answers POST OWNER/REPO/git-upload-pack and GET OWNER/REPO/info/refs,
// with and without ".git" behind the name.
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
	_, password, _ := r.BasicAuth()
	switch {
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

// answer answers one command.
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
		_, _ = w.Write(found.list()) // the other side is gone where it fails
	case slices.Contains(lines, "command=fetch"):
		s.count("fetch")
		_, _ = w.Write(found.pack(lines))
	}
}

// list writes references as ls-refs does, those of HEAD first.
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

// pack writes the header of a pack: without objects for a commit that is held.
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
	header := append([]byte("PACK"), 0, 0, 0, 2)
	header = binary.BigEndian.AppendUint32(header, map[bool]uint32{false: 3}[held])
	return []byte(packet("packfile\n") + packet("\x01"+string(header)) + "0000")
}

func packet(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }

// read takes the lines out of packets; special packets are left out.
func read(body []byte) []string {
	var lines []string
	for len(body) >= 4 {
		n, err := strconv.ParseUint(string(body[:4]), 16, 16)
		switch {
		case err != nil || int(n) > len(body):
			return lines
		case n < 4:
			n = 4
		default:
			lines = append(lines, strings.TrimSuffix(string(body[4:n]), "\n"))
		}
		body = body[n:]
	}
	return lines
}
