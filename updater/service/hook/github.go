package hook

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A repo is a repository as GitHub's payloads have it.
type repo struct {
	ID       int64  `json:"id"`
	FullName string `json:"full_name"`
	Private  bool   `json:"private"`
	Branch   string `json:"default_branch"`
}

// A message is all that is read of any payload.
//
// See https://docs.github.com/webhooks/webhook-events-and-payloads
type message struct {
	Action       string `json:"action"`
	Installation *struct {
		ID      int64 `json:"id"`
		Account struct {
			Login string `json:"login"`
		} `json:"account"`
	} `json:"installation"`
	Repository *repo  `json:"repository"`
	Added      []repo `json:"repositories_added"`
	Removed    []repo `json:"repositories_removed"`
	Sender     struct {
		Login string `json:"login"`
		Type  string `json:"type"`
	} `json:"sender"`
	Changes struct {
		Repository struct {
			Name struct {
				From string `json:"from"`
			} `json:"name"`
		} `json:"repository"`
	} `json:"changes"`

	Ref     string `json:"ref"`
	After   string `json:"after"`
	Deleted bool   `json:"deleted"`
	Forced  bool   `json:"forced"`
	Commits []struct {
		Added    []string `json:"added"`
		Removed  []string `json:"removed"`
		Modified []string `json:"modified"`
	} `json:"commits"`

	PullRequest *struct {
		Number int  `json:"number"`
		Merged bool `json:"merged"`
		Head   head `json:"head"`
	} `json:"pull_request"`
	Issue *struct {
		Number int    `json:"number"`
		Body   string `json:"body"`
	} `json:"issue"`
	Comment *struct {
		Body string `json:"body"`
		User struct {
			Type string `json:"type"`
		} `json:"user"`
	} `json:"comment"`
	CheckSuite *check `json:"check_suite"`
	CheckRun   *struct {
		check
		Suite check `json:"check_suite"`
	} `json:"check_run"`

	RegistryPackage *registryPackage `json:"registry_package"`
	Package         *registryPackage `json:"package"`
}

type head struct {
	Ref string `json:"ref"`
	SHA string `json:"sha"`
}

type check struct {
	Branch     string `json:"head_branch"`
	SHA        string `json:"head_sha"`
	Conclusion string `json:"conclusion"`
}

// maxText bounds what is handed on of a text, in bytes.
const maxText = 64 << 10

