// Package notes finds the releases that lie between two versions of a package
// whose source is kept on GitHub: titles, dates, and what their authors wrote.
//
// It renders nothing: texts are bounded and hold nothing that is not seen, but
// they are still those of strangers, and whoever shows them escapes them. It
// asks no other place than GitHub, and reads no changelog files.
package notes

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems/codehost"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// What is read and returned at most.
const (
	maxPages    = 3        // of 100 releases each
	maxReleases = 20       // returned
	maxBody     = 1500     // bytes of one body
	maxAll      = 12 << 10 // bytes of all releases returned
)

// Options configures a Source.
type Options struct {
	HTTP *fetch.Client
	API  string // root of the API; "" means "https://api.github.com"
	Host string // of the repositories that the API knows; "" means the one that belongs to it, "github.com"

	// Token returns what authenticates; nil for nothing. It is sent to the API's
	// host only, and may return "".
	Token func(ctx context.Context) (string, error)
	// Identity names those in whose name tokens speak, where tokens change but
	// their rights do not: answers are cached for each identity. "" means that of the token.
	Identity string
}

// A Release is what a project says about one of its versions.
type Release struct {
	Tag       string
	Title     string // one line; the tag where its authors gave it no name
	URL       string // where it is read on
	Published time.Time
	Body      string // Markdown, cut at a line at 1,500 bytes, with "…"; without images and HTML comments
	Pre       bool   // a pre-release
}

// A List is what was found between two versions.
type List struct {
	Releases []Release // the highest version first
	More     int       // how many were found besides and left out
	URL      string    // of all releases, to read on; "" where the place has none that are known here
}

// A Compare orders two versions; false where it cannot read one of them.
type Compare = func(a, b string) (int, bool)

// A Source reads the releases of repositories (GitHub REST docs, "List
// releases"). It is safe for concurrent use. Once GitHub's limit is reached it
// asks no more until that is over (fetch.Account).
type Source struct {
	o     Options
	name  string // of the package, "" where it is not known
	sites []site
}

// New returns a source. Repositories on github.com are read from the public API,
// without a token, where the API given is that of another host.
func New(o Options) *Source {
	if o.API == "" {
		o.API = publicAPI
	}
	return &Source{o: o, sites: newSites(o)}
}

// For returns a source that reads the releases of the package so named, where
// one repository has those of several.
func (s *Source) For(name string) *Source {
	t := *s
	t.name = name
	return &t
}

// Between returns the releases after one version up to and including another,
// as the ecosystem writes them. source is the address of the repository in any
// form; that of a release or a folder in it tells which of several packages is
// meant. Pre-releases count only where the target is one. Nothing found is an
// empty list; an error is that GitHub did not answer.
func (s *Source) Between(ctx context.Context, source, from, to string, compare Compare) (List, error) {
	site, place, ok := s.find(source)
	if !ok {
		return List{}, nil
	}
	w := window{from: from, to: to, compare: compare}
	list := List{URL: place.Releases()}
	found, err := site.releases(ctx, place, w)
	if err != nil {
		return list, fmt.Errorf("list releases of %s: %w", strings.TrimPrefix(place.URL(), "https://"), err)
	}
	list.Releases, list.More = bound(s.between(place, w, found), place)
	return list, nil
}

// A place is a repository, and what its address says of a package in it.
type place struct {
	codehost.Repository
	in codehost.Within
}

// find returns the place of an address, and the site that keeps it.
func (s *Source) find(source string) (site, place, bool) {
	for _, t := range s.sites {
		if r, in, ok := codehost.OnGitHub(source, t.host); ok {
			return t, place{r, in}, true
		}
	}
	return site{}, place{}, false
}

// between chooses from all releases.
func (s *Source) between(place place, w window, found []release) []release {
	tags := w.read(found)
	f, ok := choose(tags, w, place, s.name)
	if !ok {
		return nil
	}
	var list []release
	for i, t := range tags {
		if t.family == f && w.holds(t.version, found[i].Pre) {
			list = append(list, found[i])
			list[len(list)-1].version = t.version
		}
	}
	slices.SortStableFunc(list, func(a, b release) int {
		n, _ := w.compare(b.version, a.version)
		return cmp.Or(n, b.Published.Compare(a.Published), cmp.Compare(b.Tag, a.Tag))
	})
	return slices.CompactFunc(list, func(a, b release) bool { return a.Tag == b.Tag })
}

// bound makes what is returned of the releases chosen. Every one that is kept
// has its title; the newest ones have their bodies before the others.
func bound(found []release, p place) (list []Release, more int) {
	left := maxAll
	for _, r := range found {
		out := r.out(p)
		size := len(out.Tag) + len(out.Title) + len(out.URL)
		if len(list) == maxReleases || size > left {
			break
		}
		left -= size
		list = append(list, out)
	}
	for i := range list {
		list[i].Body = body(found[i].Body, min(maxBody, left))
		left -= len(list[i].Body)
	}
	return list, len(found) - len(list)
}
