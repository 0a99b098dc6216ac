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

// A Problem is something that is wrong right now, for people.
type Problem struct {
	What  string    // "GitHub", "database", "registry.example"
	Why   string    // one sentence, without secrets
	Since time.Time // of the first time in a row
	Last  time.Time // somebody came upon it
}

// problems are what this process came upon, until it comes upon the contrary.
type problems struct {
	mu   sync.Mutex
	list map[string]Problem
}

// ofHub is what troubles with the forge are shown under.
const ofHub = "GitHub"

// trouble notes that something is wrong, or with a nil error that it is not.
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

// forgotten is how long a problem is shown that nobody came upon again.
const forgotten = 10 * time.Minute

// ofDatabase is what troubles with the database are shown under.
const ofDatabase = "database"

// errDatabase is what people are told.
var errDatabase = errors.New("the database does not answer, or cannot be written; nothing is lost, and the work goes on when it can")

// database takes note of how something in the database ended, and returns it.
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

// Problems returns what is wrong right now, in order.
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

// watch learns from a pass what is wrong and what is not, and tells who watches.
func (p *pass) watch(f store.Finished, r *lifecycle.Report, err error) {
	if p.o.Watch != nil {
		p.o.Watch.Pass(f.Run, r)
	}
	switch {
	case errors.Is(err, store.ErrUnavailable):
		_ = p.database(err) // told by its job
	case f.Run.Outcome == "failed":
		p.trouble(ofHub, errors.New(cmp.Or(f.Run.Error, "it does not answer")))
	case f.Run.Reads > 0 && f.Run.Outcome != "stopped":
		p.trouble(ofHub, nil)
	}
	if r.Plan == nil {
		return
	}
	for _, h := range r.Plan.FailedHosts {
		p.trouble(h.Host, errors.New(h.Error))
	}
}
