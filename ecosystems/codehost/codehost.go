// Package codehost knows the addresses of hosts of source code: of a repository,
// of the comparison of two commits, and of release notes.
//
// It makes no requests, so a returned address may not exist. It returns no
// address for a host whose scheme it does not know.
package codehost

import (
	"net/url"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Repository is a repository on a host of source code. The zero value is none.
type Repository struct {
	host string // in lower case, with the port
	path string // "owner/name"
	kind kind
}

// A kind is the scheme of a host's addresses.
type kind int

const (
	unknown kind = iota
	github       // GitHub docs, "Comparing commits"
	gitlab       // GitLab docs, "Compare revisions"
	gitea        // and Forgejo, which Codeberg runs
)

// kindOf returns the kind of a host by its name. It knows the public hosts, and
// hosts that are named after their software.
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

// Parse parses the address of a repository: for a browser, for git, or without a
// scheme; also with a path, a branch or a commit after it. It reports false if
// text is no address of a repository on a public host name.
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
		u.Host = u.Hostname() // a port of ssh or git is wrong for https
	default:
		return nil, false
	}
	return u, true
}

// trim returns the path of the repository without parts that refer to something in it; "" for none.
func trim(p string, k kind) string {
	p, _, _ = strings.Cut(p, "/-/") // in GitLab, this separates the repository from the rest
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

// Git returns the address for git, "" for none. For hosts that redirect, it
// returns the address without a redirect.
func (r Repository) Git() string {
	if r.path == "" || r.kind == unknown {
		return r.URL()
	}
	return r.URL() + ".git"
}

// Compare returns the address of the comparison of two tags or commits, "" if unknown.
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

// Tag returns the address of a tag with its release notes, "" if unknown.
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

// Releases returns the address of all release notes, "" if unknown.
func (r Repository) Releases() string {
	switch r.kind {
	case github, gitea:
		return r.URL() + "/releases"
	case gitlab:
		return r.URL() + "/-/releases"
	}
	return ""
}

// isRef reports whether text can be the name of a tag or commit and needs no escapes in an address.
func isRef(text string) bool {
	return len(text) <= 200 && refName.MatchString(text) && !strings.Contains(text, "..") && !strings.Contains(text, "//") && !strings.HasSuffix(text, "/")
}
