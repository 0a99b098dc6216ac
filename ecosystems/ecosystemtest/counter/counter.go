// Package counter counts the requests that a stand-in for a server gets.
package counter

import (
	"maps"
	"sync"
)

// A Counter counts requests by kind. The zero value is empty. It is safe for concurrent use.
type Counter struct {
	mu     sync.Mutex
	counts map[string]int
}

// Count adds a request.
func (c *Counter) Count(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[kind]++
}

// Requests returns the number of requests of each kind.
func (c *Counter) Requests() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.counts)
}

// ForgetRequests resets the counts of Requests.
func (c *Counter) ForgetRequests() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts = nil
}
