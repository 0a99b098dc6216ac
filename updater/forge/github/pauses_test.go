package github

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// A watched is Pauses that notes whether the limits are locked while it is asked.
type watched struct {
	l      *limits
	locked int
	paused time.Time
}

func (w *watched) look() {
	if !w.l.mu.TryLock() {
		w.locked++
		return
	}
	w.l.mu.Unlock()
}

func (w *watched) Until(context.Context, string) time.Time {
	w.look()
	return w.paused
}

func (w *watched) Pause(_ context.Context, _ string, until time.Time) {
	w.look()
	w.paused = until
}

// TestPausesWithoutLock wants no lock to be held while other processes are asked
// or told: that is a query of a database, and every request waits for the lock.
func TestPausesWithoutLock(t *testing.T) {
	l := &limits{until: map[string]time.Time{}}
	w := &watched{l: l}
	l.shared = w
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	answer := &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"60"}}}
	until, hit := l.seen(t.Context(), "a", answer, now, 0)
	if !hit || !until.Equal(now.Add(time.Minute)) || !w.paused.Equal(until) {
		t.Errorf("paused until %s, told %s", until, w.paused)
	}
	w.paused = until.Add(time.Hour)
	if got := l.ends(t.Context(), "a"); !got.Equal(w.paused) {
		t.Errorf("ends %s, another process says %s", got, w.paused)
	}
	answer.Header.Set("Retry-After", "1") // shorter than what is known
	if got, _ := l.seen(t.Context(), "a", answer, now, 0); !got.Equal(until) {
		t.Errorf("ends %s, want %s", got, until)
	}
	if w.locked > 0 {
		t.Errorf("%d times the lock was held", w.locked)
	}
}
