package fetch

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// A Shared is a cache that processes share. If a method returns an error, the lookup
// continues without the cache.
type Shared interface {
	// Load returns the data for a key and the time of its last confirmation; nil if there is none.
	Load(ctx context.Context, key string) (data []byte, heard time.Time, err error)
	// Save stores data for a key. host and url, without secrets, are for people who inspect the cache.
	Save(ctx context.Context, key, host, url string, data []byte) error
	// Confirm records that the data for a key is still valid.
	Confirm(ctx context.Context, key string) error
	// Lease takes a lease on a key, so that other processes do not send the same request; false if another process has it.
	Lease(ctx context.Context, key string, d time.Duration) (bool, error)
	// Release ends the lease.
	Release(ctx context.Context, key string) error
}

// A cache stores entries; disk and shared implement it.
type cache interface {
	load(ctx context.Context, q query) *entry
	save(ctx context.Context, q query, e *entry)
	confirm(ctx context.Context, q query, e *entry)
	used(q query, e *entry)
	heard(q query) bool // received or confirmed by this client
}

// shared is a cache in a Shared.
type shared struct {
	Shared
	log *slog.Logger

	mu     sync.Mutex
	logged time.Time // when an error was last logged
}

// trouble logs an error, at most once a minute, because lookups continue without the cache.
func (s *shared) trouble(err error) {
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.logged) > time.Minute {
		s.logged = time.Now()
		s.log.Warn("the shared cache is not used", "cause", err)
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

// askTime is the duration of a lease on a request.
const askTime = time.Minute

// alone takes the lease on a request. waited reports whether it had to wait, so that the
// answer may be cached now. If it cannot get the lease, the request is sent anyway,
// because two requests are better than none.
func (c *Client) alone(ctx context.Context, q query) (release func(), waited bool) {
	s, ok := c.store.(*shared)
	if !ok {
		return func() {}, false
	}
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		mine, err := s.Lease(ctx, q.key, askTime)
		if mine {
			// The lease has to end even if the caller has given up.
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
