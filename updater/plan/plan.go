// Package plan holds the words of a plan: what an item is and where it was
// found, what was decided about it, and the trees that it is about.
//
// It looks nothing up and decides nothing; package updater does.
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

// A Status says what becomes of a dependency. Each has exactly one.
type Status string

// The statuses.
const (
	Update  Status = "update"  // Target is proposed
	Current Status = "current" // nothing newer exists
	Held    Status = "held"    // newer exists; policy or a fact forbids it
	Skipped Status = "skipped" // cannot be updated
	Failed  Status = "failed"  // could not be looked up
)

// An Item is one dependency and what was decided about it.
type Item struct {
	ID         string // file + ecosystem + package + occurrence, and the base branch where it is not the default one: survives moved lines
	Dependency ecosystems.Dependency
	File       string // as shown: relative to the path given
	Line       int    // of the pin, counted from 1
	Column     int    // in bytes, counted from 1
	Policy     policy.Policy

	Decision

	Origin Origin
}

// A Decision is what was decided about one dependency. Each is made for its own
// item: only answers of the network are shared between items.
type Decision struct {
	Current, Safe, Minor, Latest string // version texts; "" where unknown
	LatestPackage                string // where Latest has another name
	NewerBase                    string
	ReleaseLine                  string        // "3.6", or "16" where the project never patches
	Beyond                       version.Level // how far Latest is from Current

	Status Status
	Band   string // "", "digest", "patch", "minor", "major"
	Target ecosystems.Target
	Edits  []Edit
	Reason ecosystems.Reason
	Host   string            // that was asked where a lookup failed; "" elsewhere
	Behind ecosystems.Reason // why Target is older than Safe, or beyond a line that has a fix; zero where it is not. It is one of the Notes too

	With       []ecosystems.Span // the places of the updates of the same tree without which this one cannot be made
	Security   bool              // Target mends what an advisory says is wrong with the version in use
	LineMove   bool              // Target leaves a release line that gets no fixes any more
	Exceeds    bool              // Target lies beyond what the policy allows: a security fix, or a LineMove
	Advisories []Advisory        // that affect the version in use, the worst first

	Notes []ecosystems.Note

	Contents *provenance.Comparison // what is new in the image; nil where nobody looked
	Releases *notes.List            // between the two versions; nil where nobody looked

	CurrentPublished, LatestPublished time.Time // zero where unknown
	TargetPublished                   time.Time // of the version proposed; zero where unknown
	Libyears                          float64   // years between the two; 0 where unknown

	Trace []string // every step that led here, for people who ask "why"

	SafeVersion version.Version     // as a version
	ReadNotes   []ecosystems.Note   // what the listing says about the pin
	Err         error               // why the lookup failed; nil if it did not
	Findings    []*advisory.Finding // that affect the version in use
	Search      Search              // the way on from Target, where it cannot be made; nil for none

	Taken   Option   // what Target was made from
	Options []Option // the next ones of the search, as far as they were asked for
}

// An Edit is one replacement and where it stands in the file.
type Edit struct {
	ecosystems.Edit
	File   string // as shown
	Line   int    // counted from 1
	Column int    // in bytes, counted from 1
}

// A Plan is what was found in one or more trees and what is to be done about it.
type Plan struct {
	Items       []Item // sorted by file, line, column
	Files       int    // files read
	Filtered    int    // left out because nobody asked for them (Scan.Only)
	Unlisted    int    // indirect Go requirements, which are listed only when a policy asks for them
	Advised     Advised
	FailedHosts []HostFailure
	Requests    fetch.Stats
}

// A HostFailure is a host that did not answer, and for how many packages.
type HostFailure struct {
	Host     string `json:"host"`
	Code     string `json:"code"`
	Packages int    `json:"packages"`
	Error    string `json:"error"` // the first one
}
