package forge

import (
	"context"
	"time"
)

// An Installations is a forge that lists the installations of our App. With a person's
// token there is one installation with ID 0, for everything that the token may read.
type Installations interface {
	// Installations returns the accounts that have installed the App, sorted by name.
	Installations(ctx context.Context) ([]Installation, error)
	// Granted returns the repositories of an installation, sorted by name, including archived ones and forks.
	Granted(ctx context.Context, installation int64) ([]Repository, error)
}

// An Installation is an account that has installed the App.
type Installation struct {
	ID        int64
	Account   string // login of the owner
	Suspended bool
}

// A Repository is an entry of a list of repositories.
type Repository struct {
	Name     string // "owner/name"
	ID       int64  // the forge's id, which stays the same after renaming
	Branch   string // default branch; "" without commits
	URL      string // for people
	Private  bool
	Archived bool
	Disabled bool
	Fork     bool
	Topics   []string
}

// A Reopener is a forge that reopens a known repository with one request.
type Reopener interface {
	// Revisit opens a repository whose Repo, Branch, URL, AutoMerge, CanWrite and
	// Issues are known. It lists the files only if the tree is new. If the name or
	// branch no longer exists, it behaves like Open.
	Revisit(ctx context.Context, was Checkout) (*Checkout, error)
}

// A PullRequestGetter is a forge that returns any single pull request.
type PullRequestGetter interface {
	// PullRequest returns a pull request in any state, or ErrNotFound.
	PullRequest(ctx context.Context, repo string, number int) (PullRequest, error)
}

// A SignIn lets users sign in with their account on the forge.
type SignIn interface {
	// Address returns the URL to redirect the browser to. The forge redirects it to back, with the state and a code.
	Address(state, back string) string
	// Enter exchanges a code for the user and the user's repositories. It does not keep the token.
	Enter(ctx context.Context, code, back string) (Person, error)
}

// A Person is a user who has signed in.
type Person struct {
	Login string
	Read  []int64 // ids of readable repositories with our App
	Write []int64 // ids of those that are also writable
}

// A Deferred is the error of a write that may succeed later: it was stopped by an
// operator's limit or a stop switch.
type Deferred struct {
	Until time.Time // zero if unknown
	Why   string    // one sentence
}

// Error returns the sentence.
func (l *Deferred) Error() string { return l.Why }
