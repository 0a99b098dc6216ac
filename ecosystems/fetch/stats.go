package fetch

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Stats counts requests: sent ones, those answered from the cache, and sent ones that
// only confirmed the cache (304). Retries, redirects, pages and logins count as sent.
type Stats struct {
	Sent        int `json:"sent"`
	Cached      int `json:"cached"`
	Revalidated int `json:"revalidated"`
}

// A HostFailure is a host that was unreachable or refused further requests.
type HostFailure struct {
	Host     string
	Code     string // of the first failure
	Err      error  // the first failure
	Requests int    // number of failed lookups
}

type counts struct {
	mu     sync.Mutex
	hosts  map[string]*Stats
	failed map[string]*HostFailure
	under  map[string]int // requests in progress, by host
}

func newCounts() *counts {
	return &counts{hosts: map[string]*Stats{}, failed: map[string]*HostFailure{}, under: map[string]int{}}
}

// begin counts a request in progress until end is called.
func (c *counts) begin(host string) (end func()) {
	add := func(n int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.under[host] += n; c.under[host] == 0 {
			delete(c.under, host)
		}
	}
	add(1)
	return func() { add(-1) }
}

// busiest returns the host with the most requests in progress, "" for none.
func (c *counts) busiest() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	best := ""
	for host, n := range c.under {
		if best == "" || n > c.under[best] || n == c.under[best] && host < best {
			best = host
		}
	}
	return best
}

func (c *counts) count(ctx context.Context, host string, by Stats) {
	tallyOf(ctx).add(by)
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.hosts[host]
	if !ok {
		s = &Stats{}
		c.hosts[host] = s
	}
	s.add(by)
}

func (s *Stats) add(by Stats) {
	s.Sent += by.Sent
	s.Cached += by.Cached
	s.Revalidated += by.Revalidated
}

// fail counts a failed lookup for the host in the error, which differs from the requested
// one if a login failed.
func (c *counts) fail(err error, host string) {
	var e *Error
	if !errors.As(err, &e) || e.Code != Unreachable && e.Code != RateLimited {
		return
	}
	if u, err := url.Parse(e.URL); err == nil && u.Host != "" {
		host = u.Host
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.failed[host]
	if !ok {
		f = &HostFailure{Host: host, Code: e.Code, Err: e}
		c.failed[host] = f
	}
	f.Requests++
}

func (c *counts) total() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	var sum Stats
	for _, s := range c.hosts {
		sum.add(*s)
	}
	return sum
}

func (c *counts) failures() []HostFailure {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []HostFailure
	for _, f := range c.failed {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b HostFailure) int { return strings.Compare(a.Host, b.Host) })
	return list
}
