package web

import (
	"net/http"
	"slices"

	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

const (
	parkedShown = 100
	stateShown  = 200
)

// A jobList is the page of jobs.
type jobList struct {
	Kinds    []jobKind
	States   []string
	Parked   []queue.Row
	Operator bool // may retry and cancel
	CanStop  bool
}

// A jobKind is the number of jobs of one kind in each state.
type jobKind struct {
	Kind   string
	Counts []int // in order of jobList.States
}

// jobStates are the states of jobs in the order of display.
var jobStates = []string{"running", "available", "retryable", "scheduled", "completed", "cancelled", "discarded"}

// finished are the final states of jobs.
var finished = []string{"completed", "cancelled", "discarded"}

func (s *server) jobs(r *http.Request, who *viewer) (*page, error) {
	if !who.All() {
		return nil, errOperator
	}
	if s.o.Jobs == nil {
		return nil, errNotFound
	}
	counts, err := s.o.Jobs.Counts(r.Context())
	if err != nil {
		return nil, err
	}
	b := &jobList{Operator: who.Operator, CanStop: who.Operator && s.o.SetStop != nil}
	b.States = jobStates
	for _, kind := range queue.Kinds() {
		k := jobKind{Kind: kind, Counts: make([]int, len(b.States))}
		for _, c := range counts {
			// River's state pending has no column: no job of ours is added in it.
			if i := slices.Index(b.States, c.State); c.Kind == kind && i >= 0 {
				k.Counts[i] += c.Jobs
			}
		}
		b.Kinds = append(b.Kinds, k)
	}
	if b.Parked, err = s.o.Jobs.Parked(r.Context(), parkedShown); err != nil {
		return nil, err
	}
	return &page{Name: "jobs", Title: "Jobs", Body: b}, nil
}

// A stateList is the page of jobs in one state.
type stateList struct {
	State               string
	Jobs                []queue.Row
	CanRetry, CanCancel bool
	Most                int // limit of the list
}

// jobsIn returns the page of jobs in one state, for operators.
func (s *server) jobsIn(r *http.Request, who *viewer) (*page, error) {
	state := r.PathValue("state")
	switch {
	case !who.Operator:
		return nil, errOperator
	case s.o.Jobs == nil, !slices.Contains(jobStates, state):
		return nil, errNotFound
	}
	b := &stateList{
		State: state, Most: stateShown,
		CanRetry: slices.Contains([]string{"cancelled", "discarded", "retryable", "scheduled"}, state), CanCancel: !slices.Contains(finished, state),
	}
	var err error
	if b.Jobs, err = s.o.Jobs.Jobs(r.Context(), state, stateShown); err != nil {
		return nil, err
	}
	return &page{Name: "jobs-in", Title: "Jobs " + state, Body: b}, nil
}

const (
	runsAtFirst = 100
	runsMost    = 1000
)

// A runList is the page of runs.
type runList struct {
	Runs     []store.Run
	Outcome  string
	Outcomes []string
	Shown    int // number of runs that were searched
	More     bool
}

// outcomes are the outcomes of runs in package store.
var outcomes = []string{"done", "unchanged", "refused", "broken", "failed", "stopped"}

func (s *server) runs(r *http.Request, who *viewer) (*page, error) {
	b := &runList{Outcomes: outcomes, Shown: number(r, "n", runsAtFirst, runsMost)}
	var err error
	if b.Runs, err = s.o.Data.History.Runs(r.Context(), who.Viewer, 0, b.Shown); err != nil {
		return nil, err
	}
	// Before the filter, which shortens the list.
	b.More = len(b.Runs) == b.Shown && b.Shown < runsMost
	if o := r.URL.Query().Get("outcome"); slices.Contains(outcomes, o) {
		b.Outcome = o
		b.Runs = slices.DeleteFunc(b.Runs, func(run store.Run) bool { return run.Outcome != o })
	}
	return &page{Name: "runs", Title: "Runs", Body: b}, nil
}

func (s *server) about(*http.Request, *viewer) (*page, error) {
	return &page{Name: "about", Title: "Glossary"}, nil
}
