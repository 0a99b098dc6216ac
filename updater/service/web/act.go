package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/freshpin/freshpin/updater/store"
)

// mayChange returns the repository of a request if the viewer may change something in it.
func (s *server) mayChange(r *http.Request, who *viewer) (store.Repository, error) {
	repo, may, err := s.see(r.Context(), who, r.PathValue("owner"), r.PathValue("repo"))
	switch {
	case err != nil:
		return repo, err
	// For a token the access is Read at most, so the next case would name the wrong reason.
	case who.Token:
		return repo, errReadOnly
	case may < store.Write:
		return repo, s.noWrite()
	case s.o.Want == nil:
		return repo, errNotFound
	}
	return repo, nil
}

// scan requests a pass.
func (s *server) scan(r *http.Request, who *viewer) (string, error) {
	repo, err := s.mayChange(r, who)
	if err != nil {
		return "", err
	}
	s.o.Log.Info("pass requested", "repo", repo.Name, "by", who.Name())
	return repoPath(repo.Name) + "?done=scan", s.o.Want(r.Context(), repo)
}

// tick requests that a held pin be proposed anyway, or revokes that.
func (s *server) tick(r *http.Request, who *viewer) (string, error) {
	repo, err := s.mayChange(r, who)
	if err != nil {
		return "", err
	}
	id, off := r.PostForm.Get("pin"), r.PostForm.Get("take") == "back"
	pins, err := s.o.Data.Pins.Of(r.Context(), repo.ID)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(pins, func(p store.Pin) bool { return p.ID == id })
	if at < 0 {
		return "", &fault{http.StatusConflict, "This pin no longer exists. Nothing was done."}
	}
	back := func(done string) string { return repoPath(repo.Name) + "?done=" + done + "#" + elementID(id) }
	if off {
		return back("untick"), s.o.Data.Pins.Untick(r.Context(), repo.ID, []string{id})
	}
	if pins[at].Status != "held" {
		return "", &fault{http.StatusConflict, "This update is no longer held. Nothing was done."}
	}
	if err := s.o.Data.Pins.Tick(r.Context(), repo.ID, id, who.Name()); err != nil {
		return "", err
	}
	s.o.Log.Info("a held update was requested", "repo", repo.Name, "pin", id, "by", who.Name())
	return back("tick"), s.o.Want(r.Context(), repo)
}

// operates returns an error unless the viewer is an operator.
func operates(who *viewer) error {
	switch {
	case who.Token:
		return errReadOnly
	case !who.Operator:
		return errOperator
	}
	return nil
}

// retry retries a discarded job.
func (s *server) retry(r *http.Request, who *viewer) (string, error) {
	id, err := s.job(r, who)
	if err != nil {
		return "", err
	}
	s.o.Log.Info("a job is retried", "job", id, "by", who.Name())
	return "/jobs?done=retry", s.o.Jobs.Retry(r.Context(), id)
}

// cancel cancels a job.
func (s *server) cancel(r *http.Request, who *viewer) (string, error) {
	id, err := s.job(r, who)
	if err != nil {
		return "", err
	}
	s.o.Log.Info("a job is given up", "job", id, "by", who.Name())
	return "/jobs?done=cancel", s.o.Jobs.Cancel(r.Context(), id)
}

// job returns the id of the job in an operator's request.
func (s *server) job(r *http.Request, who *viewer) (int64, error) {
	if err := operates(who); err != nil {
		return 0, err
	}
	id, err := strconv.ParseInt(r.PostForm.Get("job"), 10, 64)
	if err != nil || id <= 0 || s.o.Jobs == nil {
		return 0, errNotFound
	}
	return id, nil
}

// stop turns the stop switch on or off.
func (s *server) stop(r *http.Request, who *viewer) (string, error) {
	if err := operates(who); err != nil {
		return "", err
	}
	on := r.PostForm.Get("stop")
	if s.o.SetStop == nil || on != "on" && on != "off" {
		return "", errNotFound
	}
	s.o.Log.Warn("the stop switch was turned", "stop", on, "by", who.Name())
	if err := s.o.SetStop(r.Context(), on == "on", who.Name()); err != nil {
		return "", err
	}
	if on == "on" {
		return "/jobs?done=stop", nil
	}
	return "/jobs?done=go", nil
}
