package requirements

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/codehost"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// maxAddress is the longest address that is shown, in bytes.
const maxAddress = 500

// Describe returns the links in the metadata of the new release. Compare stays
// empty: the metadata do not say how the repository spells its tags, and a guess
// may lead to a missing page. Without metadata there are no links.
func (e *Ecosystem) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	r, ok, err := e.files(ctx, d.Package, to.Version)
	if err != nil || !ok {
		return ecosystems.Links{}, err
	}
	m, err := e.source.Metadata(ctx, d.Package.Name, r)
	switch {
	case errors.Is(err, pypi.ErrNoMetadata):
		return ecosystems.Links{}, nil
	case err != nil:
		return ecosystems.Links{}, err
	}
	return links(m.URLs), nil
}

// The labels of links in the form of PEP 753, the preferred ones first.
const (
	sourceLabels = " source repository sourcecode github code gitlab vcs scm "
	noteLabels   = " releasenotes changelog changes whatsnew history releases news "
	homeLabels   = " homepage home "
)

// links picks the addresses of the source and the release notes. A home page
// counts as the source only if its host is known to hold source code.
func links(all []pypi.URL) ecosystems.Links {
	var l ecosystems.Links
	best := map[*string]int{}
	take := func(to *string, address string, rank int) {
		if old, ok := best[to]; address != "" && rank > 0 && (!ok || rank < old) {
			*to, best[to] = address, rank
		}
	}
	for _, u := range all {
		address, ok := safeAddress(u.Address)
		if !ok {
			continue
		}
		label := labelNoise.ReplaceAllString(strings.ToLower(u.Label), "")
		take(&l.Notes, address, rankOf(label, noteLabels))
		source, known := repository(address)
		take(&l.Source, source, rankOf(label, sourceLabels))
		if rank := rankOf(label, homeLabels); known && rank > 0 {
			take(&l.Source, source, len(sourceLabels)+rank)
		}
	}
	return l
}

// rankOf returns the position of a label in a list, counted from 1; 0 if it is not in the list.
func rankOf(label, list string) int {
	return strings.Index(list, " "+label+" ") + 1
}

// labelNoise matches what the normal form of a label leaves out (PEP 753, "Label normalization").
var labelNoise = lazyregexp.New(`[^a-z0-9]+`)

// safeAddress returns an address that is safe to show: https, a public name, no
// login. It reports false for any other.
func safeAddress(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Opaque != "" || u.Port() != "" || len(text) > maxAddress {
		return "", false
	}
	host := strings.ToLower(u.Hostname())
	if !strings.Contains(host, ".") || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || strings.Trim(host, "0123456789.") == "" {
		return "", false
	}
	u.Host = host
	return u.String(), true
}

// repository returns the address of the repository that a page belongs to, "" for
// none, and whether the host is known to hold source code.
func repository(address string) (source string, known bool) {
	r, ok := codehost.Parse(address)
	switch {
	case !ok || strings.Contains(address, "://github.com/sponsors/") || strings.Contains(address, "://github.com/orgs/"):
		return "", false
	case r.Releases() == "": // not a host whose addresses are known
		return address, false
	}
	return r.URL(), true
}
