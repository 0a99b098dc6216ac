package web

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Limits on wrong tokens from one address.
const (
	guesses     = 10              // burst
	guessEvery  = 6 * time.Second // interval of one more attempt
	maxGuessers = 10_000          // addresses in memory; all others share one entry
)

// guessing limits the wrong tokens of each address. While an address has to wait, even
// a right token is refused, since the answer would otherwise reveal it.
type guessing struct {
	mu   sync.Mutex
	full map[netip.Prefix]time.Time // when all attempts are available again
}

// must returns how long an address has to wait; 0 if it need not.
func (g *guessing) must(r *http.Request, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	full, ok := g.full[g.key(r)]
	if !ok {
		return 0
	}
	// One attempt is available this long before all of them are.
	return max(0, full.Sub(now)-(guesses-1)*guessEvery)
}

// wrong counts a wrong token.
func (g *guessing) wrong(r *http.Request, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.full == nil {
		g.full = map[netip.Prefix]time.Time{}
	}
	if len(g.full) >= maxGuessers {
		g.forget(now)
	}
	key := g.key(r)
	was := g.full[key]
	// Attempts that were not used do not add up beyond the burst.
	if was.Before(now) {
		was = now
	}
	g.full[key] = was.Add(guessEvery)
}

func (g *guessing) forget(now time.Time) {
	for key, full := range g.full {
		if !full.After(now) {
			delete(g.full, key)
		}
	}
}

// key returns the address that a request is counted for; for IPv6, the network of one
// customer. It ignores proxy headers, which can be forged.
func (g *guessing) key(r *http.Request) netip.Prefix {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := at.Addr().Unmap(), 32
	if ip.Is6() {
		bits = 64
	}
	key, err := ip.WithZone("").Prefix(bits)
	// Otherwise a flood of addresses would fill the memory.
	if _, known := g.full[key]; err != nil || !known && len(g.full) >= maxGuessers {
		return netip.Prefix{}
	}
	return key
}
