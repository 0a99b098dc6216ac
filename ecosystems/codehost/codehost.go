// Package codehost knows the addresses of hosts of source code: of a repository,
// of the comparison of two commits, and of release notes.
//
// It makes no requests, so a returned address may not exist. It returns no
// address for a host whose scheme it does not know.
package codehost

import (
	"net/url"
	"path"
	"slices"
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
	segment  = lazyregexp.New(`^[A-Za-z0-9._~][A-Za-z0-9._~+-]*$`)
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
	r := Repository{host: hostOf(u), kind: kindOf(strings.ToLower(u.Hostname()))}
	// kindOf does not know www.github.com.
	if r.host == "github.com" {
		r.kind = github
	}
	r.path = pathOf(segments(u), r.kind)
	if !hostname.MatchString(r.host) || r.path == "" {
		return Repository{}, false
	}
	return r, true
}

// A Within is what an address tells of something in a repository.
type Within struct {
	Tag    string // of a release that the address leads to; "" for none
	Folder string // that it leads to; "" for the whole repository
}

// OnGitHub parses the address of a repository, as Parse does, if it is on one of
// the hosts, which are in lower case and have a port where one is written. They count
// as GitHub's, without a check of their names.
func OnGitHub(text string, hosts ...string) (Repository, Within, bool) {
	u, ok := parseURL(strings.TrimSpace(text))
	if !ok || !slices.Contains(hosts, hostOf(u)) {
		return Repository{}, Within{}, false
	}
	parts := segments(u)
	r := Repository{host: hostOf(u), path: pathOf(parts, github), kind: github}
	if r.path == "" {
		return Repository{}, Within{}, false
	}
	return r, within(parts[2:]), true
}

// SiteHost returns the host, with its port, where people find what one of GitHub's
// APIs knows: GitHub Enterprise Server has both on one host; with data residency
// the API's has a prefix (GitHub Enterprise Cloud docs, "Network details for
// GHE.com"). "" for what is no address.
func SiteHost(api string) string {
	u, err := url.Parse(api)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Host)
	if rest, ok := strings.CutPrefix(host, "api."); ok && (rest == "github.com" || strings.HasSuffix(rest, ".ghe.com")) {
		return rest
	}
	return host
}

// within interprets what follows the name of a repository on GitHub.
func within(rest []string) (in Within) {
	switch {
	case len(rest) < 3:
	case rest[0] == "releases" && rest[1] == "tag":
		in.Tag = strings.Join(rest[2:], "/")
	case rest[0] == "tree" || rest[0] == "blob":
		in.Folder = strings.Join(rest[2:], "/")
	}
	return in
}

func hostOf(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Host), "www.") }

// segments splits the path of an address; an escaped slash separates nothing.
func segments(u *url.URL) (list []string) {
	for part := range strings.SplitSeq(strings.Trim(u.EscapedPath(), "/"), "/") {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return nil
		}
		list = append(list, plain)
	}
	return list
}

func parseURL(text string) (*url.URL, bool) {
	for _, prefix := range []string{"scm:", "git:", "git+"} {
		// "git:" is a prefix of Maven's addresses, and the scheme of git's own protocol.
		if !strings.HasPrefix(text, "git://") {
			text = strings.TrimPrefix(text, prefix)
		}
	}
	if m := scpLike.FindStringSubmatch(text); m != nil && !strings.Contains(text, "://") {
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

// pathOf returns the path of the repository without parts that refer to something in it; "" for none.
func pathOf(parts []string, k kind) string {
	if n := slices.Index(parts, "-"); n >= 0 { // in GitLab, this separates the repository from the rest
		parts = parts[:n]
	}
	if k != unknown && len(parts) < 2 {
		return ""
	}
	// What follows is a branch, a file or an issue. Groups of GitLab may contain groups.
	if k == github || k == gitea {
		parts = parts[:2]
	}
	parts = slices.Clone(parts)
	if last := len(parts) - 1; last >= 0 {
		parts[last] = strings.TrimSuffix(parts[last], ".git")
	}
	for _, part := range parts {
		// path.Join would resolve "..", and lead to another repository.
		if !segment.MatchString(part) || strings.Trim(part, ".") == "" {
			return ""
		}
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
	return r.page("/compare/" + from + "..." + to)
}

// page returns the address of a page of the repository, "" if unknown.
func (r Repository) page(path string) string {
	switch r.kind {
	case github, gitea:
		return r.URL() + path
	case gitlab:
		return r.URL() + "/-" + path
	}
	return ""
}

// Tag returns the address of a tag with its release notes, "" if unknown.
func (r Repository) Tag(name string) string {
	if !isRef(name) {
		return ""
	}
	if r.kind == gitlab {
		return r.page("/tags/" + name)
	}
	return r.Release(name)
}

// Release returns the address of the notes of a release, whose tag may have any
// characters; "" if unknown.
func (r Repository) Release(tag string) string {
	if r.kind != github && r.kind != gitea {
		return ""
	}
	parts := strings.Split(tag, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return r.URL() + "/releases/tag/" + strings.Join(parts, "/")
}

// Path returns "owner/name", with more parts where groups have groups; "" for none.
func (r Repository) Path() string { return r.path }

// Releases returns the address of all release notes, "" if unknown.
func (r Repository) Releases() string { return r.page("/releases") }

// isRef reports whether text can be the name of a tag or commit and needs no escapes in an address.
func isRef(text string) bool {
	return len(text) <= 200 && refName.MatchString(text) && !strings.Contains(text, "..") && !strings.Contains(text, "//") && !strings.HasSuffix(text, "/")
}
