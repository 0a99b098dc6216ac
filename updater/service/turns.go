package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// turns shares the slots of this process among the owners of repositories: while
// others wait, no owner has more than half of them.
type turns struct {
	mu   sync.Mutex
	list []*turn
}

// A turn is a running pass.
type turn struct {
	owner string
	began time.Time
	stop  context.CancelCauseFunc
}

// errYield cancels a pass in favour of waiting ones.
var errYield = errors.New("the pass made room for repositories of other owners")

// An errLong is the cause of a cancelled pass that reached its time limit.
type errLong struct{ time.Duration }

// Error names the limit.
func (e errLong) Error() string {
	return fmt.Sprintf("the pass did not finish within its limit of %v", e.Duration)
}

const (
	yieldAfter = 30 * time.Second // a shorter pass is not cancelled for others
	yieldFor   = 30 * time.Second // delay before a cancelled pass is retried
)

func ownerOf(repo string) string {
	owner, _, _ := strings.Cut(repo, "/")
	return strings.ToLower(owner)
}

// half is how many slots one owner may use while others wait.
func (s *Service) half() int { return max(1, s.o.Workers/2) }

// take acquires a slot for a pass, which leave releases. It returns a *queue.Later
// if other owners come first.
func (s *Service) take(ctx context.Context, repo store.Repository) (_ context.Context, leave func(), err error) {
	owner := ownerOf(repo.Name)
	if s.turns.held(owner) >= s.half() {
		wait, err := s.queue.OthersWait(ctx, owner)
		if err != nil {
			return nil, nil, err
		}
		if wait {
			return nil, nil, &queue.Later{After: tick, Why: fmt.Sprintf("repositories of other owners than %s are waiting", owner)}
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	ctx, end := context.WithTimeoutCause(ctx, s.o.Time, errLong{s.o.Time})
	// Others may have begun since held was asked; yield cancels what is over half.
	t := &turn{owner, s.o.Now(), stop}
	s.turns.add(t)
	return ctx, func() { end(); stop(nil); s.turns.remove(t) }, nil
}

// yield cancels passes of an owner with more slots than allowed while others wait:
// the oldest ones, which wait for slow hosts.
func (s *Service) yield(ctx context.Context) error {
	for owner, over := range s.turns.over(s.o.Workers, s.half(), s.o.Now().Add(-yieldAfter)) {
		wait, err := s.queue.OthersWait(ctx, owner)
		if err != nil {
			return err
		}
		if !wait {
			continue
		}
		for _, t := range over {
			s.o.Log.Info("a pass makes room for repositories of other owners", "owner", owner)
			t.stop(errYield)
		}
	}
	return nil
}

func (t *turns) add(one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, one)
}

func (t *turns) remove(one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = slices.DeleteFunc(t.list, func(x *turn) bool { return x == one })
}

func (t *turns) held(owner string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, x := range t.list {
		if x.owner == owner {
			n++
		}
	}
	return n
}

// over returns, if all slots are in use, the passes beyond an owner's half that
// began before a time, oldest first.
func (t *turns) over(places, half int, before time.Time) map[string][]*turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	// A free slot can take a waiting pass, so none has to make room.
	if len(t.list) < places {
		return nil
	}
	held, over := map[string]int{}, map[string][]*turn{}
	for _, x := range t.list {
		held[x.owner]++
	}
	for _, x := range t.list {
		if held[x.owner] > half && x.began.Before(before) {
			held[x.owner]--
			over[x.owner] = append(over[x.owner], x)
		}
	}
	return over
}
