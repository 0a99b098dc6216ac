// Package forge holds the words for a place that keeps repositories and takes
// pull requests, and the interface that each such place implements.
//
// It speaks to no server: forge/github does. It decides nothing
// about pull requests: package lifecycle does.
package forge

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
)

// Prefix begins the name of every branch that is ours.
const Prefix = "freshpin/"

// OtherBot returns whose branch it is by its name, as "renovate" or "dependabot"; ""
// for nobody's. Those are the prefixes that both give their branches.
func OtherBot(branch string) string {
	for _, bot := range []string{"renovate", "dependabot"} {
		if strings.HasPrefix(branch, bot+"/") {
			return bot
		}
	}
	return ""
}

// A Forge keeps repositories and takes pull requests. Every method may be
// repeated after an error or a crash: nothing is done twice. Errors name what
// was attempted and on which repository.
type Forge interface {
	// Open looks at the newest commit of the default branch.
	Open(ctx context.Context, repo string) (*Checkout, error)

	// PullRequests returns the open pull requests on branches that begin with
	// Prefix, and those of the given numbers in whatever state they are. Where
	// known is nil nothing is remembered, and the closed ones are returned too.
	// Open pull requests of other bots (OtherBot) may be among them.
	PullRequests(ctx context.Context, repo string, known []int) ([]PullRequest, error)

	// Publish commits the change on its branch and opens the pull request, or
	// brings the one that is open up to date. It returns ErrTouched, and changes
	// nothing, where the branch holds a commit that is not ours.
	Publish(ctx context.Context, repo string, c Change) (PullRequest, error)

	// Close closes a pull request without merging, says why, and deletes its branch.
	Close(ctx context.Context, repo string, pr PullRequest, why string) error
}

// The errors that callers ask for with errors.Is.
var (
	ErrTouched  = errors.New("another author has committed to the branch")
	ErrConflict = errors.New("another run was faster") // Remember: what was recalled is not the newest any more
	ErrNotFound = errors.New("not found")
)

// A Denied is why nothing can be done in a repository: one clear sentence for people.
type Denied struct {
	Repo   string
	Code   string // one of the codes of this package: Archived
	Reason string // "acme/shop is archived, so nothing can be proposed"
}

// Error returns the sentence.
func (r *Denied) Error() string { return r.Reason }

// A Checkout is a repository at its newest commit. As JSON it is what may be
// kept of it: all but the files.
type Checkout struct {
	Repo      string // "owner/name"
	Branch    string // the default branch
	Commit    string // its newest commit
	Tree      string // the tree of that commit
	URL       string // for people
	AutoMerge bool   // pull requests may be merged automatically when their checks pass
	CanWrite  bool   // branches and pull requests may be made; what is read only can still be scanned
	Issues    bool   // issues may be opened

	// FS is the tree, read as it is asked for. Files returns what is in it
	// without reading anything. Fetch reads many files at once, ahead of time.
	FS    fs.FS                                           `json:"-"`
	Files map[string]Entry                                `json:"-"`
	Fetch func(ctx context.Context, paths []string) error `json:"-"`
	// Unpack writes the whole tree into an empty folder, for tools that need one.
	Unpack func(ctx context.Context, dir string) error `json:"-"`
}

// An Entry is a file of a tree.
type Entry struct {
	Hash string // of the content: git's blob name
	Mode string // git's: "100644", "100755", "120000"
	Size int64  // in bytes
}

// The states of a pull request.
const (
	Open   = "open"
	Closed = "closed" // and not merged
	Merged = "merged"
)

// A PullRequest is one that we opened.
type PullRequest struct {
	Number int
	URL    string // for people
	Branch string
	Head   string // the newest commit of the branch, "" if it is gone
	Base   string // the branch that it is to be merged into
	State  string
	Title  string
	Body   string
	Author string // login: "github-actions[bot]"
	Closed time.Time
	Labels []string
}

// ClosedMark stands in the body of a pull request that we closed, not a person.
const ClosedMark = "<!-- freshpin:closed -->"

