package wiring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/forge/github"
)

// skew is the largest accepted clock difference: GitHub rejects App signatures that are minutes off.
const skew = time.Minute

// examineGitHub checks the login, and its permissions in the repository.
func (s *Settings) examineGitHub(ctx context.Context, path string, d *Findings) {
	where := cmp.Or(s.env.Getenv("GITHUB_API_URL"), publicAPI)
	hub, err := s.openGitHub(nil, nil)
	if err != nil {
		hint := ""
		var u *console.UsageError
		if errors.As(err, &u) {
			hint = u.Hint
		}
		d.Bad("login", hint, "%v", err)
		return
	}
	l, err := hub.Login(ctx)
	switch {
	case err != nil:
		d.Bad("login", "GITHUB_TOKEN or GH_TOKEN holds the token, GITHUB_API_URL the address", "%s: %v", where, err)
		return
	case l.Kind == "" && IsRemote(path):
		d.Bad("login", "set GITHUB_TOKEN, or github_app_id and github_app_key", "%s answers, but there is no login, so run could not propose anything", where)
	case l.Kind == "":
		d.Note("login", "set GITHUB_TOKEN, which run needs and which lifts the limit of 60 requests an hour for release notes", "%s answers; there is no login", where)
	default:
		d.OK("login", "%s: %s", where, loginWords(l))
	}
	if l.Clock > skew || l.Clock < -skew {
		d.Bad("clock", "set this machine's clock", "it differs from GitHub's by %s", l.Clock.Round(time.Second))
	} else {
		d.OK("clock", "agrees with GitHub's")
	}
	if IsRemote(path) && l.Kind != "" {
		if repo, err := s.Repository(path); err != nil {
			d.Bad("rights", "github:OWNER/REPO", "%v", err)
		} else {
			d.rights(ctx, hub, l, repo)
			d.remembered(ctx, hub, repo)
		}
	}
	if l.Kind == "GitHub App" && s.Operator.WebhookSecret == "" {
		d.Note("webhooks", "set webhook_secret to the one of the App, where freshpin serve is used", "no webhook secret is set: freshpin serve would not hear of pushes, comments and checks")
	}
}

// remembered tells when a run changed what is remembered of the repository.
func (f *Findings) remembered(ctx context.Context, hub *github.Forge, repo string) {
	at, err := hub.Remembered(ctx, repo)
	switch {
	case err != nil:
		f.Note("last run", "", "%s: %v", repo, err)
	case at.IsZero():
		f.Note("last run", "freshpin run github:"+repo+" --dry-run shows what a first one would do", "%s: no run has remembered anything there; freshpin serve remembers in its database", repo)
	default:
		f.OK("last run", "%s: a run changed what is remembered there at %s", repo, at.UTC().Format("2006-01-02 15:04 MST"))
	}
}

func loginWords(l github.Login) string {
	text := l.Kind
	if l.Name != "" {
		text += " of " + l.Name
	}
	if l.Kind == "GitHub App" {
		text = "the GitHub App " + l.Name
	}
	if l.Scopes != nil {
		text += ", scopes " + cmp.Or(strings.Join(l.Scopes, ", "), "none")
	}
	return text
}

// rights checks the permissions that run needs in the repository.
func (f *Findings) rights(ctx context.Context, hub *github.Forge, l github.Login, repo string) {
	r, err := hub.Rights(ctx, repo)
	if err != nil {
		f.Bad("rights", "", "%v", err)
		return
	}
	// Only classic tokens have scopes, and GitHub's answer about a repository does not name this one.
	if l.Scopes != nil && slices.Contains(l.Scopes, "workflow") && r.Contents == "write" {
		r.Workflows = "write"
	}
	var may, untold []string
	for _, one := range []struct {
		what, right, why string
		needed           bool
	}{
		{"contents", r.Contents, "branches cannot be created", true},
		{"pull-requests", r.PullRequests, "pull requests cannot be opened", true},
		{"issues", r.Issues, "there will be no dashboard", false},
		{"workflows", r.Workflows, "files below .github/workflows cannot be changed", false},
	} {
		how := fmt.Sprintf("give the login %s: write", one.what)
		switch {
		case one.right == "write":
			may = append(may, one.what)
		case one.right == "":
			untold = append(untold, one.what)
		case one.needed:
			f.Bad("rights", how, "%s: no write permission for %s: %s", repo, one.what, one.why)
		default:
			f.Note("rights", how, "%s: no write permission for %s: %s", repo, one.what, one.why)
		}
	}
	if r.Checks == "none" {
		f.Note("rights", "give the App checks: read and commit statuses: read", "%s: checks may not be read: the pages say \"unknown\"", repo)
	}
	if len(may) > 0 {
		f.OK("rights", "%s: may write %s", repo, strings.Join(may, ", "))
	}
	if len(untold) > 0 {
		f.Note("rights", "run --dry-run writes nothing; the first real run will show it", "%s: GitHub does not report whether this login may write %s", repo, strings.Join(untold, ", "))
	}
}
