package github

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// A call is one use of the Forge: the repository that its requests count for, and
// their common time limit for rate limits.
type call struct {
	repo   string // "owner/name", an owner alone, or ""
	query  bool   // only reads, whatever the method
	stream bool   // the answer is streamed
	waits  *fetch.Budget
}

// patience is how long the requests of one call may wait for rate limits.
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

// counts counts the sent reads and writes by repository. It excludes requests for
// logins, which all repositories of an owner share.
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

// Requests returns the number of reads and writes that were sent to the API for a
// repository, including retries.
func (f *Forge) Requests(repo string) (reads, writes int) {
	c := f.wire.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.sent[strings.ToLower(repo)]
	return n[0], n[1]
}
