// Package forge defines the interfaces and types for forges: hosts of repositories
// with pull requests.
//
// Package forge/github implements them. Package lifecycle decides about pull requests.
package forge

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
)

// Prefix is the prefix of all our branches.
const Prefix = "freshpin/"

// OtherBot returns the bot that a branch belongs to by its default prefix, "renovate"
// or "dependabot"; "" for any other branch.
func OtherBot(branch string) string {
	for _, bot := range []string{"renovate", "dependabot"} {
		if strings.HasPrefix(branch, bot+"/") {
			return bot
		}
	}
	return ""
}

// A Forge hosts repositories with pull requests. Every method is idempotent, so that
// callers can repeat it after an error or a crash. Errors name the operation and the
// repository.
type Forge interface {
	// Open opens the newest commit of the default branch.
	Open(ctx context.Context, repo string) (*Checkout, error)

	// PullRequests returns the open pull requests on branches with Prefix, and those
	// with the known numbers in any state. If known is nil, it also returns the closed
	// ones. The result may include open pull requests of other bots (OtherBot).
	PullRequests(ctx context.Context, repo string, known []int) ([]PullRequest, error)

	// Publish commits the change on its branch and opens the pull request, or updates
	// the open one. If the branch has a commit that is not ours, it changes nothing and
	// returns ErrTouched.
	Publish(ctx context.Context, repo string, c Change) (PullRequest, error)

	// Close closes a pull request without merging it, comments with the reason, and deletes its branch.
	Close(ctx context.Context, repo string, pr PullRequest, why string) error
}

// Errors for errors.Is.
var (
	ErrTouched  = errors.New("another author has committed to the branch")
	ErrConflict = errors.New("another run was faster") // Remember: the recalled version is no longer the newest
	ErrNotFound = errors.New("not found")
)

// A Denied is the error for a repository that cannot be updated, with one sentence for people.
type Denied struct {
	Repo   string
	Code   string // one of the codes of this package: Archived
	Reason string // "acme/shop is archived, so nothing can be proposed"
}

// Error returns the sentence.
func (r *Denied) Error() string { return r.Reason }

// A Checkout is a repository at its newest commit. Its JSON form has everything but
// the files.
type Checkout struct {
	Repo      string // "owner/name"
	Branch    string // default branch
	Commit    string // newest commit of Branch
	Tree      string // tree of Commit
	URL       string // for people
	AutoMerge bool   // the forge may merge pull requests automatically when their checks pass
	CanWrite  bool   // branches and pull requests can be created; a read-only repository can still be scanned
	Issues    bool   // issues can be opened

	// FS is the tree; files are read on demand. Files has its entries without
	// reading files. Fetch reads many files together in advance.
	FS    fs.FS                                           `json:"-"`
	Files map[string]Entry                                `json:"-"`
	Fetch func(ctx context.Context, paths []string) error `json:"-"`
	// Unpack writes the whole tree into an empty folder, for tools that need files.
	Unpack func(ctx context.Context, dir string) error `json:"-"`
}

// An Entry is a file of a tree.
type Entry struct {
	Hash string // git's blob id
	Mode string // git's: "100644", "100755", "120000"
	Size int64  // in bytes
}

// States of a pull request.
const (
	Open   = "open"
	Closed = "closed" // without a merge
	Merged = "merged"
)

// A PullRequest is a pull request on a forge.
type PullRequest struct {
	Number int
	URL    string // for people
	Branch string
	Head   string // newest commit of the branch, "" if it is deleted
	Base   string // branch to merge into
	State  string
	Title  string
	Body   string
	Closed time.Time
	Labels []string

	Unchecked bool // checks do not start for it, because of who opened it
}

// ClosedMark is in the body of every pull request that was closed by us and not by a person.
const ClosedMark = "<!-- freshpin:closed -->"

