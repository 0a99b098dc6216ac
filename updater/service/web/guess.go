package web

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// How many wrong tokens an address may send before it has to wait.
const (
	guesses     = 10              // at once
	guessEvery  = 6 * time.Second // one more
	maxGuessers = 10_000          // addresses that are remembered; all others share one entry
)

// guessing counts the wrong tokens of each address, so that none tries many. A
// right one is not looked at either while its address has to wait: else the
// answer would tell which it is.
type guessing struct {
	mu   sync.Mutex
	full map[netip.Prefix]time.Time // when all guesses are there again
}

// must returns how long an address has to wait; 0 where it need not.
func (g *guessing) must(r *http.Request, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	full, ok := g.full[g.key(r)]
	if !ok {
		return 0
	}
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

// key is whom a request is counted for: its address, and of IPv6 the network
// that one customer gets. Headers of proxies are not believed.
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
	if _, known := g.full[key]; err != nil || !known && len(g.full) >= maxGuessers {
		return netip.Prefix{}
	}
	return key
}
