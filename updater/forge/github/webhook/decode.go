package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/forge/event"
)

// Decode parses a payload of GitHub. ok is false for an irrelevant event. An error
// is one sentence, without any text of the sender.
//
// See https://docs.github.com/webhooks/webhook-events-and-payloads
func Decode(name string, data []byte) (e event.Event, ok bool, err error) {
	k, known := kindOf(name)
	if !known {
		return event.Event{}, false, nil
	}
	e.Kind = k.kind
	if ok, err = k.decode(data, k.actions, &e); err != nil {
		return event.Event{}, false, fmt.Errorf("the payload does not match event %s: %w", name, err)
	}
	return e, ok, nil
}

// A kind is a relevant event of GitHub.
type kind struct {
	kind    event.Kind
	actions []string // the relevant actions; nil if the event has no actions
	decode  func(data []byte, actions []string, e *event.Event) (bool, error)
}

// kindOf lists all known events.
func kindOf(name string) (kind, bool) {
	switch name {
	case "ping":
		return kind{event.Ping, nil, read[ping]}, true
	case "installation":
		return kind{event.Installed, []string{"created", "deleted", "suspend", "unsuspend", "new_permissions_accepted"}, read[installed]}, true
	case "installation_repositories":
		return kind{event.Granted, []string{"added", "removed"}, read[granted]}, true
	case "repository":
		return kind{event.Changed, []string{
			"renamed", "transferred", "archived", "unarchived", "deleted", "privatized", "publicized", "edited",
		}, read[changed]}, true
	case "push":
		return kind{event.Pushed, nil, read[push]}, true
	case "pull_request":
		return kind{event.PullRequest, []string{"closed", "reopened", "synchronize", "edited"}, read[pullRequest]}, true
	case "issue_comment":
		return kind{event.Commented, []string{"created", "edited"}, read[comment]}, true
	case "issues":
		return kind{event.Issue, []string{"edited", "closed", "reopened", "deleted", "transferred"}, read[issue]}, true
	case "check_suite":
		return kind{event.Checked, []string{"completed"}, read[checkSuite]}, true
	case "pull_request_review":
		return kind{event.Reviewed, []string{"submitted", "dismissed"}, read[pullRequest]}, true
	case "registry_package", "package":
		return kind{event.ImagesPushed, []string{"published", "updated"}, read[packaged]}, true
	}
	return kind{}, false
}

// A payloadOf is the payload of one event: the common part and the rest.
type payloadOf[T any] interface {
	*T
	common() *head
	fill(e *event.Event) (bool, error) // false if the event is irrelevant after all
}

func read[T any, P payloadOf[T]](data []byte, actions []string, e *event.Event) (bool, error) {
	p := P(new(T))
	if err := json.Unmarshal(data, p); err != nil {
		return false, plain(err)
	}
	h := p.common()
	if actions != nil && !slices.Contains(actions, h.Action) {
		return false, nil
	}
	if err := h.fillHead(e); err != nil {
		return false, err
	}
	return p.fill(e)
}

// plain removes the sender's text from an error of encoding/json.
func plain(err error) error {
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return errors.New("a field is of the wrong type")
	}
	if errors.Is(err, event.ErrTooMany) {
		return event.ErrTooMany
	}
	return errors.New("it is not a single JSON document")
}

// A head is the common part of all payloads.
type head struct {
	Action       string `json:"action"`
	Installation *struct {
		ID      int64 `json:"id"`
		Account struct {
			Login string `json:"login"`
		} `json:"account"`
	} `json:"installation"`
	Repository *repository `json:"repository"`
	Sender     struct {
		Login string `json:"login"`
		Type  string `json:"type"`
	} `json:"sender"`
}

func (h *head) common() *head { return h }

func (h *head) fillHead(e *event.Event) (err error) {
	e.Action, e.Actor, e.Bot = h.Action, h.Sender.Login, h.Sender.Type == "Bot"
	if h.Installation != nil {
		e.Installation, e.Account = h.Installation.ID, h.Installation.Account.Login
	}
	if h.Repository != nil {
		e.Repository, err = h.Repository.words()
	}
	switch {
	case err != nil:
		return err
	case !isWord(e.Actor) || !isWord(e.Account):
		return errors.New("a login is invalid")
	}
	return nil
}

// A repository in the form of GitHub's payloads.
type repository struct {
	ID       int64  `json:"id"`
	FullName string `json:"full_name"`
	Private  bool   `json:"private"`
	Branch   string `json:"default_branch"`
}

func (r repository) words() (event.Repository, error) {
	if !isRepository(r.FullName) || !isWord(r.Branch) {
		return event.Repository{}, errors.New("the name of a repository or of its branch is invalid")
	}
	return event.Repository{Name: r.FullName, ID: r.ID, Branch: r.Branch, Private: r.Private}, nil
}

// The formats of repository names and commits: characters that are safe in a path,
// an address and a log.
var (
	repositoryName = lazyregexp.New(`^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$`)
	commitName     = lazyregexp.New(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

func isRepository(name string) bool {
	owner, repo, _ := strings.Cut(name, "/")
	// The pattern also matches . and .., which are other folders in a path.
	return repositoryName.MatchString(name) && strings.Trim(owner, ".") != "" && strings.Trim(repo, ".") != ""
}

const maxWord = 512 // bytes of a login or a branch; GitHub's own limit is 255

// isWord reports whether a text is empty or may be a login or a branch name.
func isWord(s string) bool {
	// Control characters could forge lines of a log, and bidirectional ones the order of its text.
	return len(s) <= maxWord && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) })
}

const maxText = 64 << 10 // bytes of a text that are handed on

// bounded cuts a text between two characters, and removes NUL, which databases reject.
func bounded(text string) string {
	text = strings.ReplaceAll(text, "\x00", "")
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
