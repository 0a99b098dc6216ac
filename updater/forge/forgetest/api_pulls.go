package forgetest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing/object"
)

// See https://docs.github.com/rest/pulls/pulls#list-pull-requests
func listPulls(c *call) (any, error) {
	q := c.URL.Query()
	var all []*item
	for _, i := range c.repo.items {
		if i.pull != nil && inState(i, q.Get("state")) && c.sideIs(q.Get("head"), i.pull.branch, true) && c.sideIs(q.Get("base"), i.pull.base, false) {
			all = append(all, i)
		}
	}
	direction := q.Get("direction")
	// Documented: descending if sort is created or missing, else ascending.
	if direction == "" && (q.Get("sort") == "" || q.Get("sort") == "created") {
		direction = "desc"
	}
	order(all, q.Get("sort"), direction)
	return shapes(c, all, func(i *item) fields { return c.pullRequest(c.repo, i) }), nil
}

// sideIs reports whether a branch matches a filter. A filter for heads has to name
// the owner; GitHub ignores one without.
func (c *call) sideIs(filter, branch string, named bool) bool {
	if filter == "" {
		return true
	}
	if !named {
		return filter == branch
	}
	who, name, ok := strings.Cut(filter, ":")
	return !ok || strings.EqualFold(who, owner(c.repo.name)) && name == branch
}

func inState(i *item, state string) bool {
	return state == "all" || i.state == state || state == "" && i.state == "open"
}

// order sorts a list as requested.
func order(all []*item, by, direction string) {
	slices.SortStableFunc(all, func(a, b *item) int {
		x, y := a.made, b.made
		if by == "updated" {
			x, y = a.changed, b.changed
		}
		n := x.Compare(y)
		// Times have whole seconds; numbers also order what was made within one.
		if n == 0 {
			n = a.number - b.number
		}
		if direction == "desc" {
			return -n
		}
		return n
	})
}

// pullOf returns the pull request of a call.
func (c *call) pullOf() (*item, error) {
	i := c.repo.item(c.number())
	if i == nil || i.pull == nil {
		return nil, notFound()
	}
	return i, nil
}

// See https://docs.github.com/rest/pulls/pulls#get-a-pull-request
func getPull(c *call) (any, error) {
	i, err := c.pullOf()
	if err != nil {
		return nil, err
	}
	if strings.Contains(c.Header.Get("Accept"), ".diff") {
		files, err := c.repo.pullFiles(i.pull)
		return plain{kind: "application/vnd.github.diff; charset=utf-8", data: []byte(unified(files))}, err
	}
	return c.fullPullRequest(c.repo, i)
}

