// Package notes finds the releases between two versions of a package whose source is
// on GitHub: titles, dates and release notes.
//
// The texts are limited in length and have no invisible characters, but they are
// untrusted, so the caller must escape them. The package queries only GitHub and reads
// no changelog files.
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

// Limits on requests and results.
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
	Host string // of the API's repositories; "" means the one derived from API, such as "github.com"

	// Token returns the token, "" for none. nil means no token. It is sent only to the
	// API's host.
	Token func(ctx context.Context) (string, error)
	// Identity identifies the owner of tokens that change while their permissions stay
	// the same. Answers are cached for each identity. "" derives it from the token.
	Identity string
}

// A Release is one release of a project.
type Release struct {
	Tag       string
	Title     string // one line; the tag if it has no title
	URL       string // its page
	Published time.Time
	Body      string // Markdown without images and HTML comments, cut at the end of a line after 1,500 bytes, with "…"
	Pre       bool   // is a pre-release
}

// A List holds the releases between two versions.
type List struct {
	Releases []Release // highest version first
	More     int       // number of further releases that were left out
	URL      string    // page of all releases; "" if unknown
}

// A Compare compares two versions; false if it cannot parse one of them.
type Compare = func(a, b string) (int, bool)

// A Source reads the releases of repositories (GitHub REST docs, "List releases"). It
// is safe for concurrent use. After it reaches GitHub's rate limit it sends no requests
// until the limit is reset (fetch.Account).
type Source struct {
	o     Options
	name  string // of the package, "" if unknown
	sites []site
}

// New returns a source. If the API is that of another host, it reads repositories on
// github.com from the public API without a token.
func New(o Options) *Source {
	o.API = cmp.Or(o.API, publicAPI)
	return &Source{o: o, sites: newSites(o)}
}

// For returns a source for the releases of the package name, in case a repository has
// several packages.
func (s *Source) For(name string) *Source {
	t := *s
	t.name = name
	return &t
}

// Between returns the releases after from up to and including to, which are versions in
// the ecosystem's notation. source is the address of the repository in any form; that of
// a release or a folder selects one of several packages. It includes pre-releases only
// if the target is one. If it finds nothing it returns an empty list; it returns an error
// if GitHub does not answer.
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

// A location is a repository, with the release or folder in its address.
type location struct {
	codehost.Repository
	in codehost.Within
}

// find returns the place of an address, and the site that keeps it.
func (s *Source) find(source string) (site, location, bool) {
	for _, t := range s.sites {
		if r, in, ok := codehost.OnGitHub(source, t.host); ok {
			return t, location{r, in}, true
		}
	}
	return site{}, location{}, false
}

// between selects the releases in the window.
func (s *Source) between(place location, w window, found []release) []release {
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

// bound applies the limits to the selected releases. All that are kept have a title;
// newer ones get their bodies first.
func bound(found []release, p location) (list []Release, more int) {
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
	// A second pass, so that the titles of all releases fit before any body.
	for i := range list {
		list[i].Body = body(found[i].Body, min(maxBody, left))
		left -= len(list[i].Body)
	}
	return list, len(found) - len(list)
}
