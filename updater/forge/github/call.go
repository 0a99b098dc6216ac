package github

import (
	"context"
	"strings"
	"sync"
	"time"
)

// A call is one use of the Forge: the repository that its requests are for,
// and how long they have waited together.
type call struct {
	repo   string // "owner/name", an owner alone, or ""
	query  bool   // it only reads, whatever the method
	stream bool   // the answer is read as it comes

	mu     sync.Mutex
	waited time.Duration
	until  time.Time // the end of the last wait
}

type callKey struct{}

func withCall(ctx context.Context, repo string) context.Context {
	return context.WithValue(ctx, callKey{}, &call{repo: repo})
}

func withStream(ctx context.Context, repo string) context.Context {
	return context.WithValue(ctx, callKey{}, &call{repo: repo, stream: true})
}

func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// wait books a wait from now until then and reports whether the call may wait
// that long. Requests that wait at the same time wait once.
func (c *call) wait(now, then time.Time, limit time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := now
	if c.until.After(from) {
		from = c.until
	}
	if more := then.Sub(from); more > 0 {
		if c.waited+more > limit {
			return false
		}
		c.waited += more
		c.until = then
	}
	return true
}

// counts are the requests that were sent, reads and writes, by repository.
// What logging in costs is not counted: it is shared by all repositories of an owner.
type counts struct {
	mu   sync.Mutex
	sent map[string][2]int
}

func (c *counts) add(repo string, read bool) {
	if c == nil || repo == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.sent[strings.ToLower(repo)]
	if read {
		n[0]++
	} else {
		n[1]++
	}
	c.sent[strings.ToLower(repo)] = n
}

// Requests returns how many reads and writes were sent to the API for a
// repository, repeated ones included.
func (f *Forge) Requests(repo string) (reads, writes int) {
	c := f.wire.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.sent[strings.ToLower(repo)]
	return n[0], n[1]
}
