package fetch

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errSlow is the cause where an answer, or a part of it, took too long.
var errSlow = errors.New("no answer in time")

// A watch ends a request whose answer does not begin, pauses too long, or lasts too long.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	idle   *time.Timer
	whole  *time.Timer
	each   time.Duration
}

func newWatch(ctx context.Context, each, whole time.Duration) *watch {
	w := &watch{each: each}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.idle = time.AfterFunc(each, func() { w.cancel(fmt.Errorf("%w (%v)", errSlow, each)) })
	w.whole = time.AfterFunc(whole, func() { w.cancel(fmt.Errorf("%w (%v)", errSlow, whole)) })
	return w
}

// progress is called when something arrived.
func (w *watch) progress() {
	if w.ctx.Err() == nil {
		w.idle.Reset(w.each)
	}
}

func (w *watch) stop() {
	w.idle.Stop()
	w.whole.Stop()
	w.cancel(nil)
}

// cause returns errSlow where that ended the request, else err.
func (w *watch) cause(err error) error {
	if c := context.Cause(w.ctx); errors.Is(c, errSlow) {
		return c
	}
	return err
}