// A Change is the wanted state of a pull request.
type Change struct {
	Branch  string // has Prefix
	Base    string // branch to merge into
	Parent  string // commit that the change is built on
	Tree    string // tree of Parent
	Files   []ecosystems.FileChange
	Entries map[string]Entry // of Parent, to keep modes

	Message string // of the commit
	Title   string
	// Body returns the text of the pull request, given the new commit of the branch.
	Body func(head string) string

	// Fingerprint is the same for equal changes. It is in a trailer of the commit
	// message (see Trailer), so that a commit without a pull request, which an
	// interrupted run has left, is recognised and used.
	Fingerprint string

	Number    int    // open pull request to update; 0 to open one
	Was       string // last known commit of its branch; "" for a new one
	Force     bool   // overwrite commits of others
	Keep      bool   // keep the branch and update only title, body and labels
	Draft     bool
	Labels    []string
	Reviewers []string // logins, or "org/team"
	Assignees []string // logins
	Automerge bool
}

// Trailer is the key of the fingerprint in a commit message: "Freshpin-Fingerprint: 1a2b".
const Trailer = "Freshpin-Fingerprint"

// A Memory is a forge that can store a small hidden document in a repository.
type Memory interface {
	// Recall returns the document and its version; nil and "" if there is none.
	Recall(ctx context.Context, repo string) (data []byte, version string, err error)
	// Remember replaces the document. It returns ErrConflict if version is not the newest.
	Remember(ctx context.Context, repo string, data []byte, version string) error
}

// A Comment is a comment on a pull request or an issue.
type Comment struct {
	ID     int64
	Number int // of the pull request or issue
	Author string
	Body   string
	At     time.Time // of its last change
}

// A Commenter is a forge with comments.
type Commenter interface {
	// Comments returns the comments of the whole repository that were written or changed since a time, oldest first.
	Comments(ctx context.Context, repo string, since time.Time) ([]Comment, error)
	// MayWrite reports whether a user may push to the repository.
	MayWrite(ctx context.Context, repo, user string) (bool, error)
	// Say writes a comment. It does nothing if there already is a comment with mark, a hidden word.
	Say(ctx context.Context, repo string, number int, mark, text string) error
}

// An Issue is an issue that we opened to show the state of a repository.
type Issue struct {
	Number int
	Open   bool
	Title  string
	Body   string
	URL    string
}

// An IssueTracker is a forge with issues.
type IssueTracker interface {
	// Issue returns the issue with a number, or, for number 0, our issue whose body
	// contains the mark; ErrNotFound if there is none.
	Issue(ctx context.Context, repo string, number int, mark string) (Issue, error)
	// Put changes an issue. For Number 0 it looks for one with the mark, and opens one if there is none.
	Put(ctx context.Context, repo string, i Issue, mark string) (Issue, error)
}

// A Lister is a forge that lists the repositories of an owner.
type Lister interface {
	// Repositories returns the repositories of an owner that are not archived, as "owner/name", sorted.
	Repositories(ctx context.Context, owner string) ([]string, error)
}

// A CommitLog is a forge that returns commit messages.
type CommitLog interface {
	// Subjects returns the first lines of the newest commit messages of the default branch.
	Subjects(ctx context.Context, repo string) ([]string, error)
}

// A Locker is a forge on which some files need a separate permission.
type Locker interface {
	// Locked returns the files that this login may not change, and a sentence with the
	// reason and a remedy. It omits files for which only an attempt can tell.
	Locked(ctx context.Context, repo string, files []string) (locked []string, why string, err error)
	// Guards reports whether a file needs such a permission.
	Guards(file string) bool
}

// A Brancher is a forge that opens branches other than the default one.
type Brancher interface {
	// Branches returns the branches with a prefix, sorted by name, without their trees.
	// It sends one request.
	Branches(ctx context.Context, repo, prefix string) ([]Branch, error)
	// OpenBranch opens a branch of an open repository. It sends at most one request if
	// the files of the tree are known, and none if commit and tree are given. It
	// returns ErrNotFound if the branch does not exist.
	OpenBranch(ctx context.Context, of *Checkout, b Branch) (*Checkout, error)
}

// A Branch is a branch with its commit and tree, as far as they are known.
type Branch struct {
	Name   string
	Commit string // "" if unknown
	Tree   string // of Commit; "" if unknown
}

// A RequestCounter is a forge that counts its requests.
type RequestCounter interface {
	// Requests returns the number of reads and writes for a repository, without cached answers.
	Requests(repo string) (reads, writes int)
}
