// Package plan holds the types of a plan: items, where they were found, what was
// decided about them, and the trees that they belong to.
//
// It does no lookups and no decisions; package updater does both.
package plan

import (
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/advisory"
	"github.com/freshpin/freshpin/updater/notes"
	"github.com/freshpin/freshpin/updater/policy"
	"github.com/freshpin/freshpin/updater/provenance"
)

// A Status is the outcome for a dependency. Each dependency has exactly one.
type Status string

// The statuses.
const (
	Update  Status = "update"  // Target is proposed
	Current Status = "current" // nothing newer exists
	Held    Status = "held"    // a newer version exists; the policy or a fact forbids it
	Skipped Status = "skipped" // cannot be updated
	Failed  Status = "failed"  // could not be looked up
)

// An Item is one dependency and the decision about it.
type Item struct {
	ID         string // file + ecosystem + package + occurrence + base branch unless it is the default: stable when lines move
	Dependency ecosystems.Dependency
	File       string // as shown: relative to the path given
	Line       int    // of the pin, counted from 1
	Column     int    // in bytes, counted from 1
	Policy     policy.Policy

	Decision

	Origin Origin
}

// A Decision is the decision about one dependency. Items share answers of the
// network and never decisions.
type Decision struct {
	Current, Safe, Minor, Latest string // version texts; "" where unknown
	LatestPackage                string // the package of Latest if it is another one
	NewerBase                    string
	ReleaseLine                  string        // "3.6", or "16" if the project never patches
	Beyond                       version.Level // the level of an update from Current to Latest

	Status Status
	Band   string // "", "digest", "patch", "minor", "major"
	Target ecosystems.Target
	Edits  []Edit
	Reason ecosystems.Reason
	Host   string            // of the failed lookup; "" if none failed
	Behind ecosystems.Reason // why Target is older than Safe, or on a farther line than a fix; zero if neither. Notes has it too

	With       []ecosystems.Span // the places of other updates of the tree that this one requires
	Security   bool              // Target fixes an advisory that affects the version in use
	LineMove   bool              // Target leaves a release line that gets no more fixes
	Exceeds    bool              // Target lies beyond what the policy allows: a security fix, or a LineMove
	Advisories []Advisory        // that affect the version in use, the worst first

	Notes []ecosystems.Note

	Contents *provenance.Comparison // what is new in the image; nil if it was not compared
	Releases *notes.List            // between the two versions; nil if they were not looked up

	CurrentPublished, LatestPublished time.Time // zero where unknown
	TargetPublished                   time.Time // of the version proposed; zero where unknown
	Libyears                          float64   // years between the two; 0 where unknown

	Trace []string // every step of the decision, for "freshpin explain"

	SafeVersion version.Version     // Safe as a version
	ReadNotes   []ecosystems.Note   // the notes of the listing about the pin
	Err         error               // why the lookup failed; nil if it did not
	Findings    []*advisory.Finding // that affect the version in use
	Search      Search              // finds other targets if Target is refused; nil for none

	Taken   Option   // the option that became Target
	Options []Option // the next options that the search has returned and that are not used yet
}

// An Edit is one replacement and its position in the file.
type Edit struct {
	ecosystems.Edit
	File   string // as shown
	Line   int    // counted from 1
	Column int    // in bytes, counted from 1
}

// A Plan holds all dependencies of one or more trees and the decisions about them.
type Plan struct {
	Items       []Item // sorted by file, line, column
	Files       int    // files read
	Filtered    int    // items that Planner.Only excluded
	Unlisted    int    // indirect Go requirements that no policy wants listed
	Advised     AdvisoryLookup
	FailedHosts []HostFailure
	Requests    fetch.Stats
}

// A HostFailure is a host whose lookups failed, with the number of packages.
type HostFailure struct {
	Host     string `json:"host"`
	Code     string `json:"code"`
	Packages int    `json:"packages"`
	Error    string `json:"error"` // the first one
}
