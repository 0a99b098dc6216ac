// Package all has the list of all ecosystems, with one HTTP client.
package all

import (
	"context"
	"net/http"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/actions"
	"github.com/freshpin/freshpin/ecosystems/bake"
	"github.com/freshpin/freshpin/ecosystems/compose"
	"github.com/freshpin/freshpin/ecosystems/devcontainer"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/download"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/gitlabci"
	"github.com/freshpin/freshpin/ecosystems/gomod"
	"github.com/freshpin/freshpin/ecosystems/gomod/gocommand"
	"github.com/freshpin/freshpin/ecosystems/helm"
	"github.com/freshpin/freshpin/ecosystems/internal/source/chartrepo"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
	"github.com/freshpin/freshpin/ecosystems/internal/source/goproxy"
	"github.com/freshpin/freshpin/ecosystems/internal/source/ospackages"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/kubernetes"
	"github.com/freshpin/freshpin/ecosystems/kustomize"
	"github.com/freshpin/freshpin/ecosystems/precommit"
	"github.com/freshpin/freshpin/ecosystems/pyproject"
	"github.com/freshpin/freshpin/ecosystems/pyproject/uvcommand"
	"github.com/freshpin/freshpin/ecosystems/registry"
	"github.com/freshpin/freshpin/ecosystems/requirements"
)

// Options configure the lookups of the ecosystems.
type Options struct {
	HTTP     *fetch.Client
	Getenv   func(string) string    // reads the environment variables of pip and the go command
	Mirrors  map[string]string      // servers that replace registries, by host; nil for none
	Insecure func(host string) bool // reports whether http is allowed for a registry; nil for none
	Direct   bool                   // allow Go modules from version control if GOPROXY says so
	GoStrict bool                   // give the go command no login of the operator
	GoCache  string                 // folder for downloads of the go command; "" means one in the user's cache folder
	GoSize   int64                  // largest size of GoCache, in bytes; 0 means the default
	UVCache  string                 // folder for downloads of uv; "" means one in the user's cache folder
	Git      Git                    // lookups of git repositories
	Compute  int64                  // largest file to download for its checksum, in bytes, if the settings allow it; 0 means never
	Allowed  []string               // hosts of package indexes that files may name, besides the operator's own
}

// Git configures the lookups of git repositories.
type Git struct {
	Server  string            // hosts the actions that name no server; "" means "https://github.com"
	Mirrors map[string]string // servers that replace hosts; nil for none
	Login   gitrefs.Login     // the login for private repositories; nil for none

	// API returns the login for the public GitHub's API. nil means anonymous requests.
	API func(ctx context.Context) (APILogin, error)
}

// An APILogin authenticates requests to an API. The zero value means anonymous requests.
type APILogin struct {
	Token    string
	Identity string // for the cache: one identity never gets the answers of another
	Account  string // whose rate limit the token has, as fetch.Account names it
}

// Infos returns the descriptions of all ecosystems, in the order of the documentation.
func Infos() ecosystems.Infos {
	return ecosystems.InfosOf(New(Options{Getenv: func(string) string { return "" }}))
}

// New returns every ecosystem, in the order of the documentation.
func New(o Options) []ecosystems.Ecosystem {
	images := registry.New(registry.Options{HTTP: o.HTTP, Mirrors: o.Mirrors, Insecure: o.Insecure})
	index := pypi.New(o.HTTP, pypi.IndexesFromEnv(o.Getenv), func(host string) bool { return slices.Contains(o.Allowed, host) })
	env := func(ctx context.Context) (string, string, error) { return goproxy.EnvFromToolchain(ctx, o.Getenv) }
	var direct goproxy.Direct
	if o.Direct {
		direct = goproxy.GoCommand(o.Getenv)
	}
	modules := goproxy.New(goproxy.Options{HTTP: o.HTTP, Env: env, Direct: direct})
	containers, pip := dockerfile.New(images), requirements.New(index, dockerfile.PythonOf)
	gomods := gomod.New(modules, gocommand.New(gocommand.Options{Getenv: o.Getenv, Direct: o.Direct, Cache: o.GoCache, Size: o.GoSize, Strict: o.GoStrict, Via: via(o.HTTP)}))
	refs := gitrefs.New(gitrefs.Options{HTTP: o.HTTP, Login: o.Git.Login, Mirrors: o.Git.Mirrors})
	charts := chartrepo.New(o.HTTP)
	return []ecosystems.Ecosystem{
		containers,
		compose.New(images),
		kubernetes.New(images, charts, refs),
		helm.New(images, charts),
		kustomize.New(images, charts, refs),
		gitlabci.New(images),
		devcontainer.New(images),
		bake.New(images),
		pip,
		pyproject.New(pip, uv(o, index)),
		gomods,
		actions.New(refs, images, o.Git.Server),
		precommit.New(refs, pip),
		download.New(downloads(o), ospackages.New(o.HTTP, o.Mirrors), map[string]ecosystems.Ecosystem{"oci": containers, "pypi": pip, "go": gomods}),
	}
}

// downloads returns the client for files that are downloaded by address.
func downloads(o Options) *source.Client {
	git := gitrefs.New(gitrefs.Options{HTTP: o.HTTP})
	return source.New(source.Options{
		HTTP: o.HTTP, Mirrors: o.Mirrors, Login: login(o), Compute: o.Compute,
		Tags: func(ctx context.Context, repository string) (tags []source.Tag, err error) {
			refs, err := git.Refs(ctx, repository)
			if err != nil {
				return nil, err
			}
			for _, t := range refs.Tags {
				tags = append(tags, source.Tag{Name: t.Name, Commit: t.Commit})
			}
			return tags, nil
		},
	})
}

// login returns a function that authenticates requests to GitHub's public API;
// nil for anonymous requests, and if a mirror replaces it.
func login(o Options) func(context.Context) (http.RoundTripper, string, error) {
	if o.Git.API == nil || o.HTTP == nil || o.Mirrors["api.github.com"] != "" {
		return nil
	}
	return func(ctx context.Context) (http.RoundTripper, string, error) {
		l, err := o.Git.API(ctx)
		if err != nil || l.Token == "" {
			return nil, "", err
		}
		return fetch.Bearer{Via: o.HTTP.Transport(), Server: source.PublicAPI, Token: l.Token, Account: l.Account}, l.Identity, nil
	}
}

// uv returns the uv command, which may connect only to the allowed indexes.
func uv(o Options, index *pypi.Source) *uvcommand.Tool {
	u := uvcommand.Options{Getenv: o.Getenv, Cache: o.UVCache, Allows: func(host string) bool { _, ok := index.Allows("https://" + host); return ok }}
	if o.HTTP != nil {
		u.Dial = o.HTTP.Dial
	}
	return uvcommand.New(u)
}

// via returns the transport for the go command's requests to module proxies.
func via(client *fetch.Client) http.RoundTripper {
	if client == nil { // without a client there are no requests
		return nil
	}
	return client.Transport()
}
