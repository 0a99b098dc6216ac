package fetch

import (
	"context"
	"sync"
)

// A Tally counts the requests of one context, for a client that several runs share.
type Tally struct {
	mu    sync.Mutex
	stats Stats
}

// Stats returns the counts so far.
func (t *Tally) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stats
}

func (t *Tally) add(by Stats) {
	// Contexts without Counted have no tally.
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.add(by)
}

type tallyKey struct{}

// Counted returns a context whose requests are counted in the tally.
func Counted(ctx context.Context) (context.Context, *Tally) {
	t := &Tally{}
	return context.WithValue(ctx, tallyKey{}, t), t
}

func tallyOf(ctx context.Context) *Tally {
	t, _ := ctx.Value(tallyKey{}).(*Tally)
	return t
}
