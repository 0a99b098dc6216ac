package updater

import (
	"context"
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/provenance"
)

// A memo caches the answers of one run, so that an image in a hundred files is
// looked up once, and all files get the same answer even if the image changes
// during the run. Concurrent callers with the same key wait for the first one. The
// zero memo is ready for use.
type memo[K comparable, V any] struct {
	mu      sync.Mutex
	answers map[K]func() (V, error)
}

// get returns the answer for key, and calls ask for a new key.
func (m *memo[K, V]) get(key K, ask func() (V, error)) (V, error) {
	m.mu.Lock()
	answer, known := m.answers[key]
	if !known {
		if m.answers == nil {
			m.answers = map[K]func() (V, error){}
		}
		answer = sync.OnceValues(ask)
		m.answers[key] = answer
	}
	// Not held while ask runs: it sends requests, and other keys must not wait for those.
	m.mu.Unlock()
	return answer()
}

// lookups are the cached network answers that all decisions of a run share.
type lookups struct {
	pins     memo[pinned, ecosystems.Target]
	dates    memo[pinned, time.Time]
	contents memo[compared, *provenance.Comparison]
	signers  memo[demanded, string]
}

// pinned is the key of a lookup: the pin in use and the version to look up.
type pinned struct {
	pkg                    ecosystems.Package
	text, digest, platform string
	version                string
}

// A compared is a pair of images of one repository.
type compared struct{ repository, was, now, platform string }

// A demanded is an image and the signature that it must have.
type demanded struct{ repository, digest, key, issuer, identity string }

// pinsOf looks up the digest or hashes that an edit writes with a version. For
// ecosystems with digests the answer depends only on the version and is cached. For
// others it depends on the line in the file, for example on whether it has hashes,
// so each dependency has its own lookup.
func (r *run) pinsOf(ctx context.Context, i *plan.Item, v version.Version) (ecosystems.Target, error) {
	ask := func() (ecosystems.Target, error) { return i.Origin.Ecosystem.Pins(ctx, i.Dependency, v) }
	if !i.Kind().Digests {
		return ask()
	}
	pin := i.Dependency.Pin
	return r.cache.pins.get(pinned{i.Dependency.Package, pin.Text, pin.Digest, pin.Platform, v.Text}, ask)
}

// dated looks up when a version was published. For the pinned version it uses the digest.
func (r *run) dated(ctx context.Context, dater ecosystems.Dater, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	key := pinned{pkg: d.Package, version: v.Text}
	// The tag may have been rebuilt since, so the date of what is in use is that of its digest.
	if v.Text == d.Pin.Text {
		key.digest = d.Pin.Digest
	}
	return r.cache.dates.get(key, func() (time.Time, error) { return dater.Published(ctx, d, v) })
}
