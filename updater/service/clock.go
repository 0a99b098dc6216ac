package service

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// How often what is done.
const (
	tick      = 2 * time.Second  // what is due is asked for
	heartbeat = 20 * time.Second // a process tells that it lives
	lost      = 2 * time.Minute  // a pass that was wanted so long ago and has no job gets one
	silence   = 2 * time.Minute  // without any process: events may have been lost
	daily     = 24 * time.Hour
	atOnce    = 200 // repositories that one tick takes
)

// clock runs what happens by time, in every process: whoever is first does it,
// since the database lets only one. It ends with ctx.
func (s *Service) clock(ctx context.Context) {
	s.repeat(ctx, heartbeat, s.beat)
	s.repeat(ctx, tick, s.due)
	s.repeat(ctx, tick, s.yield)
	s.repeat(ctx, time.Minute, s.enrol)
	s.repeat(ctx, time.Minute, s.findLost)
	s.repeat(ctx, 10*time.Second, s.syncDaily)
	s.repeat(ctx, time.Hour, s.sweep)
	if len(s.o.Receivers) > 0 {
		s.repeat(ctx, tellEvery, s.tell)
		s.repeat(ctx, time.Hour, s.tellOld)
		s.repeat(ctx, time.Minute, s.tellUnwell)
	}
	s.background.Wait()
}

// repeat does something at once and then again and again. What fails is told,
// and done again next time.
func (s *Service) repeat(ctx context.Context, every time.Duration, do func(context.Context) error) {
	s.background.Go(func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			if err := do(ctx); err != nil && ctx.Err() == nil {
				s.o.Log.Warn("periodic work failed; it is tried again", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
		}
	})
}

// due asks for a pass over every repository whose time has come. What was missed
// while nothing ran is made up for once: the next time is counted from now.
func (s *Service) due(ctx context.Context) error {
	if stopped, err := isStopped(ctx, s.db); err != nil || stopped {
		return err
	}
	for {
		now := s.o.Now()
		list, err := s.db.Due(ctx, now, atOnce)
		if err != nil {
			return err
		}
		for _, repo := range list {
			if err := s.claim(ctx, repo, s.next(repo.Name, repo.Cron, repo.Timezone, now), bySchedule); err != nil {
				return err
			}
		}
		if len(list) < atOnce {
			return nil
		}
	}
}

// findLost adds the jobs of passes that were wanted when a process died before it could.
func (s *Service) findLost(ctx context.Context) error {
	list, err := s.db.Unfinished(ctx, lost, atOnce)
	if err != nil {
		return err
	}
	for _, repo := range list {
		err := s.queue.Add(ctx, queue.Repository{ID: repo.ID, Generation: repo.Wanted, Name: repo.Name, Trigger: byLoss})
		if err != nil {
			return err
		}
	}
	return nil
}

// beat tells that this process lives. After a silence of all processes nothing
// that is known of pull requests is believed.
func (s *Service) beat(ctx context.Context) error {
	processes, before, err := s.db.Beat(ctx)
	if s.database(err) != nil {
		return err
	}
	s.processes.Store(int64(max(processes, 1)))
	if s.doubted || !before.IsZero() && s.o.Now().Sub(before) < silence {
		s.doubted = true
		return nil
	}
	s.doubted = true
	return s.db.DoubtAll(ctx)
}

// syncDaily lists installations and their repositories once a day, and when the
// operator has changed the settings.
func (s *Service) syncDaily(ctx context.Context) error {
	err := s.db.Lease(ctx, "sync", time.Minute)
	if errors.Is(err, store.ErrTaken) {
		return nil
	}
	if err != nil {
		return err
	}
	last, err := s.db.Setting(ctx, syncedKey)
	if err != nil {
		return err
	}
	at, settings, _ := strings.Cut(last, " ")
	when, _ := time.Parse(time.RFC3339, at) // never, if it is not there
	if settings == s.o.Settings && s.o.Now().Sub(when) < daily {
		return nil
	}
	if err := s.sync(ctx); err != nil {
		s.trouble(ofHub, err)
		return err
	}
	s.trouble(ofHub, nil)
	return s.db.Set(ctx, syncedKey, s.o.Now().UTC().Format(time.RFC3339)+" "+s.o.Settings)
}

// syncedKey tells when repositories were listed last, and by which settings of the operator.
const syncedKey = "synced"

// sweep lets one process at a time remove what is old.
func (s *Service) sweep(ctx context.Context) error {
	release, err := s.hold(ctx, "sweep")
	if errors.Is(err, store.ErrTaken) {
		return nil
	}
	if err != nil {
		return err
	}
	defer release()
	return s.db.Sweep(ctx)
}
