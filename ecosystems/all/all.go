// Package all is the one visible list of ecosystems, wired to one HTTP client.
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

// Options say where the ecosystems ask.
type Options struct {
	HTTP     *fetch.Client
	Getenv   func(string) string    // for the conventions of pip and of the go command
	Mirrors  map[string]string      // which server answers for a registry; nil for none
	Insecure func(host string) bool // registries that speak plain http; nil for none
	Direct   bool                   // Go modules may be asked of version control, where GOPROXY says so
	GoStrict bool                   // the go command is given no login of the operator
	GoCache  string                 // folder for what the go command downloads; "" means one in the user's cache folder
	GoSize   int64                  // of that folder, in bytes; 0 means the default
	UVCache  string                 // folder for what uv downloads; "" means one in the user's cache folder
	Git      Git                    // where git repositories are asked for
	Compute  int64                  // files up to so many bytes may be downloaded to learn their checksum, where settings allow that; 0 means never
	Allowed  []string               // hosts of package indexes that a file may name, besides the operator's own
}

// Git says where git repositories are asked for, and in whose name.
type Git struct {
	Server  string            // where actions are that name no server: "https://github.com"; "" means that
	Mirrors map[string]string // which server answers for a host; nil for none
	Login   gitrefs.Login     // for what a server does not show to everyone; nil for none

	// API returns the token with which releases are asked for at the public GitHub's
	// API, and in whose name that is; "" for none. nil asks without.
	API func(ctx context.Context) (token, identity string, err error)
}

// Infos returns what every ecosystem says of itself, in the order of the documentation.
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

// downloads returns the source of what is downloaded by its address.
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

// login returns what authenticates questions to GitHub's public API; nil for
// nothing, as where a mirror answers for it.
func login(o Options) func(context.Context) (http.RoundTripper, string, error) {
	if o.Git.API == nil || o.HTTP == nil || o.Mirrors["api.github.com"] != "" {
		return nil
	}
	return func(ctx context.Context) (http.RoundTripper, string, error) {
		token, identity, err := o.Git.API(ctx)
		if err != nil || token == "" {
			return nil, "", err
		}
		return bearer{o.HTTP.Transport(), token}, identity, nil
	}
}

// A bearer sends a token to GitHub's API, and to no other host.
type bearer struct {
	http.RoundTripper
	token string
}

// RoundTrip sends a request.
func (b bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host == "api.github.com" && req.URL.Scheme == "https" {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+b.token)
	}
	return b.RoundTripper.RoundTrip(req)
}

// uv returns the uv command, which asks the indexes that the operator allows, and no others.
func uv(o Options, index *pypi.Source) *uvcommand.Tool {
	u := uvcommand.Options{Getenv: o.Getenv, Cache: o.UVCache, Allows: func(host string) bool { _, ok := index.Allows("https://" + host); return ok }}
	if o.HTTP != nil {
		u.Dial = o.HTTP.Dial
	}
	return uvcommand.New(u)
}

// via returns what asks module proxies in the place of the go command.
func via(client *fetch.Client) http.RoundTripper {
	if client == nil { // nothing is asked
		return nil
	}
	return client.Transport()
}
