package plan

import "time"

// An Advisory affects the version in use.
type Advisory struct {
	ID        string   // of the ecosystem's own database, where that tells of it
	Aliases   []string // its other names, sorted
	Severity  string   // CRITICAL, HIGH, MEDIUM, LOW; "" where unknown
	Score     float64  // CVSS, 0 to 10; 0 where unknown
	Summary   string   // one line, from outside; "" for none
	URL       string
	Published time.Time

	FixedSafe  string // the first version without it on the same line; "" for none
	FixedMinor string // on the same MAJOR
	Fixed      string // of all; one that is not to be had for this pin where no other is known
	Remains    bool   // Target has it too

	Imports  []string // the vulnerable packages of a Go module, sorted; none where unknown
	Looked   bool     // whether the code beside the manifest imports one of them was looked at
	Imported string   // where it does: "cmd/shop/main.go:7"; "" where it does not
}

// Advised says whose advisories a plan knows.
type Advised struct {
	Source   string // an address, or a folder; "" where nobody was asked
	Versions int    // how many versions of packages were asked about
	Err      error  // why nothing is known of any; nil where it is
}
