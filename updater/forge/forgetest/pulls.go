package forgetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// An item is an issue or a pull request.
type item struct {
	id          int64
	number      int
	title, body string
	author      string
	state       string // "open", "closed"
	made        time.Time
	changed     time.Time
	closed      time.Time // zero while it is open
	closedBy    string
	labels      []*label
	assignees   []string
	pull        *pull // nil for an issue
}

// A pull holds the additional fields of a pull request.
type pull struct {
	id           int64
	branch, base string
	head         plumbing.Hash // commit of the branch, now or when it was closed
	from         plumbing.Hash // commit of the base when it was closed; zero while it is open
	draft        bool
	merged       time.Time // zero if it was not merged
	mergedBy     string
	mergeCommit  plumbing.Hash
	method       string // method of the automatic merge; "" if it is disabled
	methodBy     string
	reviewers    []string
	teams        []string
	reviews      map[string]string // newest review by login: "APPROVED", "CHANGES_REQUESTED"
}

type comment struct {
	id      int64
	number  int
	author  string
	body    string
	made    time.Time
	changed time.Time
}

type label struct {
	id          int64
	name, color string
}

// item returns the issue or pull request with a number, nil if it does not exist.
func (r *repo) item(number int) *item {
	if number < 1 || number > len(r.items) {
		return nil
	}
	return r.items[number-1]
}

func (r *repo) newItem(title, body, author string) *item {
	now := r.s.now()
	i := &item{id: r.s.id(), number: len(r.items) + 1, title: title, body: body, author: author, state: "open", made: now, changed: now}
	r.items = append(r.items, i)
	return i
}

// setState opens or closes an item.
func (r *repo) setState(i *item, state, who string) {
	if i.state == state {
		return
	}
	now := r.s.now()
	i.state, i.changed, i.closed, i.closedBy = state, now, time.Time{}, ""
	if i.pull != nil {
		// Closing a pull request also ends its automatic merge.
		i.pull.from, i.pull.method = plumbing.ZeroHash, ""
	}
	if state == "closed" {
		i.closed, i.closedBy = now, who
		if i.pull != nil {
			// The base moves on, and the diff of a closed pull request must not.
			i.pull.from = r.head(i.pull.base)
		}
	}
}

// reopen reopens a closed item, or returns why GitHub would not.
func (r *repo) reopen(i *item, who string) (why string) {
	if i.pull != nil {
		if why := r.stuck(i.pull); why != "" {
			return "state cannot be changed. " + why
		}
		i.pull.head = r.head(i.pull.branch) // which may have got commits while it was closed
	}
	r.setState(i, "open", who)
	return ""
}

// stuck returns why a pull request cannot be reopened; "" if it can.
func (r *repo) stuck(p *pull) string {
	at := r.head(p.branch)
	switch {
	case !p.merged.IsZero():
		return "The pull request cannot be reopened."
	case at.IsZero():
		return fmt.Sprintf("The %s branch has been deleted.", p.branch)
	case r.head(p.base).IsZero():
		return fmt.Sprintf("The %s branch has been deleted.", p.base)
	case !r.contains(at, p.head):
		return fmt.Sprintf("The %s branch was force-pushed or recreated.", p.branch)
	case r.openPull(p.branch, p.base) != nil:
		return "There is already an open pull request for this branch."
	case r.contains(r.head(p.base), at):
		return fmt.Sprintf("There are no new commits on the %s branch.", p.branch)
	}
	return ""
}

// contains reports whether old is in the history of commit.
func (r *repo) contains(commit, old plumbing.Hash) bool {
	all, err := r.ancestors(commit)
	return err == nil && all[old]
}

// openPull returns the open pull request from a branch to a base, nil if there is none.
func (r *repo) openPull(branch, base string) *item {
	for _, i := range r.items {
		if i.pull != nil && i.state == "open" && i.pull.branch == branch && i.pull.base == base {
			return i
		}
	}
	return nil
}

// follow updates the open pull requests after a branch has moved: those from it get
// a new head, and those to it become merged if it now contains their commits.
func (r *repo) follow(branch string, to plumbing.Hash, who string) error {
	for _, i := range r.items {
		if i.pull == nil || i.state != "open" {
			continue
		}
		switch branch {
		case i.pull.branch:
			if err := r.moveHead(i, to, who); err != nil {
				return err
			}
		case i.pull.base:
			if r.contains(to, i.pull.head) {
				base, err := r.mergeBase(i.pull.head, to)
				if err != nil {
					return err
				}
				r.merged(i, base, to, who)
			}
		}
	}
	return nil
}

// moveHead moves the head of a pull request, and closes it if no commits are left.
func (r *repo) moveHead(i *item, to plumbing.Hash, who string) error {
	i.pull.head, i.changed = to, r.s.now()
	r.startChecks(to, who)
	if r.contains(r.head(i.pull.base), to) {
		r.setState(i, "closed", who)
	}
	return r.keepHead(i)
}

// keepHead keeps the commits of a pull request reachable by a ref, as GitHub does.
func (r *repo) keepHead(i *item) error {
	name := fmt.Sprintf("refs/pull/%d/head", i.number)
	return r.git.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), i.pull.head))
}

