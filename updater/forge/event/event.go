// Package event defines what webhooks of forges and registries report, in a common form.
package event

import "net/http"

// A Source authenticates and parses the webhooks of one forge.
type Source interface {
	// Name returns the forge's name in addresses and metrics: "github".
	Name() string
	// Receive returns what a request with these headers reports. It authenticates the
	// sender before it parses anything. body reads the body within the receiver's
	// limits. A delivery that is refused has only a name.
	Receive(h http.Header, body func() ([]byte, *Rejection)) (Delivery, *Rejection)
}

// A Delivery is one webhook.
type Delivery struct {
	ID    string // the forge's number for it, the same if it is sent again
	Name  string // the forge's name of the event, Other for one that is not known
	Event *Event // nil if it is not relevant
}

// Other replaces unknown names of events in metrics, so that senders cannot create
// labels.
const Other = "other"

// A Rejection is the answer to a webhook that is rejected.
type Rejection struct {
	Status int    // of HTTP
	Why    string // for the sender: contains no secret and nothing of the request
}

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
	Files  []string `json:"files,omitempty"`  // files touched by a push; nil if the forge does not list them all
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
