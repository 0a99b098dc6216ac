package github

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// A call is one use of the Forge: the repository that its requests are for,
// and how long they may wait together for rate limits.
type call struct {
	repo   string // "owner/name", an owner alone, or ""
	query  bool   // it only reads, whatever the method
	stream bool   // the answer is read as it comes
	waits  *fetch.Budget
}

// patience is how long the requests of one call wait for rate limits.
const patience = 5 * time.Minute

type callKey struct{}

func withCall(ctx context.Context, repo string) context.Context {
	return context.WithValue(ctx, callKey{}, newCall(repo))
}

func withStream(ctx context.Context, repo string) context.Context {
	c := newCall(repo)
	c.stream = true
	return context.WithValue(ctx, callKey{}, c)
}

func newCall(repo string) *call { return &call{repo: repo, waits: fetch.NewBudget(patience)} }

func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return newCall("")
}

// counts are the requests that were sent, reads and writes, by repository.
// What logging in costs is not counted: it is shared by all repositories of an owner.
type counts struct {
	mu   sync.Mutex
	sent map[string][2]int
}

func (c *counts) add(repo string, read bool, sent int) {
	if c == nil || repo == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.sent[strings.ToLower(repo)]
	if read {
		n[0] += sent
	} else {
		n[1] += sent
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
