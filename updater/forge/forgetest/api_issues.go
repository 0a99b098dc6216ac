package forgetest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// gone returns the error for a repository without issues.
func gone() error {
	return &problem{status: http.StatusGone, message: "Issues has been disabled in this repository."}
}

// See https://docs.github.com/rest/issues/issues#list-repository-issues
func listIssues(c *call) (any, error) {
	since, err := c.since()
	if err != nil {
		return nil, err
	}
	q := c.URL.Query()
	var all []*item
	for _, i := range c.repo.items {
		creator := q.Get("creator")
		// Pull requests are issues for GitHub, also where issues are disabled.
		if c.repo.NoIssues && i.pull == nil || !inState(i, q.Get("state")) || i.changed.Before(since) {
			continue
		}
		if (creator == "" || strings.EqualFold(creator, i.author)) && hasLabels(i, q.Get("labels")) {
			all = append(all, i)
		}
	}
	direction := q.Get("direction")
	if direction == "" {
		direction = "desc"
	}
	order(all, q.Get("sort"), direction)
	return shapes(c, all, func(i *item) fields { return c.issue(c.repo, i) }), nil
}

func hasLabels(i *item, wanted string) bool {
	if wanted == "" {
		return true
	}
	for w := range strings.SplitSeq(wanted, ",") {
		if !slices.ContainsFunc(i.labels, func(l *label) bool { return strings.EqualFold(l.name, w) }) {
			return false
		}
	}
	return true
}

// issueOf returns the issue or pull request of a call.
func (c *call) issueOf() (*item, error) {
	i := c.repo.item(c.number())
	switch {
	case i == nil:
		return nil, notFound()
	case i.pull == nil && c.repo.NoIssues:
		return nil, gone()
	}
	return i, nil
}

// See https://docs.github.com/rest/issues/issues#get-an-issue
func getIssue(c *call) (any, error) {
	i, err := c.issueOf()
	if err != nil {
		return nil, err
	}
	f := c.issue(c.repo, i)
	f["closed_by"] = c.user(i.closedBy)
	return f, nil
}

// See https://docs.github.com/rest/issues/issues#create-an-issue
func newIssue(c *call) (any, error) {
	if c.repo.NoIssues {
		return nil, gone()
	}
	var in struct{ Title, Body *string }
	if err := c.in(&in); err != nil {
		return nil, err
	}
	if strings.TrimSpace(value(in.Title)) == "" {
		return nil, invalid("Issue", "title", "missing_field", "")
	}
	// From the body, because labels may be texts or objects.
	labels, err := names(c.body)
	if err != nil {
		return nil, err
	}
	i := c.repo.newItem(strings.TrimSpace(*in.Title), value(in.Body), c.actor.login)
	c.repo.addLabels(i, labels)
	return created{body: c.issue(c.repo, i)}, nil
}

// See https://docs.github.com/rest/issues/issues#update-an-issue
func changeIssue(c *call) (any, error) {
	i, err := c.issueOf()
	if err != nil {
		return nil, err
	}
	var in struct {
		Title, Body, State *string
		Labels             *[]any
	}
	if err := c.in(&in); err != nil {
		return nil, err
	}
	// Documented: an empty list removes all labels, and only a missing one keeps them.
	if in.Labels != nil {
		labels, err := names(c.body)
		if err != nil {
			return nil, err
		}
		i.labels = nil
		c.repo.addLabels(i, labels)
	}
	if err := c.changeItem(i, in.Title, in.Body, in.State); err != nil {
		return nil, err
	}
	return c.issue(c.repo, i), nil
}

// getOfIssue distinguishes /issues/1/comments from /issues/comments/1, which the router cannot.
func getOfIssue(c *call) (any, error) {
	switch number, of := c.PathValue("number"), c.PathValue("of"); {
	case number == "comments":
		c.SetPathValue("id", of)
		return getComment(c)
	case of == "comments":
		return listIssueComments(c)
	case of == "labels":
		return listIssueLabels(c)
	}
	return nil, notFound()
}

// See https://docs.github.com/rest/issues/comments#list-issue-comments
func listIssueComments(c *call) (any, error) {
	i, err := c.issueOf()
	if err != nil {
		return nil, err
	}
	return c.listed(i.number, "created", "asc")
}

// See https://docs.github.com/rest/issues/comments#list-issue-comments-for-a-repository
func listComments(c *call) (any, error) {
	q := c.URL.Query()
	direction := q.Get("direction")
	if q.Get("sort") == "" {
		direction = "asc" // GitHub ignores it without sort
	} else if direction == "" {
		direction = "desc"
	}
	return c.listed(0, q.Get("sort"), direction)
}

// listed returns the comments of an issue; of the whole repository if number is 0.
func (c *call) listed(number int, by, direction string) (any, error) {
	since, err := c.since()
	if err != nil {
		return nil, err
	}
	var all []*comment
	for _, m := range c.repo.comments {
		if (number == 0 || m.number == number) && !m.changed.Before(since) {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b *comment) int {
		// Times have whole seconds; ids also order comments within one.
		n := int(a.id - b.id)
		if by == "updated" && !a.changed.Equal(b.changed) {
			n = a.changed.Compare(b.changed)
		}
		if direction == "desc" {
			return -n
		}
		return n
	})
	return shapes(c, all, func(m *comment) fields { return c.comment(c.repo, m) }), nil
}

