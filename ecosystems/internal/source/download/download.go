// Package download knows the publishers of software downloads. It reads the
// project and version from a URL, and queries the publisher for versions and for
// the checksums of the files of one version.
//
// A source is one row of the table in sources.go with two small functions. The
// package does not know which files contain the URLs, or how they are edited.
package download

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/signedlist"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
)

// Limits on one answer.
const (
	maxList  = 1 << 20 // of a list of checksums, in bytes
	maxIndex = 8 << 20 // of a list of versions
	maxLinks = 20_000  // links of a folder; the rest is ignored
	maxLists = 4       // lists of checksums read for one version
	maxFiles = 16      // files of one version whose checksums are requested one by one
)

// A Tag is a tag of a git repository.
type Tag struct{ Name, Commit string }

// Options configure a Client.
type Options struct {
	HTTP    *fetch.Client
	Tags    func(ctx context.Context, repository string) ([]Tag, error) // of a repository such as "https://github.com/tianon/gosu"
	Mirrors map[string]string                                           // mirror of a host: "go.dev" -> "https://mirror.example/go"; nil for none
	Login   func(ctx context.Context) (via http.RoundTripper, identity string, err error)
	Compute int64 // largest file that is downloaded to compute its checksum, in bytes; 0 means none is
}

// A Client queries the publishers. It is safe for concurrent use. Make one for
// each run: it requests the checksums of a version only once.
type Client struct {
	o     Options
	lists sync.Map // of once, by Wanted.key
	refs  sync.Map // of once, by repository
}

// once returns the result of the first ask for a key.
func once[T any](known *sync.Map, key string, ask func() (T, error)) (T, error) {
	// Requests for one key that come meanwhile wait for the first.
	first, _ := known.LoadOrStore(key, sync.OnceValues(ask))
	return first.(func() (T, error))()
}

// tags returns the tags of a repository.
func (c *Client) tags(ctx context.Context, repository string) ([]Tag, error) {
	return once(&c.refs, repository, func() ([]Tag, error) { return c.o.Tags(ctx, repository) })
}

// New returns a client.
func New(o Options) *Client { return &Client{o: o} }

// A Project is one piece of software of a source.
type Project struct {
	Source string            // name of the row: "github-release"
	Name   string            // canonical: "github.com/tianon/gosu"
	Vars   map[string]string // parts of the name that requests need: "owner", "repo"
}

// A Release is one version of a project, as its addresses write it.
type Release struct {
	Tag       string    // "v1.2.3", "1.2.3": as in addresses, with its prefix
	Published time.Time // zero where unknown
	Pre       bool      // the publisher marks it as a pre-release
	Withdrawn string    // why the publisher withdrew it; "" if it is available
}

// A List is what a publisher says about the files of one version.
type List struct {
	Sums      []sumlist.Sum
	Names     []string  // of all files, if the list is complete; nil if that is unknown
	Published time.Time // zero if unknown
	Pre       bool      // the publisher marks the version as a pre-release

	// Alarm says what is wrong with the signature of the list, which then has no
	// checksums; the zero Reason if nothing is.
	Alarm ecosystems.Reason
}

// add adds a file and its checksums in hexadecimal. It leaves out what can be no name of
// a file, and what can be no checksum.
func (l *List) add(file string, trust ecosystems.Trust, from string, sums ...string) {
	if !sumlist.PlainName(file) {
		return
	}
	l.Names = append(l.Names, file)
	for _, hex := range sums {
		if sumlist.IsHex(hex) {
			l.Sums = append(l.Sums, sumlist.Sum{File: file, Algorithm: sumlist.AlgorithmOf(hex), Hex: strings.ToLower(hex), Trust: trust, From: from})
		}
	}
}

// A Wanted is a query for the checksums of one version.
type Wanted struct {
	Tag        string   // as in addresses: "v1.2.3"
	Version    string   // without prefix and suffix: "1.2.3"
	Files      []string // full addresses of the files, as far as they are known
	Algorithms []string // of the checksums in use; empty to get only the names of the files
	Trust      ecosystems.Trust
	Keys       *signedlist.Keyring // that lists may be signed with; nil to check no signatures
}

func (w Wanted) key(p Project) string {
	return strings.Join([]string{p.Source, p.Name, w.Tag, strings.Join(w.Files, " "), strings.Join(w.Algorithms, " "), w.Trust.String(), w.Keys.ID()}, "\n")
}

// Versions returns the versions of a project, in no order.
func (c *Client) Versions(ctx context.Context, p Project) ([]Release, error) {
	r, err := sourceOf(p)
	if err != nil {
		return nil, err
	}
	return r.versions(ctx, c, p)
}

// Files returns what is published about the files of one version. It caches the answer.
func (c *Client) Files(ctx context.Context, p Project, w Wanted) (List, error) {
	r, err := sourceOf(p)
	if err != nil || r.files == nil {
		return List{}, err
	}
	return once(&c.lists, w.key(p), func() (List, error) {
		list, err := r.files(ctx, c, p, w)
		// An invalid signature is a result that is cached, and no failed lookup.
		if alarm, is := alarmed(err); is {
			return alarm, nil
		}
		return list, err
	})
}

func sourceOf(p Project) (row, error) {
	r, ok := rowOf(p.Source)
	if !ok {
		return row{}, &fetch.Error{Code: fetch.BadAnswer, Err: errors.New("there is no source " + p.Source)}
	}
	return r, nil
}

// Publishes reports whether a source publishes any checksums.
func Publishes(source string) bool {
	r, ok := rowOf(source)
	return ok && r.files != nil
}

// get downloads a document, from a mirror if its host has one.
func (c *Client) get(ctx context.Context, address string, limit int64) ([]byte, error) {
	res, err := c.o.HTTP.Get(ctx, fetch.Request{URL: c.at(address), Limit: limit})
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// at returns the address to request, which is on a mirror if the host has one.
func (c *Client) at(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if mirror, ok := c.o.Mirrors[u.Host]; ok {
		return strings.TrimSuffix(mirror, "/") + strings.TrimPrefix(address, u.Scheme+"://"+u.Host)
	}
	return address
}

// absent reports whether the server answered that the document does not exist.
func absent(err error) bool { return err != nil && fetch.Code(err) == fetch.NotFound }

// malformed returns the error for an answer that cannot be understood.
func malformed(address, what string) error {
	return &fetch.Error{Code: fetch.BadAnswer, Method: http.MethodGet, URL: fetch.Redact(address), Err: errors.New(what)}
}

// base returns the last element of the path of an address.
func base(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return path.Base(address)
}
