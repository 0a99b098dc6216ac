package wiring

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/codehost"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/gitcommand"
	"github.com/freshpin/freshpin/updater/plan"
)

// Origin returns the repository "owner/name" that a work tree was cloned from, by
// its remote origin. It must be at the forge that is asked anyway: no other
// host is asked, and no token leaves for one.
func (s *Settings) Origin(ctx context.Context, dir string) (string, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	address := remoteOrigin(ctx, dir)
	if address == "" {
		return "", fmt.Errorf("%s has no remote origin that could be read", dir)
	}
	host, repo := remoteParts(address)
	ours := HostOf(s.Forge.Site)
	switch {
	case repo == "":
		return "", fmt.Errorf("the remote origin of %s is not the address of a repository", dir)
	case !strings.EqualFold(host, ours):
		return "", fmt.Errorf("the remote origin of %s is at %s, and the %s that is asked is %s (%s)", dir, host, s.Forge.Title, ours, s.Forge.SiteName)
	}
	return s.Repository(repo)
}

// AddressOf returns the address for people of the repository that a work tree was
// cloned from, by its remote origin; "" where it has none on a public host name.
func AddressOf(ctx context.Context, t plan.Tree) string {
	r, ok := t.Rules.(RuleSet)
	if !ok || r.tracked == nil { // no git repository
		return ""
	}
	repo, _ := codehost.Parse(remoteOrigin(ctx, r.root))
	return repo.URL()
}

// remoteOrigin returns the address of the remote origin of a work tree as git has
// it, which may hold a login; "" if there is none that can be read.
func remoteOrigin(ctx context.Context, dir string) string {
	out, err := gitcommand.Run(ctx, dir, "config", "--local", "--get", "remote.origin.url")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// short is the form of git that has no scheme: git@github.com:acme/shop.git.
var short = lazyregexp.New(`^(?:[^/@:]+@)?([^/@:]+):(.+)$`)

// remoteParts takes the address of a remote apart; repo is "" where it is not one
// of a repository on a server. What may log in with it is dropped.
func remoteParts(address string) (host, repo string) {
	path := ""
	if m := short.FindStringSubmatch(address); m != nil && !strings.Contains(address, "://") {
		host, path = m[1], m[2]
	} else if u, err := url.Parse(address); err == nil && strings.Contains("https http ssh git", u.Scheme) && u.Scheme != "" {
		host, path = u.Host, u.Path
		if u.Scheme == "ssh" {
			host = u.Hostname() // its port says nothing about the pages
		}
	}
	// git takes addresses with and without the ending.
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	if host == "" || strings.Count(path, "/") != 1 {
		return host, ""
	}
	return host, path
}
