// Package ospackages looks up the current version of a package in the
// repositories of Alpine and Debian. They keep only the newest version of each
// branch or suite, so a pin to an older one no longer builds.
package ospackages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/debversion"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/release"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// The kinds of packages.
const (
	APK = "apk"
	DEB = "deb"
)

// Limits of an index.
const (
	maxIndex    = 64 << 20  // bytes as transferred
	maxUnpacked = 512 << 20 // bytes after decompression
	maxPackages = 400_000
)

// A Source queries the repositories. It is safe for concurrent use. Make one for
// each run: it reads each index once.
type Source struct {
	http    *fetch.Client
	mirrors map[string]string
	indexes sync.Map // by address: functions that read an index once
}

// An entry is one package of an index.
type entry struct {
	version string
	built   time.Time // zero if the index does not say
}

// New returns a source. mirrors maps a host such as "deb.debian.org" to the address of its mirror; nil for none.
func New(http *fetch.Client, mirrors map[string]string) *Source {
	return &Source{http: http, mirrors: mirrors}
}

// Parse parses a version by the rules of a kind of packages; false if it is invalid.
func Parse(kind, text string) (version.Version, bool) {
	if kind == DEB {
		return debversion.Parse(text)
	}
	return release.Parse(text)
}

// Versions returns the one version of a package that each index of a branch has.
// pkg.Index is the branch ("v3.20") or the suite ("bookworm").
func (s *Source) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	addresses := apkIndexes(pkg.Index)
	if pkg.Kind == DEB {
		addresses = debIndexes(pkg.Index)
	}
	var l ecosystems.Listing
	for _, address := range addresses {
		known, err := s.index(ctx, pkg.Kind, address)
		if err != nil {
			return ecosystems.Listing{}, fmt.Errorf("look up %s in %s: %w", pkg.Name, pkg.Index, err)
		}
		e, ok := known[pkg.Name]
		if v, read := Parse(pkg.Kind, e.version); ok && read {
			l.Candidates = append(l.Candidates, version.Candidate{Version: v, Published: version.Date(e.built)})
		}
	}
	return l, nil
}

func (s *Source) index(ctx context.Context, kind, address string) (map[string]entry, error) {
	// Lookups of many packages need the same index at once.
	first, _ := s.indexes.LoadOrStore(address, sync.OnceValues(func() (map[string]entry, error) { return s.read(ctx, kind, address) }))
	return first.(func() (map[string]entry, error))()
}

func (s *Source) read(ctx context.Context, kind, address string) (map[string]entry, error) {
	// Indexes are large and change a few times a day.
	res, err := s.http.Get(ctx, fetch.Request{URL: s.at(address), Limit: maxIndex, Lifetime: time.Hour})
	if err != nil {
		return nil, err
	}
	read := readAPK
	if kind == DEB {
		read = readDEB
	}
	versions, err := read(res.Body)
	if err != nil {
		return nil, &fetch.Error{Code: fetch.BadAnswer, Method: http.MethodGet, URL: address, Err: err}
	}
	return versions, nil
}

func (s *Source) at(address string) string {
	rest := strings.TrimPrefix(address, "https://")
	host, path, _ := strings.Cut(rest, "/")
	if mirror, ok := s.mirrors[host]; ok {
		return strings.TrimSuffix(mirror, "/") + "/" + path
	}
	return address
}

// limited is a reader that returns an error once too many bytes have been read, against decompression bombs.
type limited struct {
	io.Reader
	left int64
}

var errTooLarge = errors.New("the index is too large")

// Read implements io.Reader.
func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
