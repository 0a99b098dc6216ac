package advisory

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Record is one advisory, with the fields of the OSV schema that are used.
//
// See https://ossf.github.io/osv-schema/. Parse ignores all other fields, because
// the schema grows.
type Record struct {
	ID        string     `json:"id"`
	Modified  time.Time  `json:"modified"`
	Published time.Time  `json:"published"`
	Withdrawn *time.Time `json:"withdrawn"` // from this time on the advisory is void; nil if it is valid
	Aliases   []string   `json:"aliases"`
	Summary   string     `json:"summary"`
	Details   string     `json:"details"`
	Severity  []Score    `json:"severity"`
	Affected  []Affected `json:"affected"`
	Database  struct {
		Severity any    `json:"severity"` // a word such as "HIGH", in some databases
		URL      string `json:"url"`
	} `json:"database_specific"`
}

// A Score is a severity as a vector of a scoring system.
type Score struct {
	Type  string `json:"type"`  // "CVSS_V2", "CVSS_V3", "CVSS_V4", "Ubuntu"
	Score string `json:"score"` // a vector
}

// Affected is an affected package with its affected versions.
type Affected struct {
	Package  Package  `json:"package"`
	Ranges   []Range  `json:"ranges"`
	Versions []string `json:"versions"`
	Severity []Score  `json:"severity"`
	Specific struct {
		Imports []Import `json:"imports"` // only in the Go database
	} `json:"ecosystem_specific"`
}

// A Package is a package with the name that OSV has for its ecosystem.
type Package struct {
	Ecosystem string `json:"ecosystem"` // "PyPI", "Go", "Debian:12"
	Name      string `json:"name"`
}

// A Range is a list of events in the order of versions.
type Range struct {
	Type   string  `json:"type"` // "SEMVER", "ECOSYSTEM"; "GIT" is about commits
	Events []Event `json:"events"`
}

// An Event has exactly one field that is not empty.
type Event struct {
	Introduced   string `json:"introduced"`    // affected from here on; "0" is before every version
	Fixed        string `json:"fixed"`         // not affected from here on
	LastAffected string `json:"last_affected"` // not affected after this one
	Limit        string `json:"limit"`         // the range ends before this one
}

// An Import is a vulnerable package of a Go module, with the vulnerable symbols; none means all.
type Import struct {
	Path    string   `json:"path"`
	Symbols []string `json:"symbols"`
}

// maxRecord limits one record, in bytes.
const maxRecord = 8 << 20

// Parse parses a record.
func Parse(data []byte) (*Record, error) {
	if len(data) > maxRecord {
		return nil, fmt.Errorf("an advisory of %d bytes is over the limit of %d", len(data), maxRecord)
	}
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("not an advisory in the OSV format: %w", err)
	}
	if !validID(r.ID) {
		return nil, errors.New("an advisory in the OSV format has no id")
	}
	return &r, nil
}

// validID reports whether id may be the ID of an advisory. It has only characters that are safe in an address.
func validID(id string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"
	return id != "" && len(id) < 200 && strings.Trim(id, letters) == "" && !strings.Contains(id, "..")
}

// IsWithdrawn reports whether the advisory was withdrawn before now.
func (r *Record) IsWithdrawn(now time.Time) bool {
	return r.Withdrawn != nil && !r.Withdrawn.IsZero() && !r.Withdrawn.After(now)
}
