package store

import (
	"time"

	"github.com/freshpin/freshpin/updater/record"
)

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

// An Affected is an advisory that affects a package in a repository.
type Affected struct {
	Repository int64
	Repo       string // set by queries
	Ecosystem  string
	Package    string
	Advisory   string
	Severity   string
	Fixed      string   // first fixed version; "" for none
	Versions   []string // in use, at most 5
	Pins       int
	Pull       int       // open pull request that updates one of the pins; 0 for none
	PullURL    string    // set by queries
	Since      time.Time // time of the pass that found it first

	// Dismissed is the current dismissal; zero if there is none or it has expired.
	Dismissed Dismissal
}

// A Dismissal is a user's decision to ignore an advisory until a time.
type Dismissal struct {
	Reason string
	By     string
	At     time.Time
	Until  time.Time
}

// Any reports whether there is a dismissal.
func (d Dismissal) Any() bool { return !d.Until.IsZero() }

// A PackageUse counts the uses of a package.
type PackageUse struct {
	Ecosystem, Package string
	Pins, Repositories int
	Versions           int // number of different versions in use
	Updates, Held      int
}

// A Count is the number of pins or pull requests with these values.
type Count struct {
	Value, Of string
	N         int
}

// A Finding is a finding of the checklist in a repository.
type Finding struct {
	Repo        string // name of the repository; set by queries
	ID          string // identity
	Rule, Level string // Level is "must", "should" or "could"
	Information bool   // for information only, not counted
	File        string
	Line        int
	Stage       string // stage or service; "" for the file
	Text        string
}

// A Checklist counts findings, without informational ones.
type Checklist struct{ Must, Should, Could int }
