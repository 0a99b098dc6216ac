// Package codehost knows how the addresses of places that keep source code are
// made: what a repository is called, where two of its commits are compared, and
// where its release notes are.
//
// It asks nobody whether an address exists, and returns none that it is not sure of.
package codehost

import (
	"net/url"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Repository is where source code is kept. The zero value is none.
type Repository struct {
	host string // in lower case, with the port
	path string // "owner/name"
	kind kind
}

// A kind is how a place words its addresses.
type kind int

const (
	unknown kind = iota
	github       // GitHub docs, "Comparing commits"
	gitlab       // GitLab docs, "Compare revisions"
	gitea        // and Forgejo, which Codeberg runs
)

// kindOf tells the kind of a place by its name: the well-known ones, and those
// that people name after the software they run.
func kindOf(host string) kind {
	switch first, _, _ := strings.Cut(host, "."); {
	case host == "github.com", first == "github":
		return github
	case host == "gitlab.com", first == "gitlab":
		return gitlab
	case host == "codeberg.org", host == "gitea.com", first == "gitea", first == "forgejo", first == "codeberg":
		return gitea
	}
	return unknown
}

var (
	hostname = lazyregexp.New(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*(:[0-9]{1,5})?$`)
	segment  = lazyregexp.New(`^[A-Za-z0-9_~][A-Za-z0-9._~+-]*$`)
	refName  = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9._/+-]*$`)
	scpLike  = lazyregexp.New(`^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):([A-Za-z0-9_~][^:]*)$`) // git-clone(1), "GIT URLS"
)

// Parse reads the address of a repository as people write it: for a browser, for
// git, or without a scheme; with a path, a branch or a commit behind it. False
// means that it is no address of a repository on a public host name.
func Parse(text string) (Repository, bool) {
	u, ok := parseURL(strings.TrimSpace(text))
	if !ok {
		return Repository{}, false
	}
	r := Repository{host: strings.TrimPrefix(strings.ToLower(u.Host), "www."), kind: kindOf(strings.ToLower(u.Hostname()))}
	if r.host == "github.com" {
		r.kind = github
	}
	if !hostname.MatchString(r.host) {
		return Repository{}, false
	}
	if r.path = trim(u.Path, r.kind); r.path == "" {
		return Repository{}, false
	}
	return r, true
}

func parseURL(text string) (*url.URL, bool) {
	for _, prefix := range []string{"scm:", "git:", "git+"} {
		if !strings.HasPrefix(text, "git://") {
			text = strings.TrimPrefix(text, prefix)
		}
	}
	if m := scpLike.FindStringSubmatch(text); m != nil && !strings.Contains(text, "://") && !strings.HasPrefix(m[2], "/") {
		text = "https://" + m[1] + "/" + m[2]
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, false
	}
	switch strings.ToLower(u.Scheme) {
	case "https", "http":
	case "ssh", "git":
		u.Host = u.Hostname() // the port is that of another service
	default:
		return nil, false
	}
	return u, true
}

// trim returns the path of the repository, without what names something in it; "" for none.
func trim(p string, k kind) string {
	p, _, _ = strings.Cut(p, "/-/") // GitLab sets everything else apart so
	var parts []string
	for _, s := range strings.Split(strings.Trim(p, "/"), "/") {
		if !segment.MatchString(s) || s == ".." {
			return ""
		}
		parts = append(parts, s)
	}
	switch {
	case len(parts) == 0, k != unknown && len(parts) < 2:
		return ""
	case k == github || k == gitea:
		parts = parts[:2]
	}
	last := len(parts) - 1
	parts[last] = strings.TrimSuffix(parts[last], ".git")
	if parts[last] == "" {
		return ""
	}
	return path.Join(parts...)
}

// URL returns the address for people, "" for none.
func (r Repository) URL() string {
	if r.path == "" {
		return ""
	}
	return "https://" + r.host + "/" + r.path
}

// Git returns where git clones it from, "" for none. Hosts that redirect from
// one spelling to another are given the one that they answer.
func (r Repository) Git() string {
	if r.path == "" || r.kind == unknown {
		return r.URL()
	}
	return r.URL() + ".git"
}

// Compare returns where two tags or commits are compared, "" where that is not known.
func (r Repository) Compare(from, to string) string {
	if from == to || !isRef(from) || !isRef(to) {
		return ""
	}
	switch r.kind {
	case github, gitea:
		return r.URL() + "/compare/" + from + "..." + to
	case gitlab:
		return r.URL() + "/-/compare/" + from + "..." + to
	}
	return ""
}

// Tag returns where a tag is shown with its release notes, "" where that is not known.
func (r Repository) Tag(name string) string {
	if !isRef(name) {
		return ""
	}
	switch r.kind {
	case github, gitea:
		return r.URL() + "/releases/tag/" + name
	case gitlab:
		return r.URL() + "/-/tags/" + name
	}
	return ""
}

// Releases returns where all release notes are, "" where that is not known.
func (r Repository) Releases() string {
	switch r.kind {
	case github, gitea:
		return r.URL() + "/releases"
	case gitlab:
		return r.URL() + "/-/releases"
	}
	return ""
}

// isRef reports whether text can be the name of a tag or commit that an address holds as it is.
func isRef(text string) bool {
	return len(text) <= 200 && refName.MatchString(text) && !strings.Contains(text, "..") && !strings.Contains(text, "//") && !strings.HasSuffix(text, "/")
}
