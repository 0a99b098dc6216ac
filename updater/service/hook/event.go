// Package hook receives webhooks: of GitHub, and of registries that tell of
// images that were pushed. It checks who sent them, refuses what is forged,
// replayed, oversized or malformed, and turns them into events.
//
// What an event leads to is decided elsewhere; here it is only handed on.
package hook

// An Event is what a webhook tells, in our words.
type Event struct {
	Kind         Kind   `json:"kind"`
	Action       string `json:"action,omitempty"`       // as the forge calls it: created, deleted, closed, …
	Installation int64  `json:"installation,omitempty"` // 0 where none is named
	Account      string `json:"account,omitempty"`      // whose installation it is
	Actor        string `json:"actor,omitempty"`        // login of who did it
	Bot          bool   `json:"bot,omitempty"`          // the actor is no person

	Repository Repository `json:"repository,omitzero"` // the one it is about

	Added   []Repository `json:"added,omitempty"`   // to an installation
	Removed []Repository `json:"removed,omitempty"` // from it

	Number int      `json:"number,omitempty"` // of a pull request or issue
	Merged bool     `json:"merged,omitempty"` // it was closed by merging
	Fork   bool     `json:"fork,omitempty"`   // the head of the pull request is in another repository
	Branch string   `json:"branch,omitempty"` // that was pushed to, or the head of the pull request or check
	Commit string   `json:"commit,omitempty"` // the newest one
	Files  []string `json:"files,omitempty"`  // touched by a push; nil where GitHub does not tell them all
	Text   string   `json:"text,omitempty"`   // of a comment, the body of an issue, the conclusion of a check; bounded

	Images []Image `json:"images,omitempty"` // pushed to a registry
}

// A Kind is what happened.
type Kind string

// The kinds of event. What is not among them is ignored.
const (
	Installed    Kind = "installation"  // created, deleted, suspend, unsuspend, new_permissions_accepted
	Granted      Kind = "repositories"  // added to or removed from an installation
	Changed      Kind = "repository"    // renamed, transferred, archived, unarchived, deleted, privatized, publicized, edited
	Pushed       Kind = "push"          // to the default branch
	PullRequest  Kind = "pull_request"  // closed, reopened, synchronize
	Commented    Kind = "issue_comment" // created, edited
	Issue        Kind = "issues"        // edited, closed, reopened, deleted, transferred: perhaps our dashboard
	Checked      Kind = "check"         // a check suite is complete
	Reviewed     Kind = "review"        // of a pull request: submitted, dismissed
	Ping         Kind = "ping"          // answered, and not handed on
	ImagesPushed Kind = "images"        // by a registry
)

// A Repository as a webhook names it.
type Repository struct {
	Name    string `json:"name"` // "owner/name"
	ID      int64  `json:"id"`
	Branch  string `json:"branch,omitempty"` // the default branch
	Private bool   `json:"private,omitempty"`
	Was     string `json:"was,omitempty"` // the name before it was renamed or transferred
}

// An Image was pushed to a registry.
type Image struct {
	Name   string `json:"name"` // canonical: docker.io/library/python
	Tag    string `json:"tag,omitempty"`
	Digest string `json:"digest,omitempty"`
}
