package fetch

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// A gate lets so many through at once, and leaves room for those who come
// later: a pass may hold as many places as are free besides, and a host a
// multiple of them. So the first pass gets half of all places, two get a third
// each, and one more always finds some (Choudhury and Hahne, "Dynamic queue
// length thresholds for shared-memory packet switches").
type gate struct {
	size    int
	hostMax int // what one host may hold while nobody else holds anything; 0 means that hosts do not count

	mu      sync.Mutex
	used    int
	passes  map[*Pass]int
	hosts   map[string]int
	waiting []*waiter
}

// A taker is whom a place is counted for; nil and "" are never counted.
type taker struct {
	pass *Pass
	host string
}

type waiter struct {
	taker
	ready chan struct{} // closed when the place is taken
}

func newGate(size, hostMax int) *gate {
	return &gate{size: size, hostMax: hostMax, passes: map[*Pass]int{}, hosts: map[string]int{}}
}

// errClosed is returned where the wait ended because it became pointless.
var errClosed = errors.New("closed")

// acquire waits for a place. The error is errClosed when closed is, or that of ctx.
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

// releaser returns the function that gives a place back; further calls do nothing.
func (g *gate) releaser(t taker) func() {
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.give(t)
	})
}

// forget takes a waiter away who gave up, or gives back what it has got meanwhile.
func (g *gate) forget(w *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := slices.Index(g.waiting, w); n >= 0 {
		g.waiting = slices.Delete(g.waiting, n, n+1)
		return
	}
	g.give(w.taker)
}

// admits reports whether there is a place for t; g.mu is held.
func (g *gate) admits(t taker) bool {
	free := g.size - g.used
	switch {
	case free <= 0:
		return false
	case t.pass != nil && g.passes[t.pass] >= free:
		return false
	case t.host != "" && g.hostMax > 0 && g.hosts[t.host]*(g.size-g.hostMax) >= g.hostMax*free:
		return false
	}
	return true
}

// take counts a place as taken; g.mu is held.
func (g *gate) take(t taker) {
	g.used++
	if t.pass != nil {
		g.passes[t.pass]++
	}
	if t.host != "" {
		g.hosts[t.host]++
	}
}

// give counts a place as free and lets those in who may come now; g.mu is held.
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

// count takes one away, and forgets who has nothing left.
func count[K comparable](m map[K]int, key K) {
	if m[key]--; m[key] <= 0 {
		delete(m, key)
	}
}

// next returns the place of the waiter whose turn it is, of the pass that holds
// the least, the longest waiting first; -1 for none. g.mu is held.
func (g *gate) next() int {
	best := -1
	for n, w := range g.waiting {
		if g.admits(w.taker) && (best < 0 || g.passes[w.pass] < g.passes[g.waiting[best].pass]) {
			best = n
		}
	}
	return best
}

// A Gate lets a few at once do what needs much memory, and no pass take all of its places.
type Gate struct{ g *gate }

// NewGate returns a gate with so many places.
func NewGate(size int) *Gate { return &Gate{newGate(size, 0)} }

// Acquire waits for a place; release gives it back. The error is that of ctx,
// or says that the pass has taken too long.
func (g *Gate) Acquire(ctx context.Context) (release func(), err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	release, err = g.g.acquire(ctx, nil, taker{pass: passOf(ctx)})
	if err != nil {
		return nil, context.Cause(ctx)
	}
	return release, nil
}
