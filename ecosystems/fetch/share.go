package fetch

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Limits bound the requests of one pass, so that untrusted text cannot cause unlimited
// cost for the operator and for other servers.
type Limits struct {
	Requests int           // total number including retries; 0 for no limit
	Time     time.Duration // for all requests; 0 for no limit
	Alone    bool          // no other pass uses the client, so that no slots have to stay free
}

// A Share is one user of a shared client. It gets a fair share of limited resources.
type Share struct {
	Limits
	ends time.Time // zero for never
	sent atomic.Int64
}

type shareKey struct{}

// Within returns a context whose lookups belong to one pass. Lookups beyond its limits
// fail with the code Limit. The context itself does not end.
func Within(ctx context.Context, l Limits) context.Context {
	p := &Share{Limits: l}
	if l.Time > 0 {
		p.ends = time.Now().Add(l.Time)
	}
	return context.WithValue(ctx, shareKey{}, p)
}

// shareOf returns the share that ctx belongs to, nil for none.
func shareOf(ctx context.Context) *Share {
	p, _ := ctx.Value(shareKey{}).(*Share)
	return p
}

// takerOf returns the taker for ctx and a host, "" for any host.
func takerOf(ctx context.Context, host string) taker {
	p := shareOf(ctx)
	if p != nil && p.Alone {
		p = nil
	}
	return taker{p, host}
}

// A limitError is the cause if a pass has reached a limit.
type limitError string

// Error returns the limit and its setting.
func (e limitError) Error() string { return string(e) }

// A timeoutError is the cause if the time limit for all lookups is reached.
type timeoutError string

// Error returns the limit and its setting.
func (e timeoutError) Error() string { return string(e) }

// Unwrap returns context.DeadlineExceeded.
func (e timeoutError) Unwrap() error { return context.DeadlineExceeded }

// WithTimeout returns a context that ends after d; 0 means never. Lookups that it ends
// fail with the code TimedOut, and their error names setting, which d comes from.
func WithTimeout(ctx context.Context, d time.Duration, setting string) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, d, timeoutError(fmt.Sprintf("the time limit of %v (%s) was over", d, setting)))
}

// lookupKey marks the contexts of lookups. Other requests of the same client, such as
// writes to a forge, are not counted.
type lookupKey struct{}

// bounded returns the context of one lookup, which ends with its pass.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	p := shareOf(ctx)
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

// spend counts a request before it is sent, and returns an error beyond the limit.
func spend(ctx context.Context) error {
	p, _ := ctx.Value(lookupKey{}).(*Share)
	if p == nil || p.Requests == 0 || p.sent.Add(1) <= int64(p.Requests) {
		return nil
	}
	return limitError(fmt.Sprintf("more than %d requests in one pass, which is its limit (limits.requests)", p.Requests))
}
