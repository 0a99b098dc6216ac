package store

import (
	"errors"
	"time"

	"github.com/freshpin/freshpin/updater/record"
)

// Errors for errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrTaken    = errors.New("taken by another process")
)

// An Installation is an account that has installed the GitHub App. A service with a
// token has one installation with ID 0.
type Installation struct {
	ID        int64
	Account   string // login of the owner
	Suspended bool
	Removed   bool
	Since     time.Time
	Synced    time.Time // when its repositories were last listed; zero for never
}

// A Repository is a repository that the service handles.
type Repository struct {
	ID           int64  // our own id
	Name         string // "owner/name", as the forge spells it; unique regardless of case
	ForgeID      int64  // the forge's id, which stays the same after renaming; 0 if unknown
	Installation int64
	Branch       string // default branch; "" if unknown
	URL          string // for people
	Private      bool
	Topics       []string
	State        State
	Why          string // the reason for State in one sentence: "archived", the error of a broken configuration

	Enrolled time.Time // when it was enrolled (the number per day is limited); zero while it waits
	Removed  bool      // access was revoked: hidden, and deleted later

	// The schedule in the repository's settings; "" means the operator's default.
	Cron, Timezone string
	Next           time.Time // when it is due; zero for never

	// A pass is requested if Wanted > Begun; see DB.Want.
	Wanted, Begun int64
	Unsure        bool // events may have been lost, so the next pass reads everything again

	// From the last complete pass.
	Commit  string    // of the default branch
	Settled string    // identifies the commit and plan for which nothing is left to do; "" if something is
	Known   string    // the service's encoded state of the forge's data, opaque here
	Asked   time.Time // when everything was last read, not only changes
	Looked  time.Time
	Totals  Totals
}

// A State is the state of a repository.
type State string

// States of a repository.
const (
	Waiting   State = "waiting"   // not scanned yet
	Observed  State = "observed"  // scanned and shown, without pull requests
	Proposing State = "proposing" // scanned, and updates are proposed
	Refused   State = "refused"   // archived, forbidden, …; see Why
	Broken    State = "broken"    // the configuration is invalid or the last pass failed; see Why
)

// Totals count pins by status.
type Totals struct {
	Pins, Current, Updates, Held, Skipped, Failed int
	Security                                      int // pins whose version in use an advisory affects
	Libyears                                      float64
}

// A Pin is one dependency from the last pass: its record and the service's own data. It
// is stored as JSON, with additional columns for searches.
type Pin struct {
	Repository int64  `json:"-"`
	Repo       string `json:"-"` // name of the repository; set by queries
	record.Dependency
	Base  string   `json:"base"`  // base branch; "" for the default branch
	Pull  int      `json:"pull"`  // open pull request that updates it; 0 for none
	Alarm string   `json:"alarm"` // sign that the published content was tampered with, in one sentence; "" for none
	Why   []string `json:"why"`   // steps of the decision
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
	Log        string // log of the pass without secrets; set only by DB.Run
}

// A Delivery is a webhook with the forge's delivery id.
type Delivery struct {
	ID       string
	Event    string
	Received time.Time
	Done     bool // its job is done, so another one with the same ID is a replay
}

// A Session is the session of a signed-in user. The forge's token is not stored.
type Session struct {
	ID      string // hash of the browser's secret
	Login   string
	Expires time.Time
	Checked time.Time        // when the permissions were last checked at the forge
	May     map[int64]Access // access by the forge's repository id
}

// Access is a user's access to a repository.
type Access int

// Levels of access.
const (
	Read  Access = 1
	Write Access = 2 // may tick boxes and request passes
)

// A Viewer restricts a query to the repositories that a user may see. The zero Viewer
// sees nothing.
type Viewer struct {
	All     bool   // an operator, or --insecure-no-login
	Session string // session whose access applies
}

// A Day holds the totals of a repository, or of all that a viewer sees, at the end of a day.
type Day struct {
	Day time.Time // midnight UTC
	Totals
	Repositories int
}

// A Filter selects repositories for a list.
type Filter struct {
	Text  string // part of the name, ignoring case
	State State  // "" for all
	Sort  string // name, updates, held, failed, security, libyears, looked; "" is name. A leading - turns it round
	Limit int    // 0 means 50
	After int    // number of repositories to skip

	Unhealthy bool // only repositories that are broken, refused or have failed lookups
}

// An Entry is a cached answer of a registry or index.
type Entry struct {
	Key   string
	Host  string
	URL   string // without secrets
	Data  []byte // encoded by package fetch
	Heard time.Time
}
