package store

import "time"

// A Finished is the result of a pass.
type Finished struct {
	Repository Repository
	Generation int64
	Pins       []Pin     // nil: unchanged
	Pulls      []Pull    // nil: unchanged
	Findings   []Finding // of the checklist; nil: unchanged
	Run        Run
	// Tell returns the events for newly affected packages, which are stored in the same
	// transaction. nil for no events.
	Tell func(fresh []Affected) []Event
	// PullStatuses are the statuses of the open pull requests; nil for unknown.
	// TellPull returns the events for one, which are stored in the same transaction;
	// nil for no events.
	PullStatuses []PullStatus
	TellPull     func(Pull, PullStatus) []Event
	Whole        bool // false for a failed attempt that will be repeated: only State, Why and the run are stored
}

// A Run is one attempt of a pass over a repository.
type Run struct {
	ID         int64
	Repository int64
	Repo       string // filled in by queries
	Job        int64  // id in the queue
	Trigger    string // schedule, push, command, registry, person, installation, ...
	Commit     string
	Began      time.Time
	Took       time.Duration
	Outcome    string // done, unchanged, refused (by the forge), broken (its configuration), failed, stopped
	Error      string // one sentence, without secrets
	Reads      int    // requests to the forge
	Writes     int
	Lookups    int // requests sent to registries and indexes
	Cached     int // lookups answered from the cache
	Totals     Totals
	Log        string // log of the pass without secrets; set only by history.Store.Run
}

// A Day holds the totals of a repository, or of all that a viewer sees, at the end of a day.
type Day struct {
	Day time.Time // midnight UTC
	Totals
	Repositories int
}

// A Pull is a pull request of Freshpin.
type Pull struct {
	Repository int64
	Repo       string // filled in by queries
	Number     int
	URL        string
	Title      string
	Branch     string
	Base       string // the branch that it is to be merged into, where it is not the default one; else ""
	State      string // open, closed, merged
	Updates    int
	Security   bool
	Outcome    string // what the last pass did about it: decide.What
	Why        string
	Checks     string // passed, failed, running, none; "" for unknown
	Mergeable  string // yes, conflict, blocked; "" for unknown
	Review     string // approved, changes (requested), required; "" for none or unknown
	Opened     time.Time
	Changed    time.Time
}

// A PullStatus is the status of an open pull request, in the words of Pull.
type PullStatus struct {
	Number                    int
	Head                      string    // commit that the status is about; "" for unknown
	Opened                    time.Time // zero for unknown
	Checks, Mergeable, Review string
}
