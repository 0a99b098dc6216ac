package plan

import "time"

// An Advisory affects the version in use.
type Advisory struct {
	ID        string   // in the ecosystem's own database, if that has it
	Aliases   []string // its other names, sorted
	Severity  string   // CRITICAL, HIGH, MEDIUM, LOW; "" where unknown
	Score     float64  // CVSS, 0 to 10; 0 where unknown
	Summary   string   // one line, from outside; "" for none
	URL       string
	Published time.Time

	FixedSafe  string // the first version without it on the same line; "" for none
	FixedMinor string // on the same MAJOR
	Fixed      string // of all; if none fits this pin, one of another track or package
	Remains    bool   // Target has it too

	Imports  []string // the vulnerable packages of a Go module, sorted; empty if unknown
	Looked   bool     // the code beside the manifest was searched for imports of them
	Imported string   // the first such import: "cmd/shop/main.go:7"; "" if there is none
}

// AdvisoryLookup says which source of advisories a plan used.
type AdvisoryLookup struct {
	Source   string // an address or a folder; "" if advisories were not looked up
	Versions int    // how many versions of packages were looked up
	Err      error  // why no advisories are known; nil if the lookup succeeded
}
