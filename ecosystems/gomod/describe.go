package gomod

import (
	"context"
	"strings"

	"golang.org/x/mod/module"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/codehost"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var _ ecosystems.Describer = (*Ecosystem)(nil)

// A tracer is a source that knows the origin of versions, such as that of package goproxy.
type tracer interface {
	Origin(ctx context.Context, path, version string) (repository, ref string, err error)
}

// Describe returns links to the repository of a module, from the proxy's data about
// the new version, else from the path of the module. It needs no request for the old
// version, because both tags have the same form (Go Modules Reference, "Mapping
// versions to commits").
func (e *Ecosystem) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	name, was, next := d.Package.Name, d.Pin.Version.Text, to.Version.Text
	if name == toolchain {
		return describeToolchain(was, next), nil
	}
	var address, ref string
	var err error
	if t, ok := e.source.(tracer); ok {
		address, ref, err = t.Origin(ctx, name, next)
	}
	repo, prefix, ok := place(name)
	if told, isRepo := codehost.Parse(address); isRepo {
		repo, ok = mirrored(told), true
		// The proxy knows the folder of the module for certain, the path only suggests it.
		if tag := tagOf("", next); !module.IsPseudoVersion(next) && strings.HasSuffix(ref, tag) {
			prefix = strings.TrimSuffix(ref, tag)
		}
	}
	if !ok {
		return ecosystems.Links{}, err
	}
	links := ecosystems.Links{Source: repo.URL(), Compare: repo.Compare(tagOf(prefix, was), tagOf(prefix, next))}
	if !module.IsPseudoVersion(next) && !withoutNotes(repo) { // a commit has no notes
		links.Notes = repo.Tag(tagOf(prefix, next))
	}
	return links, ctx.Err()
}

// describeToolchain returns links for Go itself, whose release notes are on one page.
func describeToolchain(was, next string) ecosystems.Links {
	repo, _ := codehost.Parse("https://github.com/golang/go")
	return ecosystems.Links{
		Source:  repo.URL(),
		Notes:   "https://go.dev/doc/devel/release#" + next,
		Compare: repo.Compare(was, next),
	}
}

// tagOf returns the tag of a version, or the commit of a pseudo-version.
func tagOf(prefix, v string) string {
	if rev, err := module.PseudoVersionRev(v); err == nil {
		return rev
	}
	return prefix + strings.TrimSuffix(v, "+incompatible")
}

// gopkg matches the path of a module on gopkg.in: "yaml.v3", "user/pkg.v3".
var gopkg = lazyregexp.New(`^gopkg\.in/(?:([A-Za-z0-9-]+)/)?([A-Za-z0-9][A-Za-z0-9._-]*)\.v[0-9]+(?:-unstable)?$`)

// place returns the repository that the path of a module names, if it is certain,
// and the prefix of the module's tags.
func place(name string) (repo codehost.Repository, prefix string, ok bool) {
	if m := gopkg.FindStringSubmatch(name); m != nil { // gopkg.in, "Supported URLs"
		owner := m[1]
		if owner == "" {
			owner = "go-" + m[2]
		}
		repo, ok = codehost.Parse("https://github.com/" + owner + "/" + m[2])
		return repo, "", ok
	}
	root, _, fits := module.SplitPathVersion(name)
	parts := strings.Split(root, "/")
	if !fits || len(parts) < 3 {
		return repo, "", false
	}
	switch parts[0] {
	case "github.com", "codeberg.org":
		repo, ok = codehost.Parse("https://" + strings.Join(parts[:3], "/"))
	case "gitlab.com":
		if len(parts) == 3 { // longer paths may be nested groups
			repo, ok = codehost.Parse("https://" + root)
		}
	case "golang.org":
		if parts[1] == "x" {
			repo, ok = codehost.Parse("https://github.com/golang/" + parts[2])
		}
	}
	if len(parts) > 3 {
		prefix = strings.Join(parts[3:], "/") + "/"
	}
	return repo, prefix, ok
}

// mirrored returns the GitHub mirror of Go's own repositories, which can show comparisons; other repositories unchanged.
func mirrored(r codehost.Repository) codehost.Repository {
	name, ok := strings.CutPrefix(r.URL(), "https://go.googlesource.com/")
	if !ok {
		return r
	}
	if mirror, ok := codehost.Parse("https://github.com/golang/" + name); ok {
		return mirror
	}
	return r
}

// withoutNotes reports whether a repository never has release notes, like the mirrors of Go's repositories.
func withoutNotes(r codehost.Repository) bool {
	return strings.HasPrefix(r.URL(), "https://github.com/golang/")
}