// See https://docs.github.com/rest/pulls/pulls#create-a-pull-request
func newPull(c *call) (any, error) {
	var in struct {
		Title, Head, Base string
		Body              *string
		Draft             bool
	}
	if err := c.in(&in); err != nil {
		return nil, err
	}
	if c.repo.NoActions && c.actor.workflow {
		return nil, &problem{status: http.StatusForbidden, message: "GitHub Actions is not permitted to create or approve pull requests."}
	}
	head := in.Head
	if who, branch, ok := strings.Cut(head, ":"); ok {
		// A head of another owner is in a fork, which the stand-in does not simulate.
		if !strings.EqualFold(who, owner(c.repo.name)) {
			return nil, invalid("PullRequest", "head", "invalid", "")
		}
		head = branch
	}
	i, err := c.repo.newPull(head, in.Base, strings.TrimSpace(in.Title), value(in.Body), c.actor.login, in.Draft)
	if err != nil {
		return nil, err
	}
	out, err := c.fullPullRequest(c.repo, i)
	c.answer.Set("Location", c.root+c.URL.Path)
	return created{body: out}, err
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// See https://docs.github.com/rest/pulls/pulls#update-a-pull-request
func changePull(c *call) (any, error) {
	i, err := c.pullOf()
	if err != nil {
		return nil, err
	}
	var in struct{ Title, Body, State, Base *string }
	if err := c.in(&in); err != nil {
		return nil, err
	}
	if in.Base != nil && *in.Base != i.pull.base {
		if c.repo.head(*in.Base).IsZero() {
			return nil, invalid("PullRequest", "base", "invalid", "")
		}
		if i.state == "open" && c.repo.openPull(i.pull.branch, *in.Base) != nil {
			return nil, invalid("PullRequest", "base", "custom", "A pull request already exists for base branch '"+*in.Base+"'")
		}
		i.pull.base = *in.Base
	}
	if err := c.changeItem(i, in.Title, in.Body, in.State); err != nil {
		return nil, err
	}
	return c.fullPullRequest(c.repo, i)
}

// changeItem changes the common fields of issues and pull requests.
func (c *call) changeItem(i *item, title, body, state *string) error {
	kind := "Issue"
	if i.pull != nil {
		kind = "PullRequest"
	}
	if title != nil && strings.TrimSpace(*title) == "" {
		return invalid(kind, "title", "missing_field", "")
	}
	if state != nil && *state != i.state {
		switch *state {
		case "closed":
			c.repo.setState(i, "closed", c.actor.login)
		case "open":
			if why := c.repo.reopen(i, c.actor.login); why != "" {
				return invalid(kind, "state", "invalid", why)
			}
		default:
			return invalid(kind, "state", "invalid", "")
		}
	}
	if title != nil {
		i.title, i.changed = strings.TrimSpace(*title), c.s.now()
	}
	if body != nil {
		i.body, i.changed = *body, c.s.now()
	}
	return nil
}

// See https://docs.github.com/rest/pulls/pulls#merge-a-pull-request
func mergePull(c *call) (any, error) {
	i, err := c.pullOf()
	if err != nil {
		return nil, err
	}
	var in struct{ SHA string }
	if len(c.body) > 0 { // all parameters are optional
		if err := c.in(&in); err != nil {
			return nil, err
		}
	}
	// The caller has seen this head, and commits pushed since must not be merged unseen.
	if in.SHA != "" && in.SHA != i.pull.head.String() {
		return nil, &problem{status: http.StatusConflict, message: "Head branch was modified. Review and try the merge again."}
	}
	if err := c.repo.mergePull(i, c.actor.login); err != nil {
		return nil, &problem{status: http.StatusMethodNotAllowed, message: "Pull Request is not mergeable"}
	}
	return fields{"sha": i.pull.mergeCommit.String(), "merged": true, "message": "Pull Request successfully merged"}, nil
}

// See https://docs.github.com/rest/pulls/pulls#list-pull-requests-files
func listPullFiles(c *call) (any, error) {
	i, err := c.pullOf()
	if err != nil {
		return nil, err
	}
	files, err := c.repo.pullFiles(i.pull)
	if err != nil {
		return nil, err
	}
	return shapes(c, files, func(d diffFile) fields { return c.diffEntry(c.repo, i.pull.head, d) }), nil
}

// See https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request
func listPullCommits(c *call) (any, error) {
	i, err := c.pullOf()
	if err != nil {
		return nil, err
	}
	commits, err := c.repo.pullCommits(i.pull)
	if err != nil {
		return nil, err
	}
	return shapes(c, commits, func(k *object.Commit) fields { return c.listedCommit(c.repo, k) }), nil
}

// See https://docs.github.com/rest/pulls/review-requests#get-all-requested-reviewers-for-a-pull-request
func getReviewers(c *call) (any, error) {
	i, err := c.pullOf()
	if err != nil {
		return nil, err
	}
	return fields{"users": c.users(i.pull.reviewers), "teams": c.teams(c.repo, i.pull.teams)}, nil
}

// requestReviewers requests reviews from collaborators other than the author.
//
// See https://docs.github.com/rest/pulls/review-requests#request-reviewers-for-a-pull-request
func requestReviewers(c *call) (any, error) {
	i, err := c.pullOf()
	if err != nil {
		return nil, err
	}
	var in struct {
		Reviewers []string
		Teams     []string `json:"team_reviewers"`
	}
	if err := c.in(&in); err != nil {
		return nil, err
	}
	for _, login := range in.Reviewers {
		if strings.EqualFold(login, i.author) {
			return nil, unprocessable("Review cannot be requested from pull request author.")
		}
		if l := c.repo.grants[strings.ToLower(login)]; (l == "" || l == "none") && !strings.EqualFold(login, owner(c.repo.name)) {
			return nil, unprocessable("Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the %s repository.", c.repo.name)
		}
	}
	i.pull.reviewers = union(i.pull.reviewers, in.Reviewers)
	i.pull.teams = union(i.pull.teams, in.Teams)
	i.changed = c.s.now()
	return created{body: c.pullRequest(c.repo, i)}, nil
}

func union(all, more []string) []string {
	for _, m := range more {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// since parses the parameter since of a request.
func (c *call) since() (time.Time, error) {
	text := c.URL.Query().Get("since")
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, unprocessable("since is not a valid timestamp")
	}
	return at, nil
}

// names parses labels: {"labels": ["a"]}, {"labels": [{"name": "a"}]}, or a bare list.
func names(data []byte) ([]string, error) {
	var in struct{ Labels []json.RawMessage }
	if json.Unmarshal(data, &in.Labels) != nil {
		if err := json.Unmarshal(data, &in); err != nil {
			return nil, &problem{status: http.StatusBadRequest, message: "Problems parsing JSON"}
		}
	}
	var all []string
	for _, l := range in.Labels {
		var name string
		if json.Unmarshal(l, &name) != nil {
			var object struct{ Name string }
			if err := json.Unmarshal(l, &object); err != nil {
				return nil, invalid("Label", "name", "invalid", "")
			}
			name = object.Name
		}
		if name == "" || len(name) > 200 {
			return nil, invalid("Label", "name", "invalid", "")
		}
		all = append(all, name)
	}
	return all, nil
}
