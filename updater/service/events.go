package service

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// Hook handles a webhook. It implements queue.Work.
func (s *Service) Hook(ctx context.Context, _ int64, job queue.Hook) error {
	if err := s.event(ctx, job.Event); err != nil {
		return err
	}
	return s.processes.Delivered(ctx, job.Delivery)
}

func (s *Service) event(ctx context.Context, e event.Event) error {
	switch e.Kind {
	case event.Installed:
		return s.installed(ctx, e)
	case event.Granted:
		return s.granted(ctx, e)
	case event.Changed:
		return s.changed(ctx, e)
	case event.ImagesPushed:
		return s.imagesPushed(ctx, e)
	case event.Pushed, event.PullRequest, event.Commented, event.Issue:
		return s.happened(ctx, e)
	case event.Checked, event.Reviewed:
		return s.statusChanged(ctx, e)
	}
	return nil // a ping
}

// installed handles the life cycle of an installation.
func (s *Service) installed(ctx context.Context, e event.Event) error {
	i := store.Installation{ID: e.Installation, Account: e.Account, Since: s.o.Now()}
	switch e.Action {
	case "deleted":
		i.Removed = true
		if _, err := s.repositories.KeepOnly(ctx, e.Installation, nil); err != nil {
			return err
		}
		return s.repositories.PutInstallation(ctx, i)
	case "suspend":
		i.Suspended = true
		return s.repositories.PutInstallation(ctx, i)
	}
	if err := s.repositories.PutInstallation(ctx, i); err != nil {
		return err
	}
	return s.queue.Add(ctx, queue.Installation{ID: e.Installation})
}

// granted handles repositories that are added to or removed from an installation.
func (s *Service) granted(ctx context.Context, e event.Event) error {
	var names []string
	for _, r := range e.Removed {
		of := e
		of.Repository = r
		if _, ours, err := s.known(ctx, of); err != nil {
			return err
		} else if ours { // an account must not remove the repositories of others
			names = append(names, r.Name)
		}
	}
	if err := s.repositories.Remove(ctx, names); err != nil {
		return err
	}
	if len(e.Added) == 0 {
		return nil
	}
	return s.queue.Add(ctx, queue.Installation{ID: e.Installation})
}

// changed handles changes of a repository itself.
func (s *Service) changed(ctx context.Context, e event.Event) error {
	if e.Repository.Was != "" || e.Action == "transferred" {
		return s.queue.Add(ctx, queue.Installation{ID: e.Installation}) // listing the installation finds it by its id
	}
	repo, known, err := s.known(ctx, e)
	if err != nil || !known {
		return err
	}
	if e.Action == "deleted" {
		return s.repositories.Remove(ctx, []string{repo.Name})
	}
	repo.Private, repo.Branch = e.Repository.Private, e.Repository.Branch
	if err := s.repositories.Put(ctx, []store.Repository{repo}); err != nil {
		return err
	}
	return s.want(ctx, repo, byChange)
}

// happened requests a pass after a relevant event.
func (s *Service) happened(ctx context.Context, e event.Event) error {
	repo, known, err := s.known(ctx, e)
	if err != nil || !known {
		return err
	}
	switch {
	case e.Kind == event.PullRequest && e.Action == "edited":
		if e.Fork || e.Bot || !strings.HasPrefix(e.Branch, forge.Prefix) || !markers.Rebuild(e.Text) {
			return nil
		}
		return s.want(ctx, repo, byCommand)
	// What a bot changed was usually this program itself; but a bot also merges, for people who chose automatic merging.
	case e.Kind == event.PullRequest && !e.Fork && strings.HasPrefix(e.Branch, forge.Prefix) && (!e.Bot || e.Merged):
		return s.queue.Add(ctx, queue.Pull{Repository: repo.ID, Number: e.Number, Trigger: e.Action})
	case e.Kind == event.PullRequest && !e.Fork && forge.OtherBot(e.Branch) != "" && e.Action == "closed":
		return s.want(ctx, repo, byPull) // a person may have left the branch, so it may be ours again
	case e.Kind == event.Commented && strings.Contains(e.Text, "/freshpin") && !e.Bot:
		return s.want(ctx, repo, byCommand)
	case e.Kind == event.Issue && strings.Contains(e.Text, "<!-- freshpin:dashboard -->") && !e.Bot:
		return s.want(ctx, repo, byCommand)
	case e.Kind == event.Pushed && !s.isBase(repo, e.Branch):
		return nil
	case e.Kind == event.Pushed:
		touched, err := s.touches(ctx, repo, e)
		if err != nil || !touched {
			return err
		}
		return s.want(ctx, repo, byPush)
	}
	return nil
}

// statusChanged updates the status of a pull request of ours after its checks ended
// or a review was submitted. It requests no pass, because there is nothing to change.
func (s *Service) statusChanged(ctx context.Context, e event.Event) error {
	if e.Fork || !strings.HasPrefix(e.Branch, forge.Prefix) {
		return nil
	}
	repo, known, err := s.known(ctx, e)
	if err != nil || !known {
		return err
	}
	pulls, err := s.pulls.Of(ctx, repo.ID)
	if err != nil {
		return err
	}
	n := slices.IndexFunc(pulls, func(p store.Pull) bool { return p.State == forge.Open && p.Branch == e.Branch })
	if n < 0 {
		return nil
	}
	can := forge.AbilitiesOf(s.o.Hub)
	if can.StatusReader == nil {
		return nil
	}
	found, err := can.StatusReader.PullStatuses(ctx, repo.Name, []int{pulls[n].Number})
	if err != nil {
		return err
	}
	return s.pulls.PutStatuses(ctx, repo.ID, pullStatuses(found), s.tellRed(repo))
}

