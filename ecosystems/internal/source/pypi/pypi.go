// Package pypi asks Python package indexes which releases a project has, by the
// simple API (PEP 503, 691, 700, 592, 792), one request for a project and index,
// and what one of the releases requires (PEP 658).
//
// It decides which indexes may be asked at all, and keeps their credentials to
// itself. It knows no requirement files and chooses no version.
package pypi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// accept asks for JSON first, and for HTML where that is all there is (PEP 691, "Version + Format Selection").
const accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

// maxPage is far above the largest page of pypi.org.
const maxPage = 32 << 20

// A Release is one version of a project.
type Release struct {
	Version        version.Version
	Published      time.Time // of its earliest file; zero where the index has no dates
	Yanked         string    // why every file of it is yanked; "" if one is not
	RequiresPython string    // ">=3.8"; alternatives between " || " where files differ; "" for all
	Hashes         []string  // "sha256:…" of every file, sorted; nil unless the index has one for each

	// Labelled is set on what a version without a local label stands for where
	// files with a label are all that is published of it.
	Labelled bool

	meta  description     // where its metadata lie
	index string          // the one that it comes from, as in a key
	real  version.Version // of whom the metadata speak; zero for Version
}

// A Project is what an index knows under one name.
type Project struct {
	Releases []Release // in no order
	Status   string    // "archived", "deprecated", "quarantined" (PEP 792); "" for active
	Reason   string    // of the status, in words; may be empty
}

// A Source asks indexes. It is safe for concurrent use and made for one run.
type Source struct {
	client   *fetch.Client
	allowed  func(host string) bool
	defaults []Index
	own      map[string]bool // hosts that are allowed without being asked for

	mu     sync.Mutex
	logins map[string]*url.Userinfo // by the address as it is shown
}

// New returns a source that asks the defaults where a file names no index, and
// other indexes only on the hosts that the operator allows: pypi.org, those of
// the defaults, and what allowed (nil for none) says.
func New(client *fetch.Client, defaults Indexes, allowed func(host string) bool) *Source {
	s := &Source{client: client, allowed: allowed, own: map[string]bool{"pypi.org": true}, logins: map[string]*url.Userinfo{}}
	for _, text := range defaults.list() {
		s.defaults = append(s.defaults, Index{URL: text})
		if u, err := url.Parse(text); err == nil {
			s.own[strings.ToLower(u.Host)] = true
		}
	}
	return s
}

// labelPrefix marks the local label that somebody asks for in a key.
const labelPrefix = "label:"

// KeyFor returns a key for a version with a local label ("+cu118"): of several
// indexes the first that has a build with it counts. Indexes for one platform
// stand beside one that knows the name without any label.
func (s *Source) KeyFor(key, label string) string {
	all := key
	if all == "" {
		all = s.Key(s.defaults)
	}
	if label == "" || !strings.Contains(all, "\n") {
		return key
	}
	return all + "\n" + labelPrefix + label
}

// Releases returns what is published of a project, whose name is in the form of
// PEP 503. Where several indexes are named only the first that knows it
// counts, or that has the label asked for; one that cannot tell is a failure,
// never a reason to ask the next.
func (s *Source) Releases(ctx context.Context, name, where string) (Project, error) {
	where, label, _ := strings.Cut(where, "\n"+labelPrefix)
	list := strings.Split(where, "\n")
	if where == "" {
		list = strings.Split(s.Key(s.defaults), "\n")
	}
	var first *Project
	var err error
	for _, line := range list {
		var p Project
		switch p, err = s.ask(ctx, name, line); {
		case err != nil && fetch.Code(err) != fetch.NotFound:
			return Project{}, err
		case err == nil && p.has(label):
			return p, nil
		case err == nil && first == nil:
			first = &p
		}
	}
	if first != nil {
		return *first, nil
	}
	return Project{}, err
}

// has reports whether some release has a local label.
func (p Project) has(label string) bool {
	return label == "" || slices.ContainsFunc(p.Releases, func(r Release) bool { return r.Version.Track == label })
}

// ask asks one index. A page of links that has no file of the project does not know it.
func (s *Source) ask(ctx context.Context, name, line string) (Project, error) {
	base, links := strings.CutPrefix(line, linksPrefix)
	address := base
	if !links {
		address = projectURL(base, name)
	}
	if host, ok := s.Allows(base); !ok {
		return Project{}, &fetch.Error{Code: fetch.Refused, Method: http.MethodGet, URL: hide(address), Err: fmt.Errorf("the index %s is not allowed", host)}
	}
	p, err := s.get(ctx, name, s.withLogin(base, address))
	for i := range p.Releases {
		p.Releases[i].index = base
	}
	if err == nil && links && len(p.Releases) == 0 {
		return p, &fetch.Error{Code: fetch.NotFound, Method: http.MethodGet, URL: hide(address), Err: fmt.Errorf("no file of %s among the links", name)}
	}
	return p, err
}

func (s *Source) get(ctx context.Context, name, address string) (Project, error) {
	var parsed *page // what Check saw, so that nothing is parsed twice
	res, err := s.client.Get(ctx, fetch.Request{URL: address, Accept: accept, Limit: maxPage, Check: func(body []byte, h http.Header) error {
		var err error
		parsed, err = parsePage(name, body, h)
		return err
	}})
	if err != nil {
		return Project{}, err
	}
	if parsed == nil {
		if parsed, err = parsePage(name, res.Body, res.Header); err != nil {
			return Project{}, &fetch.Error{Code: fetch.BadAnswer, Method: http.MethodGet, URL: hide(address), Err: err}
		}
	}
	p := Project{Releases: releases(name, parsed.files), Status: parsed.status, Reason: parsed.reason}
	p.resolve(res.URL, parsed.base)
	return p, nil
}

// projectURL returns the address of a project's page (PEP 503): with a slash at its end.
func projectURL(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.JoinPath(name, "/").String()
}
