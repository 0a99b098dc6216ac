package notes

import (
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A place is a repository, and what its address says of a package in it.
type place struct {
	host        string // in lower case, with a port where one is written
	owner, name string

	tag    string // of a release that the address leads to, "" for none
	folder string // that the address leads to, "" for the whole
}

// url returns the address of the repository for people.
func (p place) url() string { return "https://" + p.host + "/" + p.owner + "/" + p.name }

// page returns the address of a release for people.
func (p place) page(tag string) string {
	parts := strings.Split(tag, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return p.url() + "/releases/tag/" + strings.Join(parts, "/")
}

var (
	hostname = lazyregexp.New(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$`)
	owner    = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$`)
	repoName = lazyregexp.New(`^[A-Za-z0-9._-]{1,100}$`)
	scpLike  = lazyregexp.New(`^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):([A-Za-z0-9_][^:]*)$`) // git-clone(1), "GIT URLS"
)

// parse reads the address of a repository as people write it: for a browser, for
// git, or without a scheme.
func parse(text string) (place, bool) {
	u, ok := parseURL(strings.TrimSpace(text))
	if !ok {
		return place{}, false
	}
	p := place{host: strings.TrimPrefix(strings.ToLower(u.Host), "www.")}
	parts := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	if !hostname.MatchString(p.host) || len(parts) < 2 {
		return place{}, false
	}
	p.owner, p.name = parts[0], strings.TrimSuffix(parts[1], ".git")
	if !owner.MatchString(p.owner) || !repoName.MatchString(p.name) || p.name == "." || p.name == ".." {
		return place{}, false
	}
	p.tag, p.folder = below(parts[2:])
	return p, true
}

// below reads what stands behind the name of a repository.
func below(rest []string) (tag, folder string) {
	for i := range rest {
		var err error
		if rest[i], err = url.PathUnescape(rest[i]); err != nil {
			return "", ""
		}
	}
	switch {
	case len(rest) > 2 && rest[0] == "releases" && rest[1] == "tag":
		return strings.Join(rest[2:], "/"), ""
	case len(rest) > 2 && (rest[0] == "tree" || rest[0] == "blob"):
		return "", strings.Join(rest[2:], "/")
	}
	return "", ""
}

func parseURL(text string) (*url.URL, bool) {
	for _, prefix := range []string{"scm:", "git:", "git+"} {
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
	switch u.Scheme {
	case "https", "http":
	case "ssh", "git":
		u.Host = u.Hostname() // the port is that of another service
	default:
		return nil, false
	}
	return u, true
}
