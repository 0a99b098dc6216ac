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

// Until returns when a pause ends; the zero time without one.
func (p *sharedPauses) Until(name string) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.asked) > pausesGood {
		ctx, cancel := context.WithTimeout(context.Background(), pausesWait)
		defer cancel()
		known, err := p.db.Pauses(ctx)
		if err != nil {
			p.log.Debug("pauses are not known", "error", err) // then each process learns for itself
		} else {
			p.known = known
		}
		p.asked = time.Now()
	}
	return p.known[name]
}

// Pause tells the others.
func (p *sharedPauses) Pause(name string, until time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), pausesWait)
	defer cancel()
	if err := p.db.Pause(ctx, name, until); err != nil {
		p.log.Debug("a pause is not shared", "name", name, "error", err)
	}
}
