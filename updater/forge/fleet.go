package forge

import (
	"context"
	"time"
)

// An Installations is a forge that tells where we are installed. With a person's token
// there is one installation, of ID 0: what the token may see.
type Installations interface {
	// Installations returns the accounts that installed us, in order of their names.
	Installations(ctx context.Context) ([]Installation, error)
	// Granted returns the repositories of an installation, in order of their names, archived ones and forks too.
	Granted(ctx context.Context, installation int64) ([]Repository, error)
}

// An Installation is an account that installed us.
type Installation struct {
	ID        int64
	Account   string // login of the owner
	Suspended bool
}

// A Repository is what a forge tells of one without opening it.
type Repository struct {
	Name     string // "owner/name"
	ID       int64  // the forge's own number, which survives renaming
	Branch   string // the default branch; "" without commits
	URL      string // for people
	Private  bool
	Archived bool
	Disabled bool
	Fork     bool
	Topics   []string
}

// A Reopener is a forge that looks at a known repository with one request.
type Reopener interface {
	// Revisit opens a repository of which Repo, Branch, URL, AutoMerge, CanWrite
	// and Issues are known. The files are listed only where the tree is not known
	// yet. What it cannot find under that name and branch it opens as Open does.
	Revisit(ctx context.Context, was Checkout) (*Checkout, error)
}

// A PullRequestGetter is a forge that tells of one pull request, whoever opened it.
type PullRequestGetter interface {
	// PullRequest returns it in whatever state it is; ErrNotFound.
	PullRequest(ctx context.Context, repo string, number int) (PullRequest, error)
}

// A SignIn lets people sign in with their account on the forge.
type SignIn interface {
	// Address is where the browser is sent; it comes back to back with the state and a code.
	Address(state, back string) string
	// Enter learns who came back with a code and what they may see. The token that the code is worth is not kept.
	Enter(ctx context.Context, code, back string) (Person, error)
}

// A Person is who signed in.
type Person struct {
	Login string
	Read  []int64 // repositories that they may read and in which we are installed, by the forge's number
	Write []int64 // those of them that they may write
}

// A Deferred is a write that is not made now, but may be another time: an
// operator's limit, a stop switch.
type Deferred struct {
	Until time.Time // zero where it is not known
	Why   string    // one sentence
}

// Error returns the sentence.
func (l *Deferred) Error() string { return l.Why }
