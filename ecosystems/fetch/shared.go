package fetch

import (
	"context"
	"sync"
	"time"
)

// A Shared keeps answers where other processes find them. What it cannot do it
// returns as an error; the lookup then goes on without.
type Shared interface {
	// Load returns what was kept under a key, and when it was last heard to be so; nil if nothing is there.
	Load(ctx context.Context, key string) (data []byte, heard time.Time, err error)
	// Save keeps data under a key. The host and the address, without secrets, are for people who look.
	Save(ctx context.Context, key, host, url string, data []byte) error
	// Confirm notes that what is kept was heard to be so now.
	Confirm(ctx context.Context, key string) error
	// Lease takes the right to ask for a key, for a while; false where another process has it.
	Lease(ctx context.Context, key string, d time.Duration) (bool, error)
	// Release gives it back.
	Release(ctx context.Context, key string) error
}

// A cache keeps entries; the two kinds are disk and shared.
type cache interface {
	load(ctx context.Context, q query) *entry
	save(ctx context.Context, q query, e *entry)
	confirm(ctx context.Context, q query, e *entry)
	used(q query, e *entry)
	heard(q query) bool // by this very client
}

// disk is a cache of files.
type disk struct{ *store }

func (d disk) load(_ context.Context, q query) *entry       { return d.store.load(q.key) }
func (d disk) save(_ context.Context, q query, e *entry)    { d.store.save(q.key, e) }
func (d disk) confirm(_ context.Context, q query, e *entry) { d.store.confirm(q.key, e) }
func (d disk) used(q query, e *entry)                       { d.store.used(q.key, e) }
func (d disk) heard(q query) bool                           { return d.store.heard(q.key) }

// shared is a cache in the hands of a Shared.
type shared struct {
	Shared
	log logger

	mu   sync.Mutex
	told time.Time // when its trouble was told last
}

// trouble tells of an error, at most once a minute: the lookups go on without.
func (s *shared) trouble(err error) {
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.told) > time.Minute {
		s.told = time.Now()
		s.log.warn("the shared cache is not used", "cause", err)
	}
}

func (s *shared) load(ctx context.Context, q query) *entry {
	data, heard, err := s.Load(ctx, q.key)
	if err != nil || data == nil {
		s.trouble(err)
		return nil
	}
	e := decode(q.key, data)
	if e != nil {
		e.heard = heard
	}
	return e
}

// maxShared is the largest answer that is shared, in bytes.
const maxShared = 16 << 20

func (s *shared) save(ctx context.Context, q query, e *entry) {
	head, err := e.head(q.key)
	if err == nil && len(head)+len(e.body) <= maxShared {
		s.trouble(s.Save(ctx, q.key, q.url.Host, Plain(q.url), append(head, e.body...)))
	}
}

func (s *shared) confirm(ctx context.Context, q query, _ *entry) { s.trouble(s.Confirm(ctx, q.key)) }
func (s *shared) used(query, *entry)                             {}
func (s *shared) heard(query) bool                               { return false }

// askTime is how long one process may ask before another one does it too.
const askTime = time.Minute

// alone takes the right to ask from the other processes, and reports whether it
// had to wait for it: then the answer may be there. Without it the question is
// asked all the same, for a lookup that is made twice is better than none.
func (c *Client) alone(ctx context.Context, q query) (release func(), waited bool) {
	s, ok := c.store.(*shared)
	if !ok {
		return func() {}, false
	}
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		mine, err := s.Lease(ctx, q.key, askTime)
		if mine {
			return func() { s.trouble(s.Release(context.WithoutCancel(ctx), q.key)) }, waited
		}
		if err != nil {
			s.trouble(err)
			return func() {}, waited
		}
		waited = true
		if pause(ctx, wait) != nil {
			return func() {}, true
		}
	}
}
