// Package registry is a client for OCI registries: it lists the tags of a
// repository and reads the digest, platforms, date, labels, attached statements
// and, if wanted, layers of an image.
//
// It writes nothing to registries. Package dockertag parses tags, and package
// policy chooses between them.
package registry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/registry/login"
)

// Options configures a Registry.
type Options struct {
	HTTP     *fetch.Client          // sends all requests; nil means a client with the defaults
	Keychain authn.Keychain         // the logins, by registry; nil means the files of Docker and Podman
	Mirrors  map[string]string      // see ParseMirrors; nil for none
	Insecure func(host string) bool // reports whether the operator allows http for a host; nil for none
}

// A Registry is a client for any number of registries. It is safe for concurrent use.
type Registry struct {
	o    Options
	long *fetch.Gate // limits the long lists of tags in memory

	mu        sync.Mutex
	endpoints map[string]*endpoint     // by host as written in image names
	servers   map[string]*login.Server // by address
}

// New returns a Registry.
func New(o Options) *Registry {
	if o.HTTP == nil {
		o.HTTP = fetch.New(fetch.Options{})
	}
	if o.Keychain == nil {
		o.Keychain = authn.DefaultKeychain
	}
	return &Registry{o: o, long: fetch.NewGate(mostLong), endpoints: map[string]*endpoint{}, servers: map[string]*login.Server{}}
}

// A repository is the place on a server for one image name.
type repository struct {
	name string // canonical: "docker.io/library/python"
	path string // on the server, "library/python", with the prefix of a mirror
	Base string // "https://index.docker.io/v2/"
	*login.Session
}

// at returns the address of a document below the repository.
func (r *repository) at(kind, ref string) string { return r.Base + r.path + "/" + kind + "/" + ref }

// repositoryPath is the grammar of the OCI distribution specification ("Pulling manifests").
var repositoryPath = lazyregexp.New(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)

// repository returns the place for a canonical name.
func (r *Registry) repository(canonical string) (*repository, error) {
	host, path, ok := strings.Cut(canonical, "/")
	// 255 is the limit of Docker (github.com/distribution/reference).
	if !ok || host == "" || len(path) > 255 || !repositoryPath.MatchString(path) {
		return nil, fail(fetch.BadAnswer, canonical, errors.New("not the name of a repository"))
	}
	e, err := r.endpoint(host)
	if err != nil {
		return nil, fail(fetch.BadAnswer, canonical, err)
	}
	path = e.prefix + path
	return &repository{name: canonical, path: path, Base: e.server.Base, Session: e.server.Session(path)}, nil
}

// An endpoint is the server for the host of an image name.
type endpoint struct {
	prefix string // before the path of every repository, "proxy/"; "" for none
	server *login.Server
}

func (r *Registry) endpoint(host string) (*endpoint, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.endpoints[host]; ok {
		return e, nil
	}
	base, prefix, err := r.address(host)
	if err != nil {
		return nil, err
	}
	s, ok := r.servers[base.String()]
	if !ok {
		if s, err = login.New(r.o.HTTP, r.o.Keychain, base); err != nil {
			return nil, err
		}
		r.servers[base.String()] = s
	}
	e := &endpoint{prefix: prefix, server: s}
	r.endpoints[host] = e
	return e, nil
}

// address returns the root of the API ("https://host/v2/") for a host, and the
// prefix of repositories there.
func (r *Registry) address(host string) (base *url.URL, prefix string, err error) {
	if mirror, ok := r.o.Mirrors[host]; ok {
		return splitMirror(mirror)
	}
	reg, err := name.NewRegistry(host) // translates docker.io to index.docker.io
	if err != nil {
		return nil, "", err
	}
	scheme := "https"
	if local(host) || r.o.Insecure != nil && r.o.Insecure(host) {
		scheme = "http"
	}
	return &url.URL{Scheme: scheme, Host: reg.RegistryStr(), Path: "/v2/"}, "", nil
}

// local reports whether a host is this machine, for which the default is http. To
// use https there, make it its own mirror: localhost:5000=https://localhost:5000.
func local(host string) bool {
	hostname := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		hostname = h
	}
	ip, err := netip.ParseAddr(strings.Trim(hostname, "[]"))
	return hostname == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// get requests one document of a repository with the login for it.
func (r *Registry) get(ctx context.Context, repo *repository, q fetch.Request) (*fetch.Response, error) {
	identity, err := repo.Identity(ctx)
	if err != nil {
		return nil, err
	}
	q.Via, q.Identity = repo.Session, identity
	return r.o.HTTP.Get(ctx, q)
}

// fail returns the error for a GET request.
func fail(code, address string, err error) error {
	return &fetch.Error{Code: code, Method: http.MethodGet, URL: address, Err: err}
}

// wrap adds the action and the image to an error, and a hint to a refusal:
// registries answer 401 or 403 for missing repositories too.
func wrap(doing, image string, repo *repository, err error) error {
	if err == nil {
		return nil
	}
	hint := ""
	switch code := fetch.Code(err); {
	case repo == nil:
	case code == fetch.Unauthorized && repo.Anonymous():
		hint = " (it does not exist, or needs a login" + repo.Trouble() + ")"
	case code == fetch.Unauthorized:
		hint = " (it does not exist, or the login may not read it)"
	case code == fetch.RateLimited && repo.Anonymous():
		hint = " (a login may raise the limit" + repo.Trouble() + ")"
	}
	return fmt.Errorf("%s %s: %w%s", doing, image, err, hint)
}
