package forgetest

import (
	"context"
	"html/template"
	"maps"
	"net/http"
	"net/http/cgi"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// serveSite serves repositories for git and pages for people.
func (s *Server) serveSite(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) >= 3 && (strings.HasSuffix(r.URL.Path, "/info/refs") || strings.HasSuffix(r.URL.Path, "/git-upload-pack")) {
		s.serveGit(w, r, parts[0]+"/"+strings.TrimSuffix(parts[1], ".git"))
		return
	}
	switch {
	case s.door != nil && r.URL.Path == "/login/oauth/authorize":
		s.door.authorize(w, r)
		return
	case s.door != nil && r.URL.Path == "/login/oauth/access_token" && r.Method == http.MethodPost:
		s.accessToken(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	data, ok := s.page(parts)
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	// Bodies may be hostile: what passes the filter must still not run or load anything.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("X-Content-Type-Options", "nosniff")
	if err := pages.Execute(w, data); err != nil {
		return // the client has disconnected
	}
}

// serveGit serves a repository with git's own HTTP backend.
//
// See https://git-scm.com/docs/git-http-backend
func (s *Server) serveGit(w http.ResponseWriter, r *http.Request, name string) {
	s.mu.Lock()
	a, err := s.who(r)
	repo := s.repos[strings.ToLower(name)]
	seen := repo != nil && repo.may(a) >= read
	s.mu.Unlock()
	if err != nil || !seen {
		// git asks for a login only after a 401.
		w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
		http.Error(w, "Repository not found.", http.StatusUnauthorized)
		return
	}
	backend, err := gitBackend(r.Context())
	if err != nil {
		http.Error(w, "git is not installed here: "+err.Error(), http.StatusNotImplemented)
		return
	}
	root, err := filepath.Abs(s.dir)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	// The backend finds the folder by the path, and names may differ in case.
	clone := r.Clone(r.Context())
	_, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	_, rest, _ = strings.Cut(rest, "/")
	clone.URL.Path = "/" + repo.name + ".git/" + rest
	// Without safe.directory, git refuses the folder of another user.
	h := &cgi.Handler{
		Path: backend, Root: "/", Dir: root, InheritEnv: []string{"PATH", "HOME"},
		Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"},
	}
	if v := r.Header.Get("Git-Protocol"); v != "" {
		h.Env = append(h.Env, "GIT_PROTOCOL="+v)
	}
	h.ServeHTTP(w, clone)
}

// gitBackend returns the path of git's HTTP backend.
func gitBackend(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "git", "--exec-path").Output()
	if err != nil {
		return "", err
	}
	return exec.LookPath(filepath.Join(strings.TrimSpace(string(out)), "git-http-backend"))
}

// A view is the data of a page.
type view struct {
	Title    string
	Repos    []string
	Repo     string
	Branches map[string]string
	Items    []viewItem
	Item     *viewItem
}

type viewItem struct {
	Number             int
	Path, State, Title string
	Author, Side       string
	Body               template.HTML
	Labels             []string
	Comments           []viewComment
	Lines              []viewLine
}

type viewComment struct {
	Author string
	Body   template.HTML
}

type viewLine struct{ Class, Text string }

// page returns the data of a page; false if it does not exist.
func (s *Server) page(parts []string) (*view, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(parts) == 1 && parts[0] == "" {
		v := &view{Title: "Repositories"}
		for _, key := range slices.Sorted(maps.Keys(s.repos)) {
			if r := s.repos[key]; !r.Private {
				v.Repos = append(v.Repos, r.name)
			}
		}
		return v, true
	}
	if len(parts) < 2 {
		return nil, false
	}
	r := s.repos[strings.ToLower(parts[0]+"/"+parts[1])]
	switch {
	// The pages have no login.
	case r == nil || r.Private:
		return nil, false
	case len(parts) == 2:
		return r.view(), true
	case len(parts) == 4 && (parts[2] == "pull" || parts[2] == "issues"):
		return r.viewOf(parts[3])
	}
	return nil, false
}

func (r *repo) view() *view {
	v := &view{Title: r.name, Repo: r.name, Branches: map[string]string{}}
	refs, err := r.refs("refs/heads/")
	if err != nil {
		return v
	}
	for _, ref := range refs {
		v.Branches[ref.Name().Short()] = ref.Hash().String()
	}
	for _, i := range r.items {
		v.Items = append(v.Items, r.viewItem(i))
	}
	return v
}

func (r *repo) viewItem(i *item) viewItem {
	v := viewItem{Number: i.number, Path: "issues", State: i.state, Title: i.title, Author: i.author, Body: rendered(i.body), Labels: i.labelNames()}
	if i.pull != nil {
		v.Path, v.Side = "pull", i.pull.branch+" → "+i.pull.base
		if !i.pull.merged.IsZero() {
			v.State = "merged"
		}
	}
	return v
}

// viewOf returns the data of the page of an issue or a pull request.
func (r *repo) viewOf(number string) (*view, bool) {
	n, err := strconv.Atoi(number)
	i := r.item(n)
	if err != nil || i == nil {
		return nil, false
	}
	v := r.viewItem(i)
	for _, c := range r.comments {
		if c.number == n {
			v.Comments = append(v.Comments, viewComment{c.author, rendered(c.body)})
		}
	}
	if i.pull != nil {
		files, err := r.pullFiles(i.pull)
		if err != nil {
			return nil, false
		}
		for line := range strings.Lines(unified(files)) {
			v.Lines = append(v.Lines, viewLine{Class: class(line), Text: line})
		}
	}
	return &view{Title: i.title, Repo: r.name, Item: &v}, true
}

// class returns the CSS class of a line of a diff.
func class(line string) string {
	switch {
	// First, because these lines also begin with + and -.
	case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"), strings.HasPrefix(line, "diff "), strings.HasPrefix(line, "index "):
		return "head"
	case strings.HasPrefix(line, "+"):
		return "plus"
	case strings.HasPrefix(line, "-"):
		return "minus"
	case strings.HasPrefix(line, "@@"):
		return "at"
	}
	return ""
}