// names of repositories, as GitHub allows them.
var repoName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$`)

// Decode reads a payload of GitHub. ok is false for an event from which nothing follows.
func Decode(event string, data []byte) (e Event, ok bool, err error) {
	decode := decoders[event]
	if decode == nil {
		return e, false, nil
	}
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return e, false, fmt.Errorf("the payload is not that of %s: %w", event, plain(err))
	}
	e = Event{Action: m.Action, Actor: m.Sender.Login, Bot: m.Sender.Type == "Bot"}
	if m.Installation != nil {
		e.Installation, e.Account = m.Installation.ID, m.Installation.Account.Login
	}
	if m.Repository != nil {
		if e.Repository, err = m.Repository.event(); err != nil {
			return e, false, err
		}
	}
	ok, err = decode(&m, &e)
	return e, ok && err == nil, err
}

// plain leaves out of a JSON error what the sender wrote.
func plain(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("%s is of the wrong type", kind.Field)
	}
	return errors.New("it is no JSON document")
}

func (r repo) event() (Repository, error) {
	if !repoName.MatchString(r.FullName) {
		return Repository{}, errors.New("the name of the repository is none")
	}
	return Repository{Name: r.FullName, ID: r.ID, Branch: r.Branch, Private: r.Private}, nil
}

// A decoder adds what is special about one event, and says whether anything follows from it.
type decoder func(m *message, e *Event) (bool, error)

// decoders are the events that are understood. It is a table, never changed.
var decoders = map[string]decoder{
	"ping":                      func(_ *message, e *Event) (bool, error) { e.Kind = Ping; return true, nil },
	"installation":              installation,
	"installation_repositories": granted,
	"repository":                changed,
	"push":                      push,
	"pull_request":              pullRequest,
	"issue_comment":             comment,
	"issues":                    issue,
	"check_suite":               checkSuite,
	"check_run":                 checkRun,
	"registry_package":          func(m *message, e *Event) (bool, error) { return packagePushed(m.RegistryPackage, m, e) },
	"package":                   func(m *message, e *Event) (bool, error) { return packagePushed(m.Package, m, e) },
}

var (
	errNoRepository   = errors.New("the payload names no repository")
	errNoInstallation = errors.New("the payload names no installation")
)

func installation(m *message, e *Event) (bool, error) {
	e.Kind = Installed
	if e.Installation == 0 {
		return false, errNoInstallation
	}
	return slices.Contains([]string{"created", "deleted", "suspend", "unsuspend", "new_permissions_accepted"}, m.Action), nil
}

func granted(m *message, e *Event) (bool, error) {
	e.Kind = Granted
	if e.Installation == 0 {
		return false, errNoInstallation
	}
	for _, list := range []struct {
		from []repo
		to   *[]Repository
	}{{m.Added, &e.Added}, {m.Removed, &e.Removed}} {
		for _, r := range list.from {
			one, err := r.event()
			if err != nil {
				return false, err
			}
			*list.to = append(*list.to, one)
		}
	}
	return m.Action == "added" || m.Action == "removed", nil
}

func changed(m *message, e *Event) (bool, error) {
	e.Kind = Changed
	if m.Repository == nil {
		return false, errNoRepository
	}
	if from := m.Changes.Repository.Name.From; from != "" {
		owner, _, _ := strings.Cut(e.Repository.Name, "/")
		if was := owner + "/" + from; repoName.MatchString(was) {
			e.Repository.Was = was
		}
	}
	actions := []string{"renamed", "transferred", "archived", "unarchived", "deleted", "privatized", "publicized", "edited"}
	return slices.Contains(actions, m.Action), nil
}

// maxCommits is how many commits GitHub lists of a push.
const maxCommits = 2048

func push(m *message, e *Event) (bool, error) {
	e.Kind = Pushed
	if m.Repository == nil {
		return false, errNoRepository
	}
	e.Branch, e.Commit = strings.TrimPrefix(m.Ref, "refs/heads/"), m.After
	if m.Deleted || m.Ref != "refs/heads/"+e.Repository.Branch {
		return false, nil
	}
	if m.Forced || len(m.Commits) == 0 || len(m.Commits) >= maxCommits {
		return true, nil // what was changed is not all in it
	}
	files := map[string]bool{}
	for _, c := range m.Commits {
		for _, list := range [][]string{c.Added, c.Removed, c.Modified} {
			for _, f := range list {
				files[f] = true
			}
		}
	}
	e.Files = sorted(files)
	return true, nil
}

// maxFiles is how many files are handed on; where there are more, anything may have changed.
const maxFiles = 3000

func sorted(files map[string]bool) []string {
	if len(files) >= maxFiles {
		return nil
	}
	list := make([]string, 0, len(files))
	for f := range files {
		list = append(list, f)
	}
	slices.Sort(list)
	return list
}

func pullRequest(m *message, e *Event) (bool, error) {
	e.Kind = PullRequest
	if m.Repository == nil || m.PullRequest == nil {
		return false, errNoRepository
	}
	e.Number, e.Merged = m.PullRequest.Number, m.PullRequest.Merged
	e.Branch, e.Commit = m.PullRequest.Head.Ref, m.PullRequest.Head.SHA
	return slices.Contains([]string{"closed", "reopened", "synchronize"}, m.Action), nil
}

func comment(m *message, e *Event) (bool, error) {
	e.Kind = Commented
	if m.Repository == nil || m.Issue == nil || m.Comment == nil {
		return false, errNoRepository
	}
	e.Number, e.Text = m.Issue.Number, bounded(m.Comment.Body)
	e.Bot = e.Bot || m.Comment.User.Type == "Bot"
	return m.Action == "created" || m.Action == "edited", nil
}

func issue(m *message, e *Event) (bool, error) {
	e.Kind = Issue
	if m.Repository == nil || m.Issue == nil {
		return false, errNoRepository
	}
	e.Number, e.Text = m.Issue.Number, m.Issue.Body
	return slices.Contains([]string{"edited", "closed", "reopened", "deleted", "transferred"}, m.Action), nil
}

func checkSuite(m *message, e *Event) (bool, error) {
	if m.CheckSuite == nil {
		return false, errNoRepository
	}
	return checked(m, e, *m.CheckSuite)
}

func checkRun(m *message, e *Event) (bool, error) {
	if m.CheckRun == nil {
		return false, errNoRepository
	}
	c := m.CheckRun.check
	if c.Branch == "" {
		c.Branch = m.CheckRun.Suite.Branch
	}
	return checked(m, e, c)
}

func checked(m *message, e *Event, c check) (bool, error) {
	e.Kind, e.Branch, e.Commit, e.Text = Checked, c.Branch, c.SHA, bounded(c.Conclusion)
	if m.Repository == nil {
		return false, errNoRepository
	}
	return m.Action == "completed", nil
}

func bounded(text string) string {
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText], "")
	}
	return text
}
