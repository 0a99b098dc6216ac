package service

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/service/gate"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// The intervals of the clock.
const (
	tick      = 2 * time.Second  // claiming due repositories
	heartbeat = 20 * time.Second // heartbeat of the process
	lost      = 2 * time.Minute  // a requested pass without a job for so long gets a new one
	silence   = 2 * time.Minute  // if all processes were down for so long, events may have been lost
	daily     = 24 * time.Hour
	atOnce    = 200 // repositories claimed per tick
)

// clock runs the periodic work in every process; the database lets only one process
// do each part. It ends with ctx.
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

// repeat runs a function at once and then periodically. It logs errors and
// continues.
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

// due requests a pass over every due repository. Time without a running process
// counts once: the next due time is computed from now.
func (s *Service) due(ctx context.Context) error {
	if stopped, err := gate.Stopped(ctx, s.processes); err != nil || stopped {
		return err
	}
	for {
		now := s.o.Now()
		list, err := s.passes.Due(ctx, now, atOnce)
		if err != nil {
			return err
		}
		for _, repo := range list {
			trigger := bySchedule
			if repo.Looked.IsZero() { // enrolled, and this process is first to see it
				trigger = byInstallation
			}
			if err := s.claim(ctx, repo, s.next(repo.Name, repo.Cron, repo.Timezone, now), trigger); err != nil {
				return err
			}
		}
		if len(list) < atOnce {
			return nil
		}
	}
}

// findLost adds jobs for passes that were requested shortly before a process crashed.
func (s *Service) findLost(ctx context.Context) error {
	list, err := s.passes.Unfinished(ctx, lost, atOnce)
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

// beat writes the heartbeat. After a time without any process, the stored state of
// pull requests is no longer trusted.
func (s *Service) beat(ctx context.Context) error {
	processes, before, err := s.processes.Beat(ctx)
	if s.database(err) != nil {
		return err
	}
	s.living.Store(int64(max(processes, 1)))
	if s.doubted || !before.IsZero() && s.o.Now().Sub(before) < silence {
		s.doubted = true
		return nil
	}
	s.doubted = true
	return s.passes.DoubtAll(ctx)
}

// syncDaily lists installations and their repositories once a day, and after a
// change of the operator's settings.
func (s *Service) syncDaily(ctx context.Context) error {
	err := s.processes.Lease(ctx, "sync", time.Minute)
	// One process keeps this lease, renews it each time, and works for all.
	if errors.Is(err, store.ErrTaken) {
		return nil
	}
	if err != nil {
		return err
	}
	last, err := s.processes.Setting(ctx, syncedKey)
	if err != nil {
		return err
	}
	at, settings, _ := strings.Cut(last, " ")
	when, _ := time.Parse(time.RFC3339, at) // the zero time if it is missing
	if settings == s.o.Settings && s.o.Now().Sub(when) < daily {
		return nil
	}
	if err := s.sync(ctx); err != nil {
		s.trouble(s.o.Forge.Title, err)
		return err
	}
	s.trouble(s.o.Forge.Title, nil)
	return s.processes.Set(ctx, syncedKey, s.o.Now().UTC().Format(time.RFC3339)+" "+s.o.Settings)
}

// syncedKey stores when repositories were last listed, and with which settings.
const syncedKey = "synced"

// sweep deletes old data, one process at a time.
func (s *Service) sweep(ctx context.Context) error {
	release, err := s.hold(ctx, "sweep")
	if errors.Is(err, store.ErrTaken) {
		return nil
	}
	if err != nil {
		return err
	}
	defer release()
	if s.o.Lookups != nil {
		if err := s.o.Lookups.Trim(ctx); err != nil {
			return err
		}
	}
	return s.db.Sweep(ctx)
}
