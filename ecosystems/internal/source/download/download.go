// Package download knows where software that people download is published: it
// reads from an address which project and version it names, and asks which
// versions there are and which checksums the publisher lists for the files of
// one version.
//
// A source is one row of the table in sources.go, with two small functions. What
// an address stands in, and what is done about an answer, is not known here.
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

// The limits of what is read of one answer.
const (
	maxList  = 1 << 20 // of a list of checksums, in bytes
	maxIndex = 8 << 20 // of a list of versions
	maxLinks = 20_000  // links of a folder that count
	maxLists = 4       // lists of checksums that are read of one version
	maxFiles = 16      // files of one version whose checksum is asked for one by one
)

// A Tag is a tag of a git repository.
type Tag struct{ Name, Commit string }

// Options configure a Client.
type Options struct {
	HTTP    *fetch.Client
	Tags    func(ctx context.Context, repository string) ([]Tag, error) // of a repository such as "https://github.com/tianon/gosu"
	Mirrors map[string]string                                           // what answers for a host: "go.dev" -> "https://mirror.example/go"; nil for none
	Login   func(ctx context.Context) (via http.RoundTripper, identity string, err error)
	Compute int64 // files up to so many bytes are downloaded where that is allowed; 0 means never
}

// A Client asks the sources. It is safe for concurrent use, and made for one
// run: it asks for the checksums of one version once.
type Client struct {
	o     Options
	mu    sync.Mutex
	lists map[string]*answer[List]
	refs  map[string]*answer[[]Tag]
}

// An answer is asked for once.
type answer[T any] struct {
	once  sync.Once
	value T
	err   error
}

// once returns the answer to a question, which ask finds the first time.
func once[T any](c *Client, known map[string]*answer[T], key string, ask func() (T, error)) (T, error) {
	c.mu.Lock()
	a := known[key]
	if a == nil {
		a = &answer[T]{}
		known[key] = a
	}
	c.mu.Unlock()
	a.once.Do(func() { a.value, a.err = ask() })
	return a.value, a.err
}

// tags returns the tags of a repository.
func (c *Client) tags(ctx context.Context, repository string) ([]Tag, error) {
	return once(c, c.refs, repository, func() ([]Tag, error) { return c.o.Tags(ctx, repository) })
}

// New returns a client.
func New(o Options) *Client {
	return &Client{o: o, lists: map[string]*answer[List]{}, refs: map[string]*answer[[]Tag]{}}
}

// A Project is what a source publishes versions of.
type Project struct {
	Source string            // name of the row: "github-release"
	Name   string            // canonical: "github.com/tianon/gosu"
	Vars   map[string]string // the parts of the name that the source asks with: "owner", "repo"
}

// A Release is one version of a project, named as addresses name it.
type Release struct {
	Tag       string    // "v1.2.3", "1.2.3": the text that stands in addresses, with its prefix
	Published time.Time // zero where unknown
	Pre       bool      // its publisher calls it a pre-release
	Withdrawn string    // why its publisher took it back; "" if it stands
}

// A List is what a publisher tells about the files of one version.
type List struct {
	Sums      []sumlist.Sum
	Names     []string  // of all files, where the list is complete; nil where that is not known
	Published time.Time // zero where unknown
	Pre       bool      // the publisher calls the version a pre-release

	// Alarm says what is wrong with the signature of the list, which then has no
	// checksums; the zero Reason if nothing is.
	Alarm ecosystems.Reason
}

// A Wanted says which version is asked about, and which of its files matter.
type Wanted struct {
	Tag        string   // as it stands in addresses: "v1.2.3"
	Version    string   // without what stands before and behind it: "1.2.3"
	Files      []string // whole addresses of the files, where they are known in full
	Algorithms []string // of the checksums in use; empty for none, and then only names matter
	Trust      ecosystems.Trust
	Keys       *signedlist.Keyring // that lists may be signed with; nil: no signature is looked at
}

func (w Wanted) key(p Project) string {
	return strings.Join([]string{p.Source, p.Name, w.Tag, strings.Join(w.Files, " "), strings.Join(w.Algorithms, " "), w.Trust.String(), w.Keys.ID()}, "\n")
}

// Versions returns the versions of a project, in no order.
func (c *Client) Versions(ctx context.Context, p Project) ([]Release, error) {
	r, ok := rowOf(p.Source)
	if !ok {
		return nil, &fetch.Error{Code: fetch.BadAnswer, Err: errors.New("there is no source " + p.Source)}
	}
	return r.versions(ctx, c, p)
}

// Files returns what is published about the files of one version. It is asked once for each.
func (c *Client) Files(ctx context.Context, p Project, w Wanted) (List, error) {
	r, ok := rowOf(p.Source)
	if !ok {
		return List{}, &fetch.Error{Code: fetch.BadAnswer, Err: errors.New("there is no source " + p.Source)}
	}
	if r.files == nil {
		return List{}, nil
	}
	return once(c, c.lists, w.key(p), func() (List, error) {
		list, err := r.files(ctx, c, p, w)
		if alarm, is := alarmed(err); is {
			return alarm, nil
		}
		return list, err
	})
}

// Publishes reports whether a source publishes checksums at all.
func Publishes(source string) bool {
	r, ok := rowOf(source)
	return ok && r.files != nil
}

// get asks for a document, at a mirror where one stands for its host.
func (c *Client) get(ctx context.Context, address string, limit int64) ([]byte, error) {
	res, err := c.o.HTTP.Get(ctx, fetch.Request{URL: c.at(address), Limit: limit})
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// at returns where an address is asked for.
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

// absent reports whether the answer is that there is no such thing.
func absent(err error) bool { return err != nil && fetch.Code(err) == fetch.NotFound }

// malformed is the error of an answer that is not what it should be.
func malformed(address, what string) error {
	return &fetch.Error{Code: fetch.BadAnswer, Method: http.MethodGet, URL: fetch.Redact(address), Err: errors.New(what)}
}

// base returns the last element of the path of an address.
func base(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return path.Base(address)
}
