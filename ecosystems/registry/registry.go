// Package registry asks OCI registries what the dockerfile and compose
// ecosystems have to know: the tags of a repository, the digest that a tag
// names, which platforms it offers, and when it was built.
//
// It reads manifests and configs, never layers, and writes nothing. Which tag
// is newer is the business of package dockertag and of policy.
package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Options configures a Registry.
type Options struct {
	HTTP     *fetch.Client          // sends everything; nil means one with the defaults
	Keychain authn.Keychain         // the logins, by registry; nil means Docker's and Podman's own files
	Mirrors  map[string]string      // see ParseMirrors; nil for none
	Insecure func(host string) bool // hosts that the operator named as speaking plain http; nil for none
}

// A Registry asks any number of image registries. It is safe for concurrent use.
type Registry struct {
	o    Options
	long *fetch.Gate // one place for each long list of tags that is held

	mu        sync.Mutex
	endpoints map[string]*endpoint // by host as written in image names
	servers   map[string]*server   // by address
}

// New returns a Registry.
func New(o Options) *Registry {
	if o.HTTP == nil {
		o.HTTP = fetch.New(fetch.Options{})
	}
	if o.Keychain == nil {
		o.Keychain = authn.DefaultKeychain
	}
	return &Registry{o: o, long: fetch.NewGate(mostLong), endpoints: map[string]*endpoint{}, servers: map[string]*server{}}
}

// A repository is where one image name is looked up.
type repository struct {
	name string // canonical: "docker.io/library/python"
	path string // on the server, "library/python", behind the prefix of a mirror
	base string // "https://index.docker.io/v2/"
	*session
}

// at returns the address of a document below the repository.
func (r *repository) at(kind, ref string) string { return r.base + r.path + "/" + kind + "/" + ref }

// repositoryPath is the grammar of the OCI distribution specification ("Pulling manifests").
var repositoryPath = lazyregexp.New(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)

// repository finds out whom to ask about a canonical name.
func (r *Registry) repository(canonical string) (*repository, error) {
	host, path, ok := strings.Cut(canonical, "/")
	if !ok || host == "" || len(path) > 255 || !repositoryPath.MatchString(path) {
		return nil, &fetch.Error{Code: fetch.BadAnswer, Method: "GET", URL: canonical, Err: errors.New("not the name of a repository")}
	}
	e, err := r.endpoint(host)
	if err != nil {
		return nil, &fetch.Error{Code: fetch.BadAnswer, Method: "GET", URL: canonical, Err: err}
	}
	path = e.prefix + path
	return &repository{name: canonical, path: path, base: e.server.base, session: e.server.session(path)}, nil
}

// An endpoint is the server that stands for the host of an image name.
type endpoint struct {
	prefix string // before the path of every repository, "proxy/"; "" for none
	server *server
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
		if s, err = newServer(r.o, base); err != nil {
			return nil, err
		}
		r.servers[base.String()] = s
	}
	e := &endpoint{prefix: prefix, server: s}
	r.endpoints[host] = e
	return e, nil
}

// address returns the root of the API ("https://host/v2/") for a host, and what
// comes before the path of repositories there.
func (r *Registry) address(host string) (base *url.URL, prefix string, err error) {
	if mirror, ok := r.o.Mirrors[host]; ok {
		return splitMirror(mirror)
	}
	reg, err := name.NewRegistry(host) // docker.io is index.docker.io
	if err != nil {
		return nil, "", err
	}
	scheme := "https"
	if local(host) || r.o.Insecure != nil && r.o.Insecure(host) {
		scheme = "http"
	}
	return &url.URL{Scheme: scheme, Host: reg.RegistryStr(), Path: "/v2/"}, "", nil
}

// local reports whether a host is this machine, where registries speak plain
// http. For one that does not, name it as its own mirror: localhost:5000=https://localhost:5000.
func local(host string) bool {
	hostname := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		hostname = h
	}
	ip, err := netip.ParseAddr(strings.Trim(hostname, "[]"))
	return hostname == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// get asks for one document of a repository.
func (r *Registry) get(ctx context.Context, repo *repository, q fetch.Request) (*fetch.Response, error) {
	identity, err := repo.identity(ctx)
	if err != nil {
		return nil, err
	}
	q.Via, q.Identity = repo.session, identity
	return r.o.HTTP.Get(ctx, q)
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// wrap names the image in an error, and says what a refusal may mean: registries
// answer 401 or 403 also for what does not exist.
func wrap(doing, image string, repo *repository, err error) error {
	if err == nil {
		return nil
	}
	hint := ""
	switch code := fetch.Code(err); {
	case repo == nil:
	case code == fetch.Unauthorized && repo.anonymous():
		hint = " (it does not exist, or needs a login" + repo.trouble() + ")"
	case code == fetch.Unauthorized:
		hint = " (it does not exist, or the login may not read it)"
	case code == fetch.RateLimited && repo.anonymous():
		hint = " (a login may raise the limit" + repo.trouble() + ")"
	}
	return fmt.Errorf("%s %s: %w%s", doing, image, err, hint)
}
