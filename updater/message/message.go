// Package message renders the texts on a forge: titles, bodies, commit messages,
// comments and the dashboard, with the templates of package templates or the
// operator's own.
//
// It escapes everything that comes from outside, and decides nothing.
package message

import (
	"time"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Pull is the content of a pull request and its commit.
type Pull struct {
	Repo      string   // "acme/shop"
	Group     string   // what is updated: "dockerfile", "first-digests", "gomod"
	Base      string   // the base branch, where it is not the default one; else ""
	Style     string   // of the commit message: "plain" or "conventional"
	Prefix    string   // the prefix of titles, instead of the style's: "deps", "chore(deps)"; "" for none
	Updates   []Update // never empty
	Held      []Held   // newer versions in the same group that are not proposed
	Tidied    []string // what a tool tidied besides: "go.mod: go.sum (+a v1.0.0)"
	Files     []string // all changed files, sorted
	Unchecked bool     // GitHub starts no checks for pull requests of this author; the body says so, and names the solutions
	Touched   bool     // the branch has commits of others, so Freshpin no longer changes it
	Automerge bool     // it is merged automatically when its checks pass
	Schedule  string   // when new ones are opened, in cron format; "" for every run
	Limit     int      // how many pull requests may be open; 0 for no limit
	Note      string   // a sentence for the top; "" for none
	State     string   // state to embed in the body, hidden from readers
}

// An Update is one row of a pull request.
type Update struct {
	ID        string // the item's ID
	Ecosystem string
	Name      string // as written in the file
	Package   string // canonical
	Called    string // its name in a sentence: "the Go toolchain"; "" means Name
	Short     string // its shortest name: "x/net"; "" means the last element of Name
	Noun      string // the kind in words: "Docker image"; "" means "dependency"
	Plural    string
	File      string
	Line      int    // counted from 1
	From, To  string // versions, or tags
	OldDigest string // "sha256:…", or a commit; "" for none
	NewDigest string
	Band      string // "digest", "patch", "minor", "major"
	Release   string // its release line: "3.6"
	Built     time.Time
	Links     ecosystems.Links
	Notes     []string
	Security  bool   // it mends what advisories say is wrong with From
	LineMove  bool   // it leaves a release line that gets no fixes any more
	Exceeds   bool   // it goes beyond what the settings allow, because it mends
	Dragged   bool   // not asked for, but moved by a tool along with another
	Minor     string // the newest on the same MAJOR, where newer than To; else ""
	Latest    string // the newest of all, where newer than To; else ""

	Advisories []Advisory // those that affect From, most severe first

	Image        *Image    // what changed in the image; nil if unknown
	Releases     []Release // releases after From up to To, newest first
	MoreReleases int       // how many are missing from Releases
	ReleasesURL  string    // the page with all releases; "" if unknown
}

// An Image describes the changes in an image.
type Image struct {
	Summary string // one line: "3 packages changed, 1 added", or why it is unknown
	From    string // the source of Changed, Added and Removed: "SPDX"; "" if they are unknown

	Old, New                Side
	MorePlatforms           []string // platforms that only New has
	FewerPlatforms          []string
	Builder                 string // its builder, by its own account; "" if unknown
	Source, Revision        string // what it was built from, by its own account
	Changed, Added, Removed []PackageChange
	Fixes, Brings           []Advisory
	Unadvised               bool // the vulnerability lookup failed
}

// A Side is one of two compared images.
type Side struct {
	Created           time.Time // zero if unknown
	Size              int64     // compressed size in bytes; 0 if unknown
	Version, Revision string    // from the publisher's labels
	Base              string    // its base image
}

// A PackageChange is a package that differs between two images.
type PackageChange struct{ Name, Old, New string }

// A Release is a publisher's release notes for a version.
type Release struct {
	Tag, Title, URL string
	Published       time.Time
	Body            string // Markdown, from outside
}

// An Advisory is a known vulnerability of a version.
type Advisory struct {
	ID       string
	Aliases  []string // other IDs
	Severity string   // CRITICAL, HIGH, MEDIUM, LOW; "" if unknown
	Summary  string   // from outside
	URL      string
	Fixed    string // the first fixed version; "" for none
	Remains  bool   // To is affected too
	Package  string // the affected package inside an image; otherwise ""
	Imported string // where the project imports the vulnerable code; "" if unknown
	Unused   bool   // the project does not import the vulnerable code
}

// A Held is a newer version that is not proposed.
type Held struct {
	Base      string // the base branch, where that has to be said; else ""
	ID        string
	Name      string
	File      string
	Line      int
	Current   string
	Available string // the newest existing version
	Code      string // the reason code
	Reason    string
}

// A Dashboard is the dashboard of a repository: every pin is in exactly one list, except as noted.
type Dashboard struct {
	Repo       string
	Now        time.Time    // of this run
	Alarms     []Held       // what is published may not be what its publisher meant it to be; it stands first, without boxes
	Unread     []Unread     // base branches about which nothing is known
	Vulnerable []Vulnerable // known to be so, the worst first; each is in another list too
	Proposed   []Proposed
	Detected   []Detected // every file and its pins
	Held       []Held     // each with a checkbox that proposes it anyway
	Ticked     []string   // IDs of held updates whose checkbox is ticked
	Skipped    []Held
	Failed     []Held
	Current    int      // how many pins are current
	Ignored    []string // names ignored by a comment
	Problem    string   // a problem that stops all work, such as a broken .freshpin.yaml; "" for none

	Checklist           []Finding // by level, without information findings
	Must, Should, Could int
}

// A Finding is a checklist finding.
type Finding struct {
	Base        string // the base branch, where that has to be said; else ""
	Rule, Level string
	Where       string // "compose.yaml:7"
	Text        string // the problem
	Fix         string // its fix; "" in the dashboard
}

// An Unread is a base branch that could not be read.
type Unread struct{ Base, Why string }

// A Proposed is a group that has a pull request, or waits for one.
type Proposed struct {
	Base    string // the base branch, where that has to be said; else ""
	Group   string
	Number  int // of the pull request; 0 while it waits
	Title   string
	Why     string // why it waits: "3 pull requests are open, the limit is 3"; "" if it does not
	Updates int
	Box     string // ID of the checkbox that opens it despite schedule and limit; "" for none
}

// A Vulnerable is a pin with a known vulnerability.
type Vulnerable struct {
	Base       string // the base branch, where that has to be said; else ""
	Name, File string
	Line       int
	Current    string
	Advisories []Advisory
	What       string // what is done about it: "fixed by #12", "no fix yet"
}

// A Detected is a file and its pins.
type Detected struct {
	Base string // the base branch, where that has to be said; else ""
	File string
	Pins []string // "python 3.6.1"
}
