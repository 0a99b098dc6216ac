package cli

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

// sharedPauses are the rate limits that any process has met: none of them asks
// before they end. It implements fetch.Pauses and github.Pauses.
type sharedPauses struct {
	db  *store.DB
	log *slog.Logger

	mu    sync.Mutex
	known map[string]time.Time
	asked time.Time
}

const (
	pausesGood = time.Second     // what was read of the database is good for so long
	pausesWait = 2 * time.Second // and so long it may take
)

// Until returns when a pause ends; the zero time without one. One caller reads
// the database again; the others go by what was read last.
func (p *sharedPauses) Until(ctx context.Context, name string) time.Time {
	known, old := p.last()
	if !old {
		return known[name]
	}
	ctx, cancel := context.WithTimeout(ctx, pausesWait)
	defer cancel()
	fresh, err := p.db.Pauses(ctx)
	if err != nil {
		p.log.Debug("pauses are not known", "error", err) // then each process learns for itself
		return known[name]
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = fresh
	return fresh[name]
}

// last returns what was read last, and whether the caller is to read again.
func (p *sharedPauses) last() (known map[string]time.Time, old bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old = time.Since(p.asked) > pausesGood; old {
		p.asked = time.Now()
	}
	return p.known, old
}

// Pause tells the others, also where the request that met the limit has ended.
func (p *sharedPauses) Pause(ctx context.Context, name string, until time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pausesWait)
	defer cancel()
	if err := p.db.Pause(ctx, name, until); err != nil {
		p.log.Debug("a pause is not shared", "name", name, "error", err)
	}
}
