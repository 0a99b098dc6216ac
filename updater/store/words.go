package store

import (
	"errors"
	"time"

	"github.com/freshpin/freshpin/updater/record"
)

// The errors that callers ask for with errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrTaken    = errors.New("taken by another process")
)

// An Installation is an account that installed the GitHub App. A service that
// runs with a token has one, of ID 0.
type Installation struct {
	ID        int64
	Account   string // login of the owner
	Suspended bool
	Removed   bool
	Since     time.Time
	Synced    time.Time // when its repositories were listed last; zero for never
}

// A Repository is one that the service looks after.
type Repository struct {
	ID           int64  // ours
	Name         string // "owner/name", as the forge spells it; unique in any case of letters
	ForgeID      int64  // the forge's own number, which survives renaming; 0 where unknown
	Installation int64
	Branch       string // the default branch; "" where unknown
	URL          string // for people
	Private      bool
	Topics       []string
	State        State
	Why          string // one sentence for whoever asks about State: "archived", the error of a broken configuration

	Enrolled time.Time // when its turn came (so many new ones a day); zero while it waits
	Removed  bool      // not granted any more: shown to nobody, kept for a while

	// The schedule as the repository chose it; "" is the operator's default.
	Cron, Timezone string
	Next           time.Time // when it is due; zero for never

	// A pass is wanted where Wanted > Begun; see DB.Want.
	Wanted, Begun int64
	Unsure        bool // events may have been lost: the next pass asks for everything

	// Of the last whole pass.
	Commit  string    // of the default branch
	Settled string    // tells that nothing is left to do for this commit and plan; "" where something is
	Known   string    // what the forge told of it, as the service wrote it down: opaque here
	Asked   time.Time // when everything was asked for last, and not only whether anything changed
	Looked  time.Time
	Totals  Totals
}

// A State says how a repository stands.
type State string

// The states of a repository.
const (
	Waiting   State = "waiting"   // not scanned yet
	Observed  State = "observed"  // scanned and shown; nothing is proposed
	Proposing State = "proposing" // scanned, and updates are proposed
	Refused   State = "refused"   // archived, forbidden, …: see Why
	Broken    State = "broken"    // its configuration, or the last pass failed: see Why
)

// Totals count pins by status.
type Totals struct {
	Pins, Current, Updates, Held, Skipped, Failed int
	Security                                      int // pins in use that an advisory affects
	Libyears                                      float64
}

// A Pin is one dependency as the last pass saw it: its record, and what only the
// service knows. A pin is stored as its JSON, beside the columns that are searched.
type Pin struct {
	Repository int64  `json:"-"`
	Repo       string `json:"-"` // name of the repository; filled in by queries
	record.Dependency
	Base  string   `json:"base"`  // the base branch, where it is not the default one; else ""
	Pull  int      `json:"pull"`  // the open pull request that moves it; 0 for none
	Alarm string   `json:"alarm"` // what is published may not be what its publisher meant it to be, in one sentence; "" for no alarm
	Why   []string `json:"why"`   // every step that led here
}

// A Pull is a pull request that we opened.
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
	Review     string // approved, changes (are asked for), required; "" for none, or unknown
	Opened     time.Time
	Changed    time.Time
}

// A PullStatus says how an open pull request stands; the words are those of Pull.
type PullStatus struct {
	Number                    int
	Head                      string    // the commit that this is about; "" for unknown
	Opened                    time.Time // zero for unknown
	Checks, Mergeable, Review string
}

// A Run is one pass over one repository, or one try of it.
type Run struct {
	ID         int64
	Repository int64
	Repo       string // filled in by queries
	Job        int64  // of the queue
	Trigger    string // schedule, push, command, registry, person, installation, ...
	Commit     string
	Began      time.Time
	Took       time.Duration
	Outcome    string // done, unchanged, refused (by the forge), broken (its configuration), failed, stopped
	Error      string // one sentence, without secrets
	Reads      int    // requests to the forge
	Writes     int
	Lookups    int // requests to registries and indexes that were sent
	Cached     int // and those that were answered without
	Totals     Totals
	Log        string // what the pass did, a line each, without secrets; filled in by DB.Run alone
}

// A Delivery is a webhook as the forge numbers it.
type Delivery struct {
	ID       string
	Event    string
	Received time.Time
	Done     bool // its job is done: another one of the same ID is a replay
}

// A Session is somebody who is signed in. The token of the forge is not kept.
type Session struct {
	ID      string // a hash of what the browser holds
	Login   string
	Expires time.Time
	Checked time.Time        // when the forge was asked what may be read
	May     map[int64]Access // forge's repository number to what the person may do
}

// Access is what a person may do in a repository.
type Access int

// The kinds of access.
const (
	Read  Access = 1
	Write Access = 2 // may tick boxes and ask for passes
)

// A Viewer is whose eyes a query looks through: rows of other repositories do
// not exist for it. The zero Viewer sees nothing.
type Viewer struct {
	All     bool   // an operator, or --insecure-no-login
	Session string // sees what the session may see
}

// A Day is the state of a repository, or of all that a viewer sees, at the end of a day.
type Day struct {
	Day time.Time // midnight UTC
	Totals
	Repositories int
}

// A Filter selects repositories for a list.
type Filter struct {
	Text  string // in the name, in any case
	State State  // "" for all
	Sort  string // name, updates, held, failed, security, libyears, looked; "" is name. A leading - turns it round
	Limit int    // 0 means 50
	After int    // skip so many

	Unhealthy bool // only those that are broken or refused, or in which something could not be looked up
}

// An Entry is a cached answer of a registry or index.
type Entry struct {
	Key   string
	Host  string
	URL   string // without secrets
	Data  []byte // as package fetch wrote it
	Heard time.Time
}
