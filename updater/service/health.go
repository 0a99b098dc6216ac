package service

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/store"
)

// A Problem is a current problem of the service, for display.
type Problem struct {
	What  string    // "GitHub", "database", "registry.example"
	Why   string    // one sentence, without secrets
	Since time.Time // when it began
	Last  time.Time // when it last occurred
}

// problems are the current problems that this process has seen.
type problems struct {
	mu   sync.Mutex
	list map[string]Problem
}

// trouble records a problem, or with a nil error that it is over.
func (s *Service) trouble(what string, err error) {
	s.problems.mu.Lock()
	defer s.problems.mu.Unlock()
	if err == nil {
		delete(s.problems.list, what)
		return
	}
	if s.problems.list == nil {
		s.problems.list = map[string]Problem{}
	}
	now := s.o.Now()
	since := now
	if was, ok := s.problems.list[what]; ok {
		since = was.Since
	}
	s.problems.list[what] = Problem{what, s.o.Hide(err.Error()), since, now}
}

// forgotten is how long a problem is shown after it last occurred.
const forgotten = 10 * time.Minute

// ofDatabase is the name of the problem with the database.
const ofDatabase = "database"

// errDatabase is the message for readers.
var errDatabase = errors.New("the database does not answer, or is not writable; nothing is lost, and work resumes when it answers")

// database records the outcome of a database operation, and returns its error.
func (s *Service) database(err error) error {
	switch {
	case errors.Is(err, store.ErrUnavailable):
		s.o.Log.Warn("the database is not available", "error", err)
		s.trouble(ofDatabase, errDatabase)
	case err == nil:
		s.trouble(ofDatabase, nil)
	}
	return err
}

// Problems returns the current problems, sorted.
func (s *Service) Problems(ctx context.Context) []Problem {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil {
		s.trouble(ofDatabase, errDatabase)
	}
	s.problems.mu.Lock()
	defer s.problems.mu.Unlock()
	maps.DeleteFunc(s.problems.list, func(_ string, p Problem) bool { return s.o.Now().Sub(p.Last) > forgotten })
	return slices.SortedFunc(maps.Values(s.problems.list), func(a, b Problem) int { return cmp.Compare(a.What, b.What) })
}

// watch records problems from the results of a pass, and reports the pass to the metrics.
func (p *pass) watch(f store.Finished, r *lifecycle.Report, err error) {
	if p.o.Watch != nil {
		p.o.Watch.Pass(f.Run, r)
	}
	switch {
	case errors.Is(err, store.ErrUnavailable):
		_ = p.database(err) // the job reports this error
	case f.Run.Outcome == "failed":
		p.trouble(p.o.Forge.Title, errors.New(cmp.Or(f.Run.Error, "it does not answer")))
	case f.Run.Reads > 0 && f.Run.Outcome != "stopped":
		p.trouble(p.o.Forge.Title, nil)
	}
	if r.Plan == nil {
		return
	}
	for _, h := range r.Plan.FailedHosts {
		if h.Outage() { // one that wants another login answers, and so does one with a wrong answer
			p.trouble(h.Host, errors.New(h.Error))
		}
	}
}