// A Change is what a pull request is to be.
type Change struct {
	Branch  string // begins with Prefix
	Base    string // the branch that it is to be merged into
	Parent  string // the commit that it is built on
	Tree    string // the tree of Parent
	Files   []ecosystems.FileChange
	Entries map[string]Entry // of Parent, so that modes stay

	Message string // of the commit
	Title   string
	// Body returns the text of the pull request, given the commit that the
	// branch then stands on.
	Body func(head string) string

	// Fingerprint tells equal changes; it stands in a trailer of the commit's
	// message (see Trailer), so that a commit whose pull request was never
	// opened is recognised and used again.
	Fingerprint string

	Number    int    // the open pull request that is brought up to date; 0 to open one
	Was       string // the commit that its branch is known to stand on; "" for a new one
	Force     bool   // also over commits of others
	Keep      bool   // the branch is right as it is: only title, body and labels may change
	Draft     bool
	Labels    []string
	Reviewers []string // logins, or "org/team"
	Assignees []string // logins
	Automerge bool
}

// Trailer is the key of the fingerprint in a commit's message: "Freshpin-Fingerprint: 1a2b".
const Trailer = "Freshpin-Fingerprint"

// A Memory is a forge that keeps a small document for us in a repository, out
// of sight.
type Memory interface {
	// Recall returns the document and a version of it; nil and "" if there is none.
	Recall(ctx context.Context, repo string) (data []byte, version string, err error)
	// Remember replaces the document. It returns ErrConflict where version is not the newest.
	Remember(ctx context.Context, repo string, data []byte, version string) error
}

// A Comment is what somebody wrote below a pull request or an issue.
type Comment struct {
	ID     int64
	Number int // of the pull request or issue
	Author string
	Body   string
	At     time.Time // of its last change
}

// A Commenter is a forge on which people comment.
type Commenter interface {
	// Comments returns the comments of the whole repository that were written or changed since then, oldest first.
	Comments(ctx context.Context, repo string, since time.Time) ([]Comment, error)
	// MayWrite reports whether somebody may push to the repository.
	MayWrite(ctx context.Context, repo, user string) (bool, error)
	// Say comments. The mark, a hidden word in the comment, tells whether it was said before.
	Say(ctx context.Context, repo string, number int, mark, text string) error
}

// An Issue is one that we opened to show the state of a repository.
type Issue struct {
	Number int
	Open   bool
	Title  string
	Body   string
	URL    string
}

// An IssueTracker is a forge with issues.
type IssueTracker interface {
	// Issue returns the issue of that number, or with number 0 the one of ours
	// whose body holds the mark; ErrNotFound if there is none.
	Issue(ctx context.Context, repo string, number int, mark string) (Issue, error)
	// Put opens the issue (Number 0, after looking for one that holds the mark) or changes the one there is.
	Put(ctx context.Context, repo string, i Issue, mark string) (Issue, error)
}

// A Lister is a forge that knows which repositories an owner has.
type Lister interface {
	// Repositories returns "owner/name" of those that are not archived, in order.
	Repositories(ctx context.Context, owner string) ([]string, error)
}

// A CommitLog is a forge that tells how commits were worded.
type CommitLog interface {
	// Subjects returns the first lines of the newest commits of the default branch.
	Subjects(ctx context.Context, repo string) ([]string, error)
}

// A Locker is a forge on which some files take a permission of their own.
type Locker interface {
	// Locked returns those of the files that this login may not change, and a
	// sentence that says why and what would help. What cannot be told before it
	// is tried is not among them.
	Locked(ctx context.Context, repo string, files []string) (locked []string, why string, err error)
	// Guards reports whether a file takes such a permission.
	Guards(file string) bool
}

// A Brancher is a forge that opens other branches than the default one.
type Brancher interface {
	// Branches returns the branches whose names begin with a prefix, in order of
	// their names, without their trees: one request.
	Branches(ctx context.Context, repo, prefix string) ([]Branch, error)
	// OpenBranch opens a branch of a repository that is open. It sends at most one
	// request where the files of the tree are known, and none where commit and
	// tree are given; it returns ErrNotFound where there is no such branch.
	OpenBranch(ctx context.Context, of *Checkout, b Branch) (*Checkout, error)
}

// A Branch is a branch and where it stands, as far as that is known.
type Branch struct {
	Name   string
	Commit string // "" where it is not known
	Tree   string // of Commit; "" where it is not known
}

// A RequestCounter is a forge that counts what it asked of the server.
type RequestCounter interface {
	// Requests returns how many reads and writes were sent for a repository; cached answers do not count.
	Requests(repo string) (reads, writes int)
}
