package serve

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/freshpin/freshpin/updater/store/processes"
)

// sharedPauses shares rate limit pauses between processes, so that none sends
// requests before a pause ends. It implements fetch.Pauses.
type sharedPauses struct {
	processes *processes.Store
	log       *slog.Logger

	mu    sync.Mutex
	known map[string]time.Time
	asked time.Time
}

const (
	pausesGood = time.Second     // how long a value read from the database stays valid
	pausesWait = 2 * time.Second // how long reading it may take
)

// Until returns when a pause ends, the zero time if there is none. One caller at a
// time refreshes the value from the database; the others use the last one.
func (p *sharedPauses) Until(ctx context.Context, name string) time.Time {
	known, old := p.last()
	if !old {
		return known[name]
	}
	ctx, cancel := context.WithTimeout(ctx, pausesWait)
	defer cancel()
	fresh, err := p.processes.Pauses(ctx)
	if err != nil {
		p.log.Debug("reading the shared pauses failed", "error", err) // each process then meets the limit on its own
		return known[name]
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = fresh
	return fresh[name]
}

// last returns the last value, and whether the caller must refresh it.
func (p *sharedPauses) last() (known map[string]time.Time, old bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old = time.Since(p.asked) > pausesGood; old {
		// Before the query, so that only one caller makes it.
		p.asked = time.Now()
	}
	return p.known, old
}

// Pause publishes a pause, even if the context of the request that met the limit has ended.
func (p *sharedPauses) Pause(ctx context.Context, name string, until time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pausesWait)
	defer cancel()
	if err := p.processes.Pause(ctx, name, until); err != nil {
		p.log.Debug("sharing a pause failed", "name", name, "error", err)
	}
}
