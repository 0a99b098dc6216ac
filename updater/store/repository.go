package store

import "time"

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

	// A pass is requested if Wanted > Begun; see passes.Store.Want.
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

// Plus returns t + u.
func (t Totals) Plus(u Totals) Totals {
	t.Pins += u.Pins
	t.Current += u.Current
	t.Updates += u.Updates
	t.Held += u.Held
	t.Skipped += u.Skipped
	t.Failed += u.Failed
	t.Security += u.Security
	t.Libyears += u.Libyears
	return t
}

// Minus returns t - u.
func (t Totals) Minus(u Totals) Totals {
	return t.Plus(Totals{-u.Pins, -u.Current, -u.Updates, -u.Held, -u.Skipped, -u.Failed, -u.Security, -u.Libyears})
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
