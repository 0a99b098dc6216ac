package forgetest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// See https://docs.github.com/rest/commits/commits#compare-two-commits
func compare(c *call) (any, error) {
	basehead := c.PathValue("basehead")
	from, to, ok := strings.Cut(basehead, "...")
	if !ok {
		return nil, notFound()
	}
	base, err := c.commitOf(c.own(from))
	if err != nil {
		return nil, orNotFound(err)
	}
	head, err := c.commitOf(c.own(to))
	if err != nil {
		return nil, orNotFound(err)
	}
	common, err := c.repo.mergeBase(base.Hash, head.Hash)
	if err != nil || common.IsZero() {
		return nil, &problem{status: http.StatusNotFound, message: "No common ancestor between " + from + " and " + to + "."}
	}
	out, err := c.comparison(base, head, common)
	if err != nil {
		return nil, err
	}
	html := c.repoHTML(c.repo) + "/compare/"
	short := func(k *object.Commit) string { return owner(c.repo.name) + ":" + k.Hash.String()[:7] }
	out["url"], out["html_url"] = c.repoAPI(c.repo)+"/compare/"+escape(basehead), html+escape(basehead)
	out["permalink_url"] = html + short(base) + "..." + short(head)
	out["diff_url"], out["patch_url"] = html+escape(basehead)+".diff", html+escape(basehead)+".patch"
	return out, nil
}

// comparison returns what head has and base does not.
func (c *call) comparison(base, head *object.Commit, common plumbing.Hash) (fields, error) {
	ahead, err := c.repo.ahead(base.Hash, head.Hash)
	if err != nil {
		return nil, err
	}
	behind, err := c.repo.ahead(head.Hash, base.Hash)
	if err != nil {
		return nil, err
	}
	// Three dots mean from the common ancestor: what base got since is no change of head.
	diff, err := c.repo.diff(common, head.Hash)
	if err != nil {
		return nil, err
	}
	shared, err := c.repo.commit(common)
	if err != nil {
		return nil, err
	}
	commits, files := []fields{}, []fields{}
	for _, k := range ahead[:min(len(ahead), maxCommits)] {
		commits = append(commits, c.listedCommit(c.repo, k))
	}
	for _, d := range diff[:min(len(diff), maxCompared)] {
		files = append(files, c.diffEntry(c.repo, head.Hash, d))
	}
	return fields{
		"base_commit": c.listedCommit(c.repo, base), "merge_base_commit": c.listedCommit(c.repo, shared),
		"status": relation(len(ahead), len(behind)), "ahead_by": len(ahead), "behind_by": len(behind), "total_commits": len(ahead),
		"commits": commits, "files": files,
	}, nil
}

// maxCommits and maxCompared limit the commits and files in a comparison.
const (
	maxCommits  = 250
	maxCompared = 300
)

// own removes the owner from "owner:branch".
func (c *call) own(name string) string {
	if who, branch, ok := strings.Cut(name, ":"); ok && strings.EqualFold(who, owner(c.repo.name)) {
		return branch
	}
	return name
}

func relation(ahead, behind int) string {
	switch {
	case ahead > 0 && behind > 0:
		return "diverged"
	case ahead > 0:
		return "ahead"
	case behind > 0:
		return "behind"
	}
	return "identical"
}

// reactions are the reactions of GitHub.
var reactions = []string{"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"}

// A reaction is a user's reaction to a comment.
type reaction struct {
	id      int64
	of      int64 // the comment
	who     string
	content string
	at      any
}

// See https://docs.github.com/rest/reactions/reactions#create-reaction-for-an-issue-comment
func newReaction(c *call) (any, error) {
	at, err := c.commentOf()
	if err != nil {
		return nil, err
	}
	var in struct{ Content string }
	if err := c.in(&in); err != nil {
		return nil, err
	}
	if !slices.Contains(reactions, in.Content) {
		return nil, invalid("Reaction", "content", "invalid", "")
	}
	id := c.repo.comments[at].id
	known := slices.IndexFunc(c.repo.reactions, func(r reaction) bool { return r.of == id && r.who == c.actor.login && r.content == in.Content })
	// Documented: status 200 instead of 201 if the user has reacted so already.
	if known >= 0 {
		return c.reaction(c.repo.reactions[known]), nil
	}
	made := reaction{id: c.s.id(), of: id, who: c.actor.login, content: in.Content, at: stamp(c.s.now())}
	c.repo.reactions = append(c.repo.reactions, made)
	return created{body: c.reaction(made)}, nil
}

func (c *call) reaction(r reaction) fields {
	return fields{"id": r.id, "node_id": nodeID("Reaction", r.id), "user": c.user(r.who), "content": r.content, "created_at": r.at}
}
