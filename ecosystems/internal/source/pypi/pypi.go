// Package pypi queries Python package indexes for the releases of a project by
// the simple API (PEP 503, 691, 700, 592, 792), with one request for each project
// and index, and for the requirements of a release (PEP 658).
//
// It decides which indexes may be queried, and never returns their credentials. It
// does not know requirement files and does not choose versions.
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

// accept prefers JSON to HTML (PEP 691, "Version + Format Selection").
const accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

// maxPage is the size limit of a page in bytes, far above the largest one of pypi.org.
const maxPage = 32 << 20

// A Release is one version of a project.
type Release struct {
	Version        version.Version
	Published      time.Time // of its earliest file; zero if the index has no dates
	Yanked         string    // why all its files are yanked; "" if one is not
	RequiresPython string    // ">=3.8"; alternatives joined by " || " if files differ; "" for all
	Hashes         []string  // "sha256:…" of every file, sorted; nil unless every file has one

	// Labelled is true for a version without a local label of which only files with
	// a label are published (see WithPublic).
	Labelled bool

	meta  description     // where its metadata are
	index string          // the index that it comes from, as in a key
	real  version.Version // the version in the metadata; zero if it is Version
}

// A Project is the page of a project in an index.
type Project struct {
	Releases []Release // in no order
	Status   string    // "archived", "deprecated", "quarantined" (PEP 792); "" for active
	Reason   string    // of the status, for people; may be empty
}

// A Source queries indexes. It is safe for concurrent use. Make one for each run.
type Source struct {
	client   *fetch.Client
	allowed  func(host string) bool
	defaults []Index
	own      map[string]bool // hosts that are always allowed

	mu     sync.Mutex
	logins map[string]*url.Userinfo // by address without secrets
}

// New returns a source that queries the defaults if a file names no index, and
// other indexes only on allowed hosts: pypi.org, the hosts of the defaults, and
// those for which allowed (nil for none) returns true.
func New(client *fetch.Client, defaults Indexes, allowed func(host string) bool) *Source {
	s := &Source{client: client, allowed: allowed, own: map[string]bool{"pypi.org": true}, logins: map[string]*url.Userinfo{}}
	for _, text := range defaults.list() {
		s.defaults = append(s.defaults, Index{URL: text})
		if u, err := url.Parse(text); err == nil { // a malformed one is refused when it is used
			s.own[strings.ToLower(u.Host)] = true
		}
	}
	return s
}

// labelPrefix marks the wanted local label in a key.
const labelPrefix = "label:"

// KeyFor returns a key for a version with a local label ("+cu118"): of several
// indexes, Releases uses the first that has a build with the label. This is for
// files that combine an index for one platform with a general one, which has the
// project without any label.
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

// Releases returns the releases of a project, whose name is normalised by PEP
// 503. where is a key (see Key, KeyFor). Of several indexes it uses the first that
// has the project, or the wanted label. If an index fails, Releases fails: asking
// the next one could return another project of the same name.
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

// has reports whether a release has that local label.
func (p Project) has(label string) bool {
	return label == "" || slices.ContainsFunc(p.Releases, func(r Release) bool { return r.Version.Track == label })
}

// ask queries one index. For a page of links without files of the project it returns an error for an unknown project.
func (s *Source) ask(ctx context.Context, name, line string) (Project, error) {
	base, links := strings.CutPrefix(line, linksPrefix)
	address := base
	if !links {
		address = projectURL(base, name)
	}
	if host, ok := s.Allows(base); !ok {
		return Project{}, &fetch.Error{Code: fetch.Refused, Method: http.MethodGet, URL: redact(address), Err: fmt.Errorf("the index %s is not allowed", host)}
	}
	p, err := s.get(ctx, name, s.withLogin(base, address))
	for i := range p.Releases {
		p.Releases[i].index = base
	}
	if err == nil && links && len(p.Releases) == 0 {
		return p, &fetch.Error{Code: fetch.NotFound, Method: http.MethodGet, URL: redact(address), Err: fmt.Errorf("no file of %s among the links", name)}
	}
	return p, err
}

func (s *Source) get(ctx context.Context, name, address string) (Project, error) {
	var parsed *page // by Check, so that a page is not parsed twice
	res, err := s.client.Get(ctx, fetch.Request{URL: address, Accept: accept, Limit: maxPage, Check: func(body []byte, h http.Header) error {
		var err error
		parsed, err = parsePage(name, body, h)
		return err
	}})
	if err != nil {
		return Project{}, err
	}
	if parsed == nil { // from the cache
		if parsed, err = parsePage(name, res.Body, res.Header); err != nil {
			return Project{}, &fetch.Error{Code: fetch.BadAnswer, Method: http.MethodGet, URL: redact(address), Err: err}
		}
	}
	p := Project{Releases: releases(name, parsed.files), Status: parsed.status, Reason: parsed.reason}
	p.resolve(res.URL, parsed.base)
	return p, nil
}

// projectURL returns the address of a project's page, which ends in a slash (PEP 503).
func projectURL(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	return u.JoinPath(name, "/").String()
}
