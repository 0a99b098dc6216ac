package login

import (
	"context"
	"sync"
)

// A once computes a value at its first use. Unlike sync.Once, a caller can stop
// waiting when its context ends. An error is kept like a value, unless the context
// of the computing caller ended: then the next caller tries again.
type once[T comparable] struct {
	mu   sync.Mutex
	busy chan struct{} // nil before the first call; holds one token while a caller computes
	done bool
	v    T
	err  error
}

// do returns the result of the first call of find.
func (o *once[T]) do(ctx context.Context, find func() (T, error)) (T, error) {
	return o.make(ctx, func() bool { return !o.done }, find)
}

// renew replaces the value old by the result of find and returns it. If another
// caller has replaced old already, renew returns that value. If find fails, old
// stays.
func (o *once[T]) renew(ctx context.Context, old T, find func() (T, error)) (T, error) {
	var failed error
	v, err := o.make(ctx, func() bool { return o.err == nil && o.v == old }, func() (T, error) {
		v, err := find()
		if failed = err; err != nil {
			return old, nil
		}
		return v, nil
	})
	if failed != nil {
		return v, failed
	}
	return v, err
}

func (o *once[T]) make(ctx context.Context, wanted func() bool, find func() (T, error)) (T, error) {
	o.mu.Lock()
	if o.busy == nil {
		o.busy = make(chan struct{}, 1)
	}
	o.mu.Unlock()
	select {
	case o.busy <- struct{}{}:
		defer func() { <-o.busy }()
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	if wanted() {
		v, err := find()
		o.done = err == nil || ctx.Err() == nil
		o.v, o.err = v, err
	}
	return o.v, o.err
}