// See https://docs.github.com/rest/issues/comments#create-an-issue-comment
func newComment(c *call) (any, error) {
	i, err := c.issueOf()
	if err != nil {
		return nil, err
	}
	body, err := c.commentBody()
	if err != nil {
		return nil, err
	}
	return created{body: c.comment(c.repo, c.repo.addComment(i, c.actor.login, body))}, nil
}

// maxBody is the length limit of bodies, in characters.
const maxBody = 65536

func (c *call) commentBody() (string, error) {
	var in struct{ Body *string }
	if err := c.in(&in); err != nil {
		return "", err
	}
	switch body := value(in.Body); {
	case strings.TrimSpace(body) == "":
		return "", invalid("IssueComment", "body", "unprocessable", "Body cannot be blank")
	case len([]rune(body)) > maxBody:
		return "", invalid("IssueComment", "body", "unprocessable", "Body is too long (maximum is 65536 characters)")
	default:
		return body, nil
	}
}

// commentOf returns the index of the comment of a call.
func (c *call) commentOf() (int, error) {
	id, err := strconv.ParseInt(c.PathValue("id"), 10, 64)
	at := slices.IndexFunc(c.repo.comments, func(m *comment) bool { return m.id == id })
	if err != nil || at < 0 {
		return 0, notFound()
	}
	return at, nil
}

// See https://docs.github.com/rest/issues/comments#get-an-issue-comment
func getComment(c *call) (any, error) {
	at, err := c.commentOf()
	if err != nil {
		return nil, err
	}
	return c.comment(c.repo, c.repo.comments[at]), nil
}

// See https://docs.github.com/rest/issues/comments#update-an-issue-comment
func changeComment(c *call) (any, error) {
	at, err := c.commentOf()
	if err != nil {
		return nil, err
	}
	body, err := c.commentBody()
	if err != nil {
		return nil, err
	}
	m := c.repo.comments[at]
	m.body, m.changed = body, c.s.now()
	return c.comment(c.repo, m), nil
}

// See https://docs.github.com/rest/issues/comments#delete-an-issue-comment
func deleteComment(c *call) (any, error) {
	at, err := c.commentOf()
	if err != nil {
		return nil, err
	}
	c.repo.comments = slices.Delete(c.repo.comments, at, at+1)
	return noContent{}, nil
}

// See https://docs.github.com/rest/issues/labels#list-labels-for-an-issue
func listIssueLabels(c *call) (any, error) {
	i, err := c.issueOf()
	if err != nil {
		return nil, err
	}
	return shapes(c, i.labels, func(l *label) fields { return c.label(c.repo, l) }), nil
}

// See https://docs.github.com/rest/issues/labels#add-labels-to-an-issue
func addLabels(c *call) (any, error) {
	i, err := c.issueOf()
	if err != nil {
		return nil, err
	}
	labels, err := names(c.body)
	if err != nil {
		return nil, err
	}
	c.repo.addLabels(i, labels)
	return c.labels(c.repo, i), nil
}

// addAssignees assigns collaborators and ignores other users, as GitHub does.
//
// See https://docs.github.com/rest/issues/assignees#add-assignees-to-an-issue
func addAssignees(c *call) (any, error) {
	i, err := c.issueOf()
	if err != nil {
		return nil, err
	}
	var in struct{ Assignees []string }
	if err := c.in(&in); err != nil {
		return nil, err
	}
	for _, login := range in.Assignees {
		if l := c.repo.grants[strings.ToLower(login)]; l != "" && l != "none" || strings.EqualFold(login, owner(c.repo.name)) {
			i.assignees = union(i.assignees, []string{login})
		}
	}
	i.changed = c.s.now()
	return created{body: c.issue(c.repo, i)}, nil
}

// See https://docs.github.com/rest/issues/labels#list-labels-for-a-repository
func listLabels(c *call) (any, error) {
	var all []*label
	for _, l := range c.repo.labels {
		all = append(all, l)
	}
	// The labels are a map: without an order, two pages could overlap.
	slices.SortFunc(all, func(a, b *label) int { return strings.Compare(a.name, b.name) })
	return shapes(c, all, func(l *label) fields { return c.label(c.repo, l) }), nil
}

// See https://docs.github.com/rest/issues/labels#create-a-label
func newLabel(c *call) (any, error) {
	var in struct{ Name, Color string }
	if err := c.in(&in); err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, invalid("Label", "name", "missing_field", "")
	}
	if c.repo.labels[strings.ToLower(in.Name)] != nil {
		return nil, invalid("Label", "name", "already_exists", "")
	}
	l := c.repo.label(in.Name)
	if in.Color != "" {
		l.color = in.Color
	}
	return created{body: c.label(c.repo, l)}, nil
}
