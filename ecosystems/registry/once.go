package registry

import (
	"context"
	"sync"
)

// A once holds what is made when it is first wanted, also where making it waits
// and may fail: then the next one tries again only if it was the waiting that ended.
type once[T comparable] struct {
	mu   sync.Mutex
	busy chan struct{} // nil before the first call; holds one token while somebody works
	done bool
	v    T
	err  error
}

// do returns what find made when it was first wanted.
func (o *once[T]) do(ctx context.Context, find func() (T, error)) (T, error) {
	return o.make(ctx, func() bool { return !o.done }, find)
}

// renew returns what takes the place of old: what find makes, or what somebody
// else has put there meanwhile. Where find fails, the old one stays.
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
