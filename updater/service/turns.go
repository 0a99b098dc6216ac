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

// turns shares the places of this process between the owners of repositories:
// while others wait, none holds more than half of them.
type turns struct {
	mu   sync.Mutex
	list []*turn
}

// A turn is a pass that is under way.
type turn struct {
	owner string
	began time.Time
	stop  context.CancelCauseFunc
}

// errYield ends a pass for those who wait.
var errYield = errors.New("it made room for repositories of others")

// An errLong is the cause where a pass has taken as long as it may.
type errLong struct{ time.Duration }

func (e errLong) Error() string {
	return fmt.Sprintf("the pass was not done after %v, which is as long as one may take", e.Duration)
}

const (
	yieldAfter = 30 * time.Second // a pass that is shorter is not ended for others
	yieldFor   = 30 * time.Second // before it is made again
)

func ownerOf(repo string) string {
	owner, _, _ := strings.Cut(repo, "/")
	return strings.ToLower(owner)
}

// half is how many places one owner may hold while others wait.
func (s *Service) half() int { return max(1, s.o.Workers/2) }

// take takes a place for a pass over a repository, which leave gives back. It
// is a *queue.Later where it is the turn of others.
func (s *Service) take(ctx context.Context, repo store.Repository) (_ context.Context, leave func(), err error) {
	owner := ownerOf(repo.Name)
	if s.turns.held(owner) >= s.half() {
		wait, err := s.queue.OthersWait(ctx, owner)
		if err != nil {
			return nil, nil, err
		}
		if wait {
			return nil, nil, &queue.Later{After: tick, Why: fmt.Sprintf("repositories of others than %s wait", owner)}
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	ctx, end := context.WithTimeoutCause(ctx, s.o.Time, errLong{s.o.Time})
	t := &turn{owner, s.o.Now(), stop}
	s.turns.add(t)
	return ctx, func() { end(); stop(nil); s.turns.remove(t) }, nil
}

// yield ends passes that hold more places than their owner may while others
// wait: the oldest ones, which wait for something slow.
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
			s.o.Log.Info("a pass makes room for repositories of others", "owner", owner)
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

// over returns, where all places are taken, what owners hold beyond their half
// and began before a time, the oldest first.
func (t *turns) over(places, half int, before time.Time) map[string][]*turn {
	t.mu.Lock()
	defer t.mu.Unlock()
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
