package fetch

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Limits bound what one pass may ask for, so that what strangers write costs
// the operator, and other people's servers, no more than that.
type Limits struct {
	Requests int           // sent in all, retries too; 0 means any number
	Time     time.Duration // after which nothing more is asked; 0 means as long as it takes
	Alone    bool          // no other pass uses the client meanwhile, so that no place is kept free for one
}

// A Pass is one user of a client that others use as well: of everything that
// is scarce it gets its share and no more.
type Pass struct {
	Limits
	ends time.Time // zero for never
	sent atomic.Int64
}

type passKey struct{}

// Within returns a context whose lookups belong to one pass. What lies beyond
// its limits fails with the code Limit, and says so; nothing else ends with it.
func Within(ctx context.Context, l Limits) context.Context {
	p := &Pass{Limits: l}
	if l.Time > 0 {
		p.ends = time.Now().Add(l.Time)
	}
	return context.WithValue(ctx, passKey{}, p)
}

// passOf returns the pass that ctx belongs to, nil for none.
func passOf(ctx context.Context) *Pass {
	p, _ := ctx.Value(passKey{}).(*Pass)
	return p
}

// takerOf returns whom a place is counted for in ctx, at a host or at "" for any.
func takerOf(ctx context.Context, host string) taker {
	p := passOf(ctx)
	if p != nil && p.Alone {
		p = nil
	}
	return taker{p, host}
}

// A limitError is the cause where a pass has used up what it may.
type limitError string

func (e limitError) Error() string { return string(e) }

// A timeoutError is the cause where the time for all lookups is over.
type timeoutError string

func (e timeoutError) Error() string { return string(e) }

// Unwrap makes it what the end of a context is everywhere else.
func (e timeoutError) Unwrap() error { return context.DeadlineExceeded }

// WithTimeout returns a context that ends after d; 0 means never. Lookups that it
// ends fail with the code TimedOut, and name the setting that d comes from.
func WithTimeout(ctx context.Context, d time.Duration, setting string) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, d, timeoutError(fmt.Sprintf("the time limit of %v (%s) was over", d, setting)))
}

// lookup marks the contexts of questions: what else goes through the same
// wire, such as a change that is written to a forge, is not counted.
type lookupKey struct{}

// bounded returns the context of one question, which ends with its pass.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	p := passOf(ctx)
	if p == nil {
		return ctx, func() {}
	}
	ctx = context.WithValue(ctx, lookupKey{}, p)
	if p.ends.IsZero() {
		return ctx, func() {}
	}
	over := limitError(fmt.Sprintf("the pass has taken longer than %v, which is its limit (limits.time)", p.Time))
	return context.WithDeadlineCause(ctx, p.ends, over)
}

// spend counts a request that is about to be sent.
func spend(ctx context.Context) error {
	p, _ := ctx.Value(lookupKey{}).(*Pass)
	if p == nil || p.Requests == 0 || p.sent.Add(1) <= int64(p.Requests) {
		return nil
	}
	return limitError(fmt.Sprintf("more than %d requests in one pass, which is its limit (limits.requests)", p.Requests))
}