func (r *repo) merged(i *item, from, commit plumbing.Hash, who string) {
	r.setState(i, "closed", who)
	i.pull.merged, i.pull.mergedBy, i.pull.mergeCommit = i.closed, who, commit
	if from != i.pull.head {
		i.pull.from = from
	}
}

// newPull opens a pull request, with the errors of GitHub.
func (r *repo) newPull(branch, base, title, body, author string, draft bool) (*item, error) {
	head, on := r.head(branch), r.head(base)
	switch {
	case on.IsZero():
		return nil, invalid("PullRequest", "base", "invalid", "")
	case head.IsZero():
		return nil, invalid("PullRequest", "head", "invalid", "")
	case r.openPull(branch, base) != nil:
		return nil, invalid("PullRequest", "", "custom", fmt.Sprintf("A pull request already exists for %s:%s.", owner(r.name), branch))
	case title == "":
		return nil, invalid("PullRequest", "title", "missing_field", "")
	}
	if r.contains(on, head) {
		return nil, invalid("PullRequest", "", "custom", fmt.Sprintf("No commits between %s and %s", base, branch))
	}
	if common, err := r.mergeBase(on, head); err != nil || common.IsZero() {
		return nil, invalid("PullRequest", "", "custom", fmt.Sprintf("The %s branch has no history in common with %s", branch, base))
	}
	i := r.newItem(title, body, author)
	i.pull = &pull{id: r.s.id(), branch: branch, base: base, head: head, draft: draft}
	r.startChecks(head, author)
	return i, r.keepHead(i)
}

// span returns the commits before and after a pull request's changes.
func (r *repo) span(p *pull) (from, to plumbing.Hash, err error) {
	base := p.from
	if base.IsZero() {
		base = r.head(p.base)
	}
	if base.IsZero() {
		// The base branch is gone, so the diff is empty.
		return p.head, p.head, nil
	}
	from, err = r.mergeBase(base, p.head)
	return from, p.head, err
}

// pullCommits returns the commits of a pull request, oldest first.
func (r *repo) pullCommits(p *pull) ([]*object.Commit, error) {
	from, to, err := r.span(p)
	if err != nil {
		return nil, err
	}
	base := p.from
	if base.IsZero() {
		base = r.head(p.base)
	}
	if base.IsZero() {
		base = from
	}
	return r.ahead(base, to)
}

func (r *repo) pullFiles(p *pull) ([]diffFile, error) {
	from, to, err := r.span(p)
	if err != nil {
		return nil, err
	}
	return r.diff(from, to)
}

// tryMerge returns the tree that a merge would give and the paths with conflicts; "" among them means that the merge cannot be tried.
func (r *repo) tryMerge(p *pull) (tree plumbing.Hash, conflicts []string, err error) {
	base := r.head(p.base)
	if base.IsZero() {
		return plumbing.ZeroHash, []string{""}, nil
	}
	from, err := r.mergeBase(base, p.head)
	if err != nil {
		return plumbing.ZeroHash, nil, err
	}
	return r.merge(from, base, p.head)
}

// mergePull merges a pull request with a merge commit.
func (r *repo) mergePull(i *item, who string) error {
	if i.pull == nil || i.state != "open" {
		return fmt.Errorf("%d is no open pull request", i.number)
	}
	tree, conflicts, err := r.tryMerge(i.pull)
	if err != nil {
		return err
	}
	if len(conflicts) > 0 {
		return fmt.Errorf("pull request %d conflicts in %s", i.number, strings.Join(conflicts, ", "))
	}
	base := r.head(i.pull.base)
	by := person(who, r.s.now())
	hash, err := r.encode(&object.Commit{
		Author: by, Committer: webFlow(r.s.now()), TreeHash: tree, ParentHashes: []plumbing.Hash{base, i.pull.head},
		Message: fmt.Sprintf("Merge pull request #%d from %s/%s\n\n%s", i.number, owner(r.name), i.pull.branch, i.title),
	})
	if err != nil {
		return err
	}
	// Before the branch moves, so that follow does not record the merge again.
	r.merged(i, base, hash, who)
	return r.setRef("refs/heads/"+i.pull.base, hash, who)
}

// webFlow returns the committer of commits that are made on GitHub's pages or by bots.
func webFlow(at time.Time) object.Signature {
	return object.Signature{Name: "GitHub", Email: "noreply@github.com", When: at}
}

// label returns a label of the repository, and creates it if it does not exist.
func (r *repo) label(name string) *label {
	key := strings.ToLower(name)
	if r.labels[key] == nil {
		// The color of labels that GitHub creates because an issue got them.
		r.labels[key] = &label{id: r.s.id(), name: name, color: "ededed"}
	}
	return r.labels[key]
}

func (r *repo) addLabels(i *item, names []string) {
	for _, n := range names {
		if l := r.label(n); !slices.Contains(i.labels, l) {
			i.labels = append(i.labels, l)
			i.changed = r.s.now()
		}
	}
}

func (r *repo) addComment(i *item, author, body string) *comment {
	now := r.s.now()
	c := &comment{id: r.s.id(), number: i.number, author: author, body: body, made: now, changed: now}
	r.comments = append(r.comments, c)
	i.changed = now
	return c
}
