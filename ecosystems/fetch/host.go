package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A host is what is known about one server.
//
// A request keeps its seat from its first attempt to the end of the answer.
// Before a host has served something, and again after it asked for patience,
// there are only a few seats: a dead host is found out by few requests, while
// one broken package on a living host cannot speak for all. When the host is
// down (see lost), everything else that is asked of it fails at once.
type host struct {
	name   string
	seats  *gate         // one place for each request under way
	probes chan struct{} // held besides while the host does not serve
	down   chan struct{} // closed when it is given up

	mu       sync.Mutex
	serves   bool
	change   chan struct{} // closed when serves changes
	fine     bool          // it has served something in this run
	failures int           // requests lost in a row
	dragged  int           // answers in a row that began and came too slowly
	why      *Error        // why it was given up
	since    time.Time     // when
}

// failuresToOpen is how many requests are tried on a host that has not served
// yet, and how many have to be lost in a row before it is given up.
const failuresToOpen = 3

func newHost(name string, seats int) *host {
	return &host{
		name:   name,
		seats:  newGate(seats, 0),
		probes: make(chan struct{}, min(failuresToOpen, seats)),
		down:   make(chan struct{}),
		change: make(chan struct{}),
	}
}

// acquire waits for a seat, and before the host serves for one of the few trials too.
func (h *host) acquire(ctx context.Context) (leave func(), err error) {
	for {
		serves, change := h.open()
		if serves {
			leave, err := h.acquireSlot(ctx, h.seats, takerOf(ctx, ""), func() {})
			if still, _ := h.open(); still || err != nil {
				return leave, err
			}
			leave() // only a few may try, by now
			continue
		}
		select {
		case <-h.down:
			return nil, h.failure()
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-change:
		case h.probes <- struct{}{}:
			return h.acquireSlot(ctx, h.seats, takerOf(ctx, ""), func() { <-h.probes })
		}
	}
}

// acquireSlot takes a place; leave gives it back and does what else there is to do.
func (h *host) acquireSlot(ctx context.Context, g *gate, t taker, also func()) (leave func(), err error) {
	release, err := g.acquire(ctx, h.down, t)
	if err == nil {
		return func() { release(); also() }, nil
	}
	also()
	if errors.Is(err, errClosed) {
		return nil, h.failure()
	}
	return nil, err
}

// open reports whether the host serves, and what tells of a change.
func (h *host) open() (serves bool, change chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.serves, h.change
}

// set changes between serving and not; h.mu is held.
func (h *host) set(serves bool) {
	if h.serves != serves {
		h.serves = serves
		close(h.change)
		h.change = make(chan struct{})
	}
}

// sleep waits, unless the host is given up meanwhile.
func (h *host) sleep(ctx context.Context, d time.Duration) error {
	if err := h.failure(); err != nil || d <= 0 {
		return err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-h.down:
		return h.failure()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// doubt lets only a few try the host, until one is served.
func (h *host) doubt() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set(false)
}

// success notes a request that was settled by an answer.
func (h *host) success() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set(true)
	h.failures, h.fine = 0, true
}

// fail notes a request that was given up. The host goes down with it where that
// tells enough about the host.
func (h *host) fail(v verdict) {
	var e *Error
	if v.blame == nobody || !errors.As(v.err, &e) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures++
	out := h.failures >= failuresToOpen
	switch {
	case h.why != nil:
		return
	case v.blame == request && (h.fine || !out), v.blame == doubtful && h.fine && !out:
		return
	}
	h.why, h.since = e, time.Now()
	close(h.down)
}

// drags notes an answer that began and came too slowly; a few in a row, and the
// host is given up, for each of them takes a place that others could use.
func (h *host) drags(e *Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dragged++; h.dragged >= failuresToOpen && h.why == nil {
		h.why, h.since = e, time.Now()
		close(h.down)
	}
}

// flows notes an answer that came to its end.
func (h *host) flows() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dragged = 0
}

// record says whether the host has served anything, and whether it has failed so
// often since that no request is tried twice.
func (h *host) record() (fine, wary bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fine, h.failures >= failuresToOpen
}

// rested reports whether the host was given up so long ago that it may be tried again.
func (h *host) rested(rest time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.why != nil && time.Since(h.since) > rest
}

// failure returns why the host was given up, or nil.
func (h *host) failure() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.why == nil {
		return nil
	}
	return &downError{h.why}
}

// A downError is the failure of a host as another request meets it.
type downError struct{ first *Error }

// Error returns that of the first request.
func (d *downError) Error() string { return d.first.Error() }

// word puts the failure of a host into words for one of the requests that come after it.
func (h *host) word(req *http.Request, err error) error {
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