// isBase reports whether a branch is a base branch, by the settings that the last
// pass found. Before the first pass only the default branch is.
func (s *Service) isBase(repo store.Repository, branch string) bool {
	if k := knownOf(repo); k.Branch == repo.Branch {
		return k.Wants(branch)
	}
	return branch == repo.Branch
}

// known returns the repository of an event, if it is enrolled for the installation of
// the event. It ignores repositories of other installations, so that an account
// cannot affect the repositories of others.
func (s *Service) known(ctx context.Context, e event.Event) (store.Repository, bool, error) {
	repo, err := s.repositories.ByName(ctx, e.Repository.Name)
	if errors.Is(err, store.ErrNotFound) {
		return repo, false, nil
	}
	foreign := e.Installation != 0 && repo.Installation != 0 && e.Installation != repo.Installation
	return repo, err == nil && !repo.Removed && !foreign, err
}

// touches reports whether a push changed a manifest, the settings, or another file
// with a pin. If the forge does not list the changed files, it returns true.
func (s *Service) touches(ctx context.Context, repo store.Repository, e event.Event) (bool, error) {
	if e.Commit != "" && s.hasSeen(repo, e.Branch, e.Commit) {
		return false, nil
	}
	if e.Files == nil {
		return true, nil
	}
	if slices.ContainsFunc(e.Files, s.isManifest) {
		return true, nil
	}
	pins, err := s.pins.Of(ctx, repo.ID)
	return slices.ContainsFunc(pins, func(p store.Pin) bool { return slices.Contains(e.Files, p.File) }), err
}

// hasSeen reports whether the last pass saw this commit of a branch.
func (s *Service) hasSeen(repo store.Repository, branch, commit string) bool {
	if branch == repo.Branch {
		return commit == repo.Commit
	}
	return slices.ContainsFunc(knownOf(repo).Bases, func(b forge.Branch) bool { return b.Name == branch && b.Commit == commit })
}

// isManifest reports whether a file is a manifest or affects the meaning of manifests beside it.
func (s *Service) isManifest(file string) bool {
	return config.IsName(path.Base(file)) || slices.ContainsFunc(s.ecosystems, func(e ecosystems.Ecosystem) bool {
		return e.Match(file) || e.Info().IsBeside(file)
	})
}

// freshTime is how long after a pushed image older answers of its registry are ignored.
const freshTime = time.Hour

// imagesPushed requests passes over exactly the repositories that pin a pushed image.
func (s *Service) imagesPushed(ctx context.Context, e event.Event) error {
	for _, image := range e.Images {
		repos, err := s.pins.Pinning(ctx, image.Name, "")
		if err != nil {
			return err
		}
		if len(repos) == 0 {
			continue
		}
		host, _, _ := strings.Cut(image.Name, "/")
		// The shared pauses store marks with an expiry: this one marks since when answers
		// of the host count as fresh (see since).
		if err := s.processes.Pause(ctx, freshMark+host, s.o.Now().Add(freshTime)); err != nil {
			return err
		}
		for _, repo := range repos {
			if err := s.want(ctx, repo, byRegistry); err != nil {
				return err
			}
		}
	}
	return nil
}

const freshMark = "fresh/"

// since makes a pass ignore answers from before the last push of an image.
func (p *pass) since(ctx context.Context) context.Context {
	marks, err := p.processes.Pauses(ctx)
	if err != nil {
		p.o.Log.Warn("cached answers may be older than a push", "repo", p.repo.Name, "error", err)
	}
	for name, until := range marks {
		if host, ok := strings.CutPrefix(name, freshMark); ok {
			ctx = p.o.Since(ctx, until.Add(-freshTime), host)
		}
	}
	return ctx
}

// Pull handles an event of one pull request. It implements queue.Work.
func (s *Service) Pull(ctx context.Context, _ int64, job queue.Pull) error {
	repo, err := s.repositories.ByID(ctx, job.Repository)
	if errors.Is(err, store.ErrNotFound) || err == nil && repo.Removed {
		return nil
	}
	if err != nil {
		return err
	}
	can := forge.AbilitiesOf(s.o.Hub)
	if can.PullRequestGetter == nil {
		return s.want(ctx, repo, byPull) // the pass reads all pull requests
	}
	pr, err := can.PullRequestGetter.PullRequest(ctx, repo.Name, job.Number)
	switch {
	case errors.Is(err, forge.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !strings.HasPrefix(pr.Branch, forge.Prefix):
		return nil
	}
	err = s.pulls.Put(ctx, store.Pull{
		Repository: repo.ID, Number: pr.Number, URL: pr.URL, Title: pr.Title, Branch: pr.Branch, State: pr.State, Changed: s.o.Now(),
	})
	if err != nil {
		return err
	}
	return s.want(ctx, repo, byPull)
}
