// Package hook receives webhooks of GitHub, and of registries that report pushed
// images. It authenticates the sender, rejects forged, replayed, oversized or
// malformed requests, and converts the others into events.
//
// It hands events on; it does not react to them.
package hook

// An Event is the content of a webhook, in a common form.
type Event struct {
	Kind         Kind   `json:"kind"`
	Action       string `json:"action,omitempty"`       // the forge's word: created, deleted, closed, …
	Installation int64  `json:"installation,omitempty"` // 0 for none
	Account      string `json:"account,omitempty"`      // the owner of the installation
	Actor        string `json:"actor,omitempty"`        // login of the user who caused it
	Bot          bool   `json:"bot,omitempty"`          // the actor is a bot

	Repository Repository `json:"repository,omitzero"` // the repository concerned

	Added   []Repository `json:"added,omitempty"`   // repositories added to an installation
	Removed []Repository `json:"removed,omitempty"` // repositories removed from it

	Number int      `json:"number,omitempty"` // of a pull request or issue
	Merged bool     `json:"merged,omitempty"` // it was closed by merging
	Fork   bool     `json:"fork,omitempty"`   // the head of the pull request is in another repository
	Branch string   `json:"branch,omitempty"` // the pushed branch, or the head branch of the pull request or check
	Commit string   `json:"commit,omitempty"` // the newest commit
	Files  []string `json:"files,omitempty"`  // files touched by a push; nil if GitHub does not list them all
	Text   string   `json:"text,omitempty"`   // text of a comment, body of an issue or an edited pull request, conclusion of a check; limited

	Images []Image `json:"images,omitempty"` // images pushed to a registry
}

// A Kind is a kind of event.
type Kind string

// The kinds of event. Other events are ignored.
const (
	Installed    Kind = "installation"  // created, deleted, suspend, unsuspend, new_permissions_accepted
	Granted      Kind = "repositories"  // added to or removed from an installation
	Changed      Kind = "repository"    // renamed, transferred, archived, unarchived, deleted, privatized, publicized, edited
	Pushed       Kind = "push"          // to the default branch
	PullRequest  Kind = "pull_request"  // closed, reopened, synchronize, edited
	Commented    Kind = "issue_comment" // created, edited
	Issue        Kind = "issues"        // edited, closed, reopened, deleted, transferred: perhaps our dashboard
	Checked      Kind = "check"         // a check suite is complete
	Reviewed     Kind = "review"        // of a pull request: submitted, dismissed
	Ping         Kind = "ping"          // answered, and not handed on
	ImagesPushed Kind = "images"        // by a registry
)

// A Repository as named in a webhook.
type Repository struct {
	Name    string `json:"name"` // "owner/name"
	ID      int64  `json:"id"`
	Branch  string `json:"branch,omitempty"` // the default branch
	Private bool   `json:"private,omitempty"`
	Was     string `json:"was,omitempty"` // its name before it was renamed or transferred
}

// An Image is an image pushed to a registry.
type Image struct {
	Name   string `json:"name"` // canonical: docker.io/library/python
	Tag    string `json:"tag,omitempty"`
	Digest string `json:"digest,omitempty"`
}
