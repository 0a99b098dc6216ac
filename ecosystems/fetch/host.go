package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A host is the state of one server.
//
// A request holds a slot from its first attempt to the end of the answer. Until a host
// has answered a request, and again after it has asked to slow down, there are only a few
// slots, so that a dead host costs only a few requests, while one broken package on a
// working host does not affect others. When a host is given up, all other requests to it
// fail immediately.
type host struct {
	name   string
	seats  *gate           // one slot for each request in progress
	probes chan struct{}   // also held while the host has not answered yet
	down   context.Context // ends when the host is given up; its cause is the *downError
	giveUp context.CancelCauseFunc

	mu       sync.Mutex
	serves   bool
	change   chan struct{} // closed when serves changes
	fine     bool          // the host has answered in this run
	failures int           // consecutive failed requests
	slow     int           // consecutive answers that began and were too slow
	since    time.Time     // when the host was given up
}

// failuresToOpen is the number of concurrent requests to a host that has not answered
// yet, and the number of consecutive failures that give up a host where one alone does not
// suffice. See fail: a failure of the host itself gives it up at once, unless it has
// answered and the failure is doubtful; failures of single requests never give up a host
// that has answered.
const failuresToOpen = 3

func newHost(name string, seats int) *host {
	h := &host{
		name:   name,
		seats:  newGate(seats, 0),
		probes: make(chan struct{}, min(failuresToOpen, seats)),
		change: make(chan struct{}),
	}
	h.down, h.giveUp = context.WithCancelCause(context.Background())
	return h
}

// acquire waits for a slot, and, until the host has answered, also for one of the few probes.
func (h *host) acquire(ctx context.Context) (leave func(), err error) {
	for {
		serves, change := h.open()
		if serves {
			leave, err := h.acquireSlot(ctx, h.seats, takerOf(ctx, ""), func() {})
			// Another request may have failed while this one waited.
			if still, _ := h.open(); still || err != nil {
				return leave, err
			}
			leave() // only a few may try now
			continue
		}
		select {
		case <-h.down.Done():
			return nil, h.failure()
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-change:
		case h.probes <- struct{}{}:
			return h.acquireSlot(ctx, h.seats, takerOf(ctx, ""), func() { <-h.probes })
		}
	}
}

// acquireSlot waits for a slot; leave frees it and calls also.
func (h *host) acquireSlot(ctx context.Context, g *gate, t taker, also func()) (leave func(), err error) {
	release, err := g.acquire(ctx, h.down.Done(), t)
	if err == nil {
		return func() { release(); also() }, nil
	}
	also()
	if errors.Is(err, errClosed) {
		return nil, h.failure()
	}
	return nil, err
}

// open reports whether the host answers, and returns a channel that is closed on a change.
func (h *host) open() (serves bool, change chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.serves, h.change
}

// set sets whether the host answers. The caller holds h.mu.
func (h *host) set(serves bool) {
	if h.serves != serves {
		h.serves = serves
		close(h.change)
		h.change = make(chan struct{})
	}
}

// restrict restricts the host to a few requests until one is answered.
func (h *host) restrict() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set(false)
}

// success records an answered request.
func (h *host) success() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set(true)
	h.failures, h.fine = 0, true
}

// fail records a failed request, and gives up the host if that is sufficient evidence.
func (h *host) fail(v verdict) {
	var e *Error
	if v.blame == noBlame || !errors.As(v.err, &e) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures++
	out := h.failures >= failuresToOpen
	switch {
	case h.failure() != nil:
		return
	case v.blame == request && (h.fine || !out), v.blame == doubtful && h.fine && !out:
		return
	}
	h.since = time.Now()
	h.giveUp(&downError{e})
}

// slowAnswer records an answer that began and was too slow. After a few consecutive ones it
// gives up the host, because each occupies a slot that others could use.
func (h *host) slowAnswer(e *Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.slow++; h.slow >= failuresToOpen && h.failure() == nil {
		h.since = time.Now()
		h.giveUp(&downError{e})
	}
}

// wholeAnswer records a complete answer.
func (h *host) wholeAnswer() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.slow = 0
}

// record returns whether the host has answered, and whether its last failuresToOpen
// requests failed, so that failures of single requests are no longer retried.
func (h *host) record() (fine, wary bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fine, h.failures >= failuresToOpen
}

// rested reports whether the host was given up at least rest ago, so that it may be tried again.
func (h *host) rested(rest time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failure() != nil && time.Since(h.since) > rest
}

// failure returns why the host was given up, or nil.
func (h *host) failure() error { return context.Cause(h.down) }

// A downError is the error of a request to a host that was given up.
type downError struct{ first *Error }

// Error returns the error of the first request.
func (d *downError) Error() string { return d.first.Error() }

// explain returns the failure of a host as the error of a later request.
func (h *host) explain(req *http.Request, err error) error {
	var d *downError
	if !errors.As(err, &d) {
		return err
	}
	cause := d.first.Err
	if cause == nil {
		cause = errors.New(statusText(d.first.Status))
	}
	return &Error{
		Code: d.first.Code, Method: req.Method, URL: Plain(req.URL), Status: d.first.Status,
		Err: fmt.Errorf("%s was given up: %w", h.name, cause),
	}
}
