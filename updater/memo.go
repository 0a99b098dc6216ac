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

// A memo remembers the answers of one run by what was asked, so that one image
// in a hundred files is asked about once, and all hundred get the same answer
// also where it changes meanwhile. Those who ask the same while it is under way
// wait for it. The zero memo is ready for use.
type memo[K comparable, V any] struct {
	mu      sync.Mutex
	answers map[K]*answer[V]
}

// An answer is there when done is closed.
type answer[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// get returns the answer to a question, which ask finds where it is new.
func (m *memo[K, V]) get(key K, ask func() (V, error)) (V, error) {
	m.mu.Lock()
	a, known := m.answers[key]
	if !known {
		if m.answers == nil {
			m.answers = map[K]*answer[V]{}
		}
		a = &answer[V]{done: make(chan struct{})}
		m.answers[key] = a
	}
	m.mu.Unlock()
	if known {
		<-a.done
		return a.value, a.err
	}
	defer close(a.done)
	a.value, a.err = ask()
	return a.value, a.err
}

// lookups are the answers of the network that the decisions of a run share.
type lookups struct {
	pins     memo[pinned, ecosystems.Target]
	dates    memo[pinned, time.Time]
	contents memo[compared, *provenance.Comparison]
	signers  memo[demanded, string]
}

// pinned is what a lookup depends on: the pin in use, and the version asked about.
type pinned struct {
	pkg                    ecosystems.Package
	text, digest, platform string
	version                string
}

// A compared is two images of a repository.
type compared struct{ repository, was, now, platform string }

// A demanded is an image and whose signature it must carry.
type demanded struct{ repository, digest, key, issuer, identity string }

func askedOf(d ecosystems.Dependency, v version.Version) pinned {
	return pinned{d.Package, d.Pin.Text, d.Pin.Digest, d.Pin.Platform, v.Text}
}

// pinsOf looks up what an edit writes beside a version. Of what has digests that is a
// matter of the network alone; elsewhere the line in the file decides, such as
// whether it has hashes, so each dependency is asked about by itself.
func (r *run) pinsOf(ctx context.Context, i *plan.Item, v version.Version) (ecosystems.Target, error) {
	ask := func() (ecosystems.Target, error) { return i.Origin.Ecosystem.Pins(ctx, i.Dependency, v) }
	if !i.Kind().Digests {
		return ask()
	}
	return r.asked.pins.get(askedOf(i.Dependency, v), ask)
}

// dated asks when a version was published: of the version pinned, what its digest names.
func (r *run) dated(ctx context.Context, dater ecosystems.Dater, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	key := pinned{pkg: d.Package, version: v.Text}
	if v.Text == d.Pin.Text {
		key.digest = d.Pin.Digest
	}
	return r.asked.dates.get(key, func() (time.Time, error) { return dater.Published(ctx, d, v) })
}
