package fetch

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errSlow is the cause if an answer or a part of it takes too long.
var errSlow = errors.New("no answer in time")

// A watch cancels a request whose answer does not begin, pauses too long, is too slow,
// or takes too long in total.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	idle   *time.Timer
	whole  *time.Timer
	each   time.Duration
	least  int64         // bytes per second
	grace  time.Duration // time before the speed is checked

	first time.Time // time of the first byte; zero before it
	bytes int64     // received so far
}

func newWatch(ctx context.Context, o Options) *watch {
	w := &watch{each: o.Timeout, least: o.LeastSpeed, grace: o.Grace}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.idle = time.AfterFunc(o.Timeout, func() { w.cancel(fmt.Errorf("%w (%v)", errSlow, o.Timeout)) })
	w.whole = time.AfterFunc(o.MaxTime, func() { w.cancel(fmt.Errorf("%w (%v)", errSlow, o.MaxTime)) })
	return w
}

// progress records n received bytes.
func (w *watch) progress(n int) {
	if w.ctx.Err() != nil {
		return
	}
	now := time.Now()
	if w.first.IsZero() {
		w.first = now
	}
	w.bytes += int64(n)
	if w.tooSlow(now.Sub(w.first)) {
		w.cancel(fmt.Errorf("%w (less than %d bytes a second)", errSlow, w.least))
		return
	}
	w.idle.Reset(w.each)
}

// pause stops the clock while the reader waits for something else.
func (w *watch) pause() (resume func()) {
	began := time.Now()
	w.idle.Stop()
	return func() {
		if !w.first.IsZero() {
			w.first = w.first.Add(time.Since(began))
		}
		if w.ctx.Err() == nil {
			w.idle.Reset(w.each)
		}
	}
}

// tooSlow reports whether too few bytes have arrived after a time.
func (w *watch) tooSlow(after time.Duration) bool {
	return w.least > 0 && after > w.grace && float64(w.bytes) < float64(w.least)*after.Seconds()
}

func (w *watch) stop() {
	w.idle.Stop()
	w.whole.Stop()
	// Without a cause, cause still returns the error of the request.
	w.cancel(nil)
}

// cause returns errSlow if that ended the request, else err.
func (w *watch) cause(err error) error {
	if c := context.Cause(w.ctx); errors.Is(c, errSlow) {
		return c
	}
	return err
}
