package webhook

import (
	"cmp"
	"errors"
	"strings"

	"github.com/freshpin/freshpin/updater/forge/event"
)

type ping struct{ head }

func (p *ping) fill(*event.Event) (bool, error) { return true, nil }

// An installed payload lists the repositories selected when the installation is created.
type installed struct {
	head
	Repositories event.List[repository] `json:"repositories"`
}

func (p *installed) fill(e *event.Event) (bool, error) {
	err := ofInstallation(e)
	if err == nil && p.Action == "created" {
		e.Added, err = named(p.Repositories)
	}
	return true, err
}

type granted struct {
	head
	Added   event.List[repository] `json:"repositories_added"`
	Removed event.List[repository] `json:"repositories_removed"`
}

func (p *granted) fill(e *event.Event) (bool, error) {
	err := ofInstallation(e)
	if err == nil {
		e.Added, err = named(p.Added)
	}
	if err == nil {
		e.Removed, err = named(p.Removed)
	}
	return true, err
}

func named(from []repository) (to []event.Repository, err error) {
	for _, r := range from {
		one, err := r.words()
		if err != nil {
			return nil, err
		}
		to = append(to, one)
	}
	return to, nil
}

type changed struct {
	head
	Changes struct {
		Repository struct {
			Name struct {
				From string `json:"from"`
			} `json:"name"`
		} `json:"repository"`
		Owner struct {
			From struct {
				User         account `json:"user"`
				Organization account `json:"organization"`
			} `json:"from"`
		} `json:"owner"`
		Branch *struct {
			From string `json:"from"`
		} `json:"default_branch"`
	} `json:"changes"`
}

type account struct {
	Login string `json:"login"`
}

// fill sets the previous name of a renamed repository. Of edits, only the default
// branch matters.
func (p *changed) fill(e *event.Event) (bool, error) {
	if err := ofRepository(e); err != nil {
		return false, err
	}
	owner, name, _ := strings.Cut(e.Repository.Name, "/")
	switch from := p.Changes.Owner.From; p.Action {
	case "edited":
		return p.Changes.Branch != nil, nil
	case "renamed":
		name = p.Changes.Repository.Name.From
	case "transferred":
		owner = cmp.Or(from.User.Login, from.Organization.Login)
	}
	was := owner + "/" + name
	// The other actions change neither the owner nor the name.
	if was == e.Repository.Name {
		return true, nil
	}
	if !isRepository(was) {
		return false, errors.New("the previous name of the repository is invalid")
	}
	e.Repository.Was = was
	return true, nil
}

type pullRequest struct {
	head
	PullRequest struct {
		Number int    `json:"number"`
		Merged bool   `json:"merged"`
		Body   string `json:"body"`
		Head   struct {
			Ref  string      `json:"ref"`
			SHA  string      `json:"sha"`
			Repo *repository `json:"repo"` // null if the fork was deleted
		} `json:"head"`
	} `json:"pull_request"`
}

func (p *pullRequest) fill(e *event.Event) (bool, error) {
	pull, from := p.PullRequest, p.PullRequest.Head
	e.Number, e.Merged, e.Branch, e.Commit = pull.Number, pull.Merged, from.Ref, from.SHA
	e.Fork = from.Repo == nil || !strings.EqualFold(from.Repo.FullName, e.Repository.Name)
	if err := ofNumber(e); err != nil {
		return false, err
	}
	if e.Action == "edited" {
		e.Text = bounded(pull.Body) // where its checkbox may be ticked
	}
	if e.Commit == "" && isWord(e.Branch) {
		return true, nil // consumers look it up
	}
	return true, ofCommit(e)
}

type comment struct {
	head
	Issue struct {
		Number int `json:"number"`
	} `json:"issue"`
	Comment struct {
		Body string `json:"body"`
	} `json:"comment"`
}

// fill ignores author_association: permission for commands is looked up again.
func (p *comment) fill(e *event.Event) (bool, error) {
	e.Number, e.Text = p.Issue.Number, bounded(p.Comment.Body)
	return true, ofNumber(e)
}

type issue struct {
	head
	Issue struct {
		Number int    `json:"number"`
		Body   string `json:"body"` // null for none
	} `json:"issue"`
}

func (p *issue) fill(e *event.Event) (bool, error) {
	e.Number, e.Text = p.Issue.Number, bounded(p.Issue.Body)
	return true, ofNumber(e)
}

// A check is a suite. Its branch is null for that of a fork.
type check struct {
	Branch     string `json:"head_branch"`
	SHA        string `json:"head_sha"`
	Conclusion string `json:"conclusion"`
}

func (c check) fill(e *event.Event) (bool, error) {
	e.Branch, e.Commit, e.Text = c.Branch, c.SHA, c.Conclusion
	if !isWord(e.Text) {
		return false, errors.New("the conclusion is invalid")
	}
	if err := ofRepository(e); err != nil {
		return false, err
	}
	return true, ofCommit(e)
}

type checkSuite struct {
	head
	Suite check `json:"check_suite"`
}

func (p *checkSuite) fill(e *event.Event) (bool, error) { return p.Suite.fill(e) }

// What an event must name.

func ofInstallation(e *event.Event) error {
	if e.Installation <= 0 {
		return errors.New("the installation is missing")
	}
	return nil
}

func ofRepository(e *event.Event) error {
	if e.Repository.Name == "" {
		return errors.New("the repository is missing")
	}
	return nil
}

func ofNumber(e *event.Event) error {
	if e.Number <= 0 {
		return errors.New("the number is missing")
	}
	return ofRepository(e)
}

func ofCommit(e *event.Event) error {
	if !commitName.MatchString(e.Commit) || !isWord(e.Branch) {
		return errors.New("the commit or branch is invalid")
	}
	return nil
}
