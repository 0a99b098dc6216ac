// Package message words what people read on a forge: titles, bodies, commit
// messages, comments and the dashboard. It renders the texts of package
// templates, or an operator's own.
//
// It escapes everything that comes from outside, and decides nothing.
package message

import (
	"time"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Pull is what a pull request and its commit are to say.
type Pull struct {
	Repo      string   // "acme/shop"
	Group     string   // what is updated: "dockerfile", "first-digests", "gomod"
	Base      string   // the base branch, where it is not the default one; else ""
	Style     string   // of the commit message: "plain" or "conventional"
	Prefix    string   // before titles, instead of that of the style: "deps", "chore(deps)"; "" for none
	Updates   []Update // never empty
	Held      []Held   // newer versions that are not proposed, in the same group
	Tidied    []string // what a tool put in order besides: "go.mod: go.sum (+a v1.0.0)"
	Files     []string // every file that changes, sorted
	Unchecked bool     // checks do not start for pull requests of this author; say so, and the two ways out
	Touched   bool     // another author has committed to the branch, so it is left alone from now on
	Automerge bool     // it is merged by itself when its checks pass
	Schedule  string   // when new ones are opened, as cron has it; "" for whenever it runs
	Limit     int      // how many pull requests may be open; 0 where that is not said
	Note      string   // a sentence to show at the top; "" for none
	State     string   // what Freshpin must find again in the body; hidden from people
}

// An Update is one row of a pull request.
type Update struct {
	ID        string // of the item
	Ecosystem string
	Name      string // as written in the file
	Package   string // canonical
	Called    string // what people call it in a sentence: "the Go toolchain"; "" means Name
	Short     string // the same as short as it can be: "x/net"; "" means the last element of Name
	Noun      string // what one of its kind is called: "Docker image"; "" means "dependency"
	Plural    string
	File      string
	Line      int    // counted from 1
	From, To  string // versions, or tags
	OldDigest string // "sha256:…", or a commit; "" for none
	NewDigest string
	Band      string // "digest", "patch", "minor", "major"
	Release   string // the line it stays on: "3.6"
	Built     time.Time
	Links     ecosystems.Links
	Notes     []string
	Security  bool   // it mends what advisories say is wrong with From
	LineMove  bool   // it leaves a release line that gets no fixes any more
	Exceeds   bool   // it goes beyond what the settings allow, because it mends
	Dragged   bool   // not asked for, but moved by a tool along with another
	Minor     string // the newest on the same MAJOR, where newer than To; else ""
	Latest    string // the newest of all, where newer than To; else ""

	Advisories []Advisory // that affect From, the worst first

	Image        *Image    // what is new in an image; nil where nothing is known of it
	Releases     []Release // from From to To, the newest first
	MoreReleases int       // how many are left out of Releases
	ReleasesURL  string    // where all are read; "" where nobody knows
}

// An Image is what is new in an image.
type Image struct {
	Summary string // one line: "3 packages changed, 1 added", or why that is not known
	From    string // what Changed, Added and Removed were read from: "SPDX"; "" where they are not known

	Old, New                Side
	MorePlatforms           []string // that New has and Old has not
	FewerPlatforms          []string
	Builder                 string // who built it, as it says itself; "" where it does not
	Source, Revision        string // what it says it was built from
	Changed, Added, Removed []Change
	Fixes, Brings           []Advisory
	Unadvised               bool // nobody could be asked for vulnerabilities
}

// A Side is an image.
type Side struct {
	Created           time.Time // zero where it does not tell
	Size              int64     // bytes that are transferred; 0 where nobody knows
	Version, Revision string    // as its publisher labels it
	Base              string    // the image that it was built on
}

// A Change is a package that differs.
type Change struct{ Name, Old, New string }

// A Release is what a publisher says of a version.
type Release struct {
	Tag, Title, URL string
	Published       time.Time
	Body            string // Markdown, from outside
}

// An Advisory says what is wrong with a version.
type Advisory struct {
	ID       string
	Aliases  []string // its other names
	Severity string   // CRITICAL, HIGH, MEDIUM, LOW; "" where nobody tells
	Summary  string   // from outside
	URL      string
	Fixed    string // the first version without it; "" for none
	Remains  bool   // in To as well
	Package  string // that has it, inside of an image; else ""
	Imported string // where the project imports what is vulnerable; "" where that is not known
	Unused   bool   // the project imports nothing of it
}

// A Held is a newer version that is not proposed.
type Held struct {
	Base      string // the base branch, where that has to be said; else ""
	ID        string
	Name      string
	File      string
	Line      int
	Current   string
	Available string // the newest version there is
	Code      string // of the reason
	Reason    string
}

// A Dashboard is the dashboard of a repository: every pin is in exactly one list.
type Dashboard struct {
	Repo       string
	Now        time.Time    // of this run
	Alarms     []Held       // what is published may not be what its publisher meant it to be; it stands first, without boxes
	Unread     []Unread     // base branches about which nothing is known
	Vulnerable []Vulnerable // known to be so, the worst first; each is in another list too
	Proposed   []Proposed
	Detected   []Detected // every file and what it pins
	Held       []Held     // with a box to tick that proposes it anyway
	Ticked     []string   // IDs of held updates whose box was ticked
	Skipped    []Held
	Failed     []Held
	Current    int      // how many pins are current
	Ignored    []string // names told to ignore by a comment
	Problem    string   // what stops everything, such as a broken .freshpin.yaml; "" for nothing

	Checklist           []Finding // by level; without what is for information
	Must, Should, Could int
}

// A Finding is something that the checklist found.
type Finding struct {
	Base        string // the base branch, where that has to be said; else ""
	Rule, Level string
	Where       string // "compose.yaml:7"
	Text        string // what is wrong
	Fix         string // what is done about it; "" in the dashboard
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
	Box     string // the ID of the box that opens it in spite of schedule and limit; "" for none
}

// A Vulnerable is a pin whose version is known to be vulnerable.
type Vulnerable struct {
	Base       string // the base branch, where that has to be said; else ""
	Name, File string
	Line       int
	Current    string
	Advisories []Advisory
	What       string // what is done about it: "fixed by #12", "nothing fixes it yet"
}

// A Detected is a file and what it pins.
type Detected struct {
	Base string // the base branch, where that has to be said; else ""
	File string
	Pins []string // "python 3.6.1"
}
