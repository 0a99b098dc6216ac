package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// Installation lists the repositories of an installation, and enrols those that take
// part. It implements queue.Work.
func (s *Service) Installation(ctx context.Context, _ int64, job queue.Installation) error {
	i, err := s.repositories.Installation(ctx, job.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (i.Removed || i.Suspended) {
		return nil
	}
	if err != nil {
		return err
	}
	granted, err := s.o.Hub.Granted(ctx, job.ID)
	var refused *forge.Denied
	switch {
	case !errors.As(err, &refused):
	case refused.Code == forge.NotFound:
		return s.leave(ctx, map[int64]store.Installation{i.ID: i})
	case refused.Code == forge.NoPermission: // the installation was suspended meanwhile
		i.Suspended = true
		return s.repositories.PutInstallation(ctx, i)
	}
	if err != nil {
		return fmt.Errorf("repositories of %s: %w", i.Account, err)
	}
	list, names := s.takingPart(i.ID, granted)
	if err := s.repositories.Put(ctx, list); err != nil {
		return err
	}
	if _, err := s.repositories.KeepOnly(ctx, i.ID, names); err != nil {
		return err
	}
	i.Synced = s.o.Now()
	if err := s.repositories.PutInstallation(ctx, i); err != nil {
		return err
	}
	return s.enrol(ctx)
}

// takingPart returns the repositories that take part according to the operator.
func (s *Service) takingPart(installation int64, granted []forge.Repository) (list []store.Repository, names []string) {
	names = []string{}
	for _, g := range granted {
		repo := store.Repository{
			Name: g.Name, ForgeID: g.ID, Installation: installation, Branch: g.Branch, URL: g.URL,
			Private: g.Private, Topics: g.Topics, State: store.Waiting,
		}
		if g.Archived || g.Disabled || g.Fork || !s.o.Scope(repo).Part {
			continue
		}
		list, names = append(list, repo), append(names, g.Name)
	}
	return list, names
}

// enrol enrols waiting repositories, up to the daily limit.
func (s *Service) enrol(ctx context.Context) error {
	list, err := s.repositories.Enrol(ctx, s.o.RepositoriesPerDay, s.o.Now())
	if err != nil {
		return err
	}
	for _, repo := range list {
		next := s.next(repo.Name, repo.Cron, repo.Timezone, s.o.Now())
		if err := s.claim(ctx, repo, next, byInstallation); err != nil {
			return err
		}
	}
	return nil
}

// sync lists all installations, and the repositories of each.
func (s *Service) sync(ctx context.Context) error {
	there, err := s.o.Hub.Installations(ctx)
	if err != nil {
		return fmt.Errorf("list the App's installations: %w", err)
	}
	known, err := s.repositories.Installations(ctx)
	if err != nil {
		return err
	}
	gone := map[int64]store.Installation{}
	for _, k := range known {
		gone[k.ID] = k
	}
	for _, i := range there {
		was := gone[i.ID]
		delete(gone, i.ID)
		was.ID, was.Account, was.Suspended = i.ID, i.Account, i.Suspended
		if was.Since.IsZero() {
			was.Since = s.o.Now()
		}
		if err := s.repositories.PutInstallation(ctx, was); err != nil {
			return err
		}
		if err := s.queue.Add(ctx, queue.Installation{ID: i.ID}); err != nil {
			return err
		}
	}
	return s.leave(ctx, gone)
}

// leave removes installations that no longer exist.
func (s *Service) leave(ctx context.Context, gone map[int64]store.Installation) error {
	for id, i := range gone {
		if _, err := s.repositories.KeepOnly(ctx, id, nil); err != nil {
			return err
		}
		i.Removed = true
		if err := s.repositories.PutInstallation(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// want requests a pass over a repository. A requested pass that has not begun covers this request too.
func (s *Service) want(ctx context.Context, repo store.Repository, trigger string) error {
	if repo.Enrolled.IsZero() {
		return nil // it is enrolled later
	}
	generation, err := s.passes.Want(ctx, repo.ID)
	if err != nil {
		return err
	}
	urgent := trigger == byPerson || trigger == byRegistry || trigger == byCommand
	return s.queue.Add(ctx, queue.Repository{ID: repo.ID, Generation: generation, Name: repo.Name, Trigger: trigger, Urgent: urgent})
}

// claim requests the pass that is due, unless another process claimed it.
func (s *Service) claim(ctx context.Context, repo store.Repository, next time.Time, trigger string) error {
	generation, ok, err := s.passes.Claim(ctx, repo.ID, repo.Next, next)
	if err != nil || !ok {
		return err
	}
	return s.queue.Add(ctx, queue.Repository{ID: repo.ID, Generation: generation, Name: repo.Name, Trigger: trigger})
}

// next returns when a repository is due after t: on its own schedule, the
// operator's, or once a week at a time derived from its name.
func (s *Service) next(name, cron, zone string, t time.Time) time.Time {
	when, err := s.o.Schedule(name, cron, zone)
	if err != nil {
		s.o.Log.Warn("a schedule is invalid; the default is used", "repo", name, "schedule", cron, "error", err)
		when, err = s.o.Schedule(name, "", "")
	}
	if err != nil {
		return t.Add(7 * 24 * time.Hour)
	}
	return when(t)
}
