package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/github/archive"
)

const (
	unpackTime = 15 * time.Minute
	maxMissing = 2000     // files missing in the archive that are requested one by one
	maxExtra   = 64 << 20 // bytes of these files
	maxMoves   = 5        // redirects to an archive
)

// unpack writes the commit into a folder from its archive, and requests single files
// that the archive omits or changes (export-ignore, export-subst, line ends in
// .gitattributes).
func (f *Forge) unpack(ctx context.Context, c *forge.Checkout, b *blobs, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, unpackTime)
	defer cancel()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	body, err := f.archive(ctx, c.Repo, c.Commit)
	if err != nil {
		return fmt.Errorf("archive of %s: %w", c.Repo, err)
	}
	defer body.Close()
	t, err := archive.Unpack(body, root)
	if err != nil {
		return fmt.Errorf("archive of %s: %w", c.Repo, bare(err))
	}
	return f.complete(ctx, c, b, t)
}

// complete writes the files that differ from the commit.
func (f *Forge) complete(ctx context.Context, c *forge.Checkout, b *blobs, t *archive.Tree) error {
	var missing []string
	for p, e := range c.Files {
		if e.Size <= maxBlob && t.Differs(p, e.Hash) {
			missing = append(missing, p)
		}
	}
	slices.SortFunc(missing, func(a, b string) int {
		return cmp.Or(cmp.Compare(urgency(a), urgency(b)), cmp.Compare(a, b))
	})
	missing = f.affordable(c, missing)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for _, p := range missing {
		g.Go(func() error {
			data, err := b.read(ctx, c.Files[p])
			if err == nil {
				err = t.Write(p, c.Files[p].Mode, data)
			}
			if err != nil {
				return fmt.Errorf("unpack %s: %w", p, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// affordable limits the number of missing files to request, and logs if it leaves some out.
func (f *Forge) affordable(c *forge.Checkout, missing []string) []string {
	var bytes int64
	for n, p := range missing {
		if bytes += c.Files[p].Size; n >= maxMissing || bytes > maxExtra {
			f.log.Warn("the archive leaves out more files than are asked for one by one", "repo", c.Repo, "left", len(missing)-n)
			return missing[:n]
		}
	}
	return missing
}

// urgency returns the rank of a file: files that the go command reads come first.
func urgency(p string) int {
	switch path.Base(p) {
	case "go.mod", "go.sum", "go.work", "go.work.sum", "modules.txt":
		return 0
	}
	if strings.HasSuffix(p, ".go") {
		return 1
	}
	return 2
}

// archive opens the archive of a commit. GitHub redirects to another host, which does not
// get our token. For private repositories that address is a secret, so errors do not
// contain it.
//
// See https://docs.github.com/rest/repos/contents#download-a-repository-archive-tar
func (f *Forge) archive(ctx context.Context, repo, commit string) (io.ReadCloser, error) {
	ctx = withStream(ctx, repo)
	req, err := f.api.NewRequest(http.MethodGet, "repos/"+repo+"/tarball/"+commit, nil)
	if err != nil {
		return nil, err
	}
	for range maxMoves {
		req = req.WithContext(ctx)
		// Not through http.Client, whose rules (see redirect) forbid the other host.
		resp, err := f.wire.RoundTrip(req)
		if err != nil {
			return nil, explain(ctx, req, bare(err))
		}
		if resp.StatusCode == http.StatusOK {
			return resp.Body, nil
		}
		_ = resp.Body.Close()
		if req, err = follow(req, resp); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("too many redirects")
}

// follow returns the request for a redirect.
func follow(req *http.Request, resp *http.Response) (*http.Request, error) {
	place := resp.Header.Get("Location")
	if resp.StatusCode < 300 || resp.StatusCode > 399 || place == "" {
		return nil, fmt.Errorf("GET from %s: %s", req.URL.Host, resp.Status)
	}
	ref, err := url.Parse(place)
	if err != nil {
		return nil, fmt.Errorf("%s redirects to what is no address", req.URL.Host)
	}
	to := req.URL.ResolveReference(ref)
	// http is allowed only where the API itself has no TLS.
	if to.Scheme != "https" && to.Scheme != req.URL.Scheme || to.User != nil {
		return nil, fmt.Errorf("%s redirects to %s://%s", req.URL.Host, to.Scheme, to.Host)
	}
	next, err := http.NewRequestWithContext(req.Context(), http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s redirects to what is no address", req.URL.Host)
	}
	next.Header.Set("User-Agent", req.UserAgent())
	return next, nil
}
