package fetch

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// A gate limits concurrency and keeps slots free for new passes: a pass may hold at
// most as many slots as are free, and a host a multiple of that. So one pass gets half of
// all slots, two get a third each, and a further one finds some while there are more
// slots than passes (Choudhury and Hahne, "Dynamic queue length thresholds for
// shared-memory packet switches").
type gate struct {
	size    int
	hostMax int // slots of one host if all others are free; 0 for no limit by host

	mu      sync.Mutex
	used    int
	passes  map[*Share]int
	hosts   map[string]int
	waiting []*waiter
}

// A taker is the pass and host that a slot is counted for; nil and "" are not counted.
type taker struct {
	pass *Share
	host string
}

type waiter struct {
	taker
	ready chan struct{} // closed when the slot is taken
}

func newGate(size, hostMax int) *gate {
	return &gate{size: size, hostMax: hostMax, passes: map[*Share]int{}, hosts: map[string]int{}}
}

// errClosed means that the wait was cancelled because it became pointless.
var errClosed = errors.New("closed")

// acquire waits for a slot. The error is errClosed once closed is closed, or that of ctx.
func (g *gate) acquire(ctx context.Context, closed <-chan struct{}, t taker) (release func(), err error) {
	g.mu.Lock()
	if g.admits(t) {
		g.take(t)
		g.mu.Unlock()
		return g.releaser(t), nil
	}
	w := &waiter{taker: t, ready: make(chan struct{})}
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	select {
	case <-w.ready:
		return g.releaser(t), nil
	case <-closed:
		err = errClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	g.forget(w)
	return nil, err
}

// releaser returns a function that frees a slot; further calls do nothing.
func (g *gate) releaser(t taker) func() {
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.give(t)
	})
}

// forget removes a waiter that has given up, or frees the slot that it has got meanwhile.
func (g *gate) forget(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := slices.Index(g.waiting, w); n >= 0 {
		g.waiting = slices.Delete(g.waiting, n, n+1)
		return
	}
	g.give(w.taker)
}

// admits reports whether there is a slot for t. The caller holds g.mu.
func (g *gate) admits(t taker) bool {
	free := g.size - g.used
	switch {
	case free <= 0:
		return false
	case t.pass != nil && g.passes[t.pass] >= free:
		return false
	// The same as hosts[host] >= free * hostMax/(size-hostMax), in whole numbers: with all
	// others free, a host gets hostMax.
	case t.host != "" && g.hostMax > 0 && g.hosts[t.host]*(g.size-g.hostMax) >= g.hostMax*free:
		return false
	}
	return true
}

// take takes a slot. The caller holds g.mu.
func (g *gate) take(t taker) {
	g.used++
	if t.pass != nil {
		g.passes[t.pass]++
	}
	if t.host != "" {
		g.hosts[t.host]++
	}
}

// give frees a slot and admits waiters. The caller holds g.mu.
func (g *gate) give(t taker) {
	g.used--
	count(g.passes, t.pass)
	count(g.hosts, t.host)
	for {
		n := g.next()
		if n < 0 {
			return
		}
		w := g.waiting[n]
		g.waiting = slices.Delete(g.waiting, n, n+1)
		g.take(w.taker)
		close(w.ready)
	}
}

// count decrements a count and removes it at zero.
func count[K comparable](m map[K]int, key K) {
	if m[key]--; m[key] <= 0 {
		delete(m, key)
	}
}

// next returns the index of the next waiter: the one that has waited longest of the pass
// with the fewest slots; -1 for none. The caller holds g.mu.
func (g *gate) next() int {
	best := -1
	for n, w := range g.waiting {
		if g.admits(w.taker) && (best < 0 || g.passes[w.pass] < g.passes[g.waiting[best].pass]) {
			best = n
		}
	}
	return best
}

// A Gate limits the concurrency of work that needs much memory. If it
// has several slots, no pass can take all of them, except one with Limits.Alone.
type Gate struct{ g *gate }

// NewGate returns a gate with size slots.
func NewGate(size int) *Gate { return &Gate{newGate(size, 0)} }

// Acquire waits for a slot, which release frees. The error is that of ctx, or says that
// the pass has reached its time limit.
func (g *Gate) Acquire(ctx context.Context) (release func(), err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	release, err = g.g.acquire(ctx, nil, taker{pass: shareOf(ctx)})
	if err != nil {
		return nil, context.Cause(ctx)
	}
	return release, nil
}
