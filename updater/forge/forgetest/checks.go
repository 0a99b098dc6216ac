package forgetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// A check is one check run of a commit.
type check struct {
	id, suite    int64
	head         plumbing.Hash
	name         string
	conclusion   string // "" while it is queued
	made, closed time.Time
}

// actionsApp is the id of the App of GitHub Actions.
const actionsApp = 15368

// startChecks queues the checks of a pull request, unless the token of a workflow
// opened it or moved its branch.
//
// See https://docs.github.com/actions/concepts/security/github_token#when-github_token-triggers-workflow-runs
func (r *repo) startChecks(head plumbing.Hash, who string) {
	if who == actionsLogin {
		return
	}
	for _, name := range r.Checks {
		r.check(head, name)
	}
}

// check returns the check of a commit with a name, and creates it if it does not exist.
func (r *repo) check(head plumbing.Hash, name string) *check {
	suite := int64(0)
	for _, k := range r.checks {
		if k.head != head {
			continue
		}
		if k.name == name {
			return k
		}
		// All checks of one App on one commit are in one suite.
		suite = k.suite
	}
	if suite == 0 {
		suite = r.s.id()
	}
	k := &check{id: r.s.id(), suite: suite, head: head, name: name, made: r.s.now()}
	r.checks = append(r.checks, k)
	return k
}

// Check sets the conclusion of a check of a branch's newest commit: "success",
// "failure" or another of GitHub's words. It creates the check if it does not exist.
func (s *Server) Check(name, branch, check, conclusion string) error {
	return s.with(name, func(r *repo) error {
		head := r.head(branch)
		if head.IsZero() {
			return fmt.Errorf("%s has no branch %s", name, branch)
		}
		k := r.check(head, check)
		k.conclusion, k.closed = conclusion, s.now()
		return nil
	})
}

// Checks returns the conclusions of the checks of a branch's newest commit by name:
// "" for those that have not ended.
func (s *Server) Checks(name, branch string) map[string]string {
	found := map[string]string{}
	// It fails only for an unknown repository, which has no checks.
	_ = s.with(name, func(r *repo) error {
		for _, k := range r.checks {
			if k.head == r.head(branch) {
				found[k.name] = k.conclusion
			}
		}
		return nil
	})
	return found
}

// checksOf returns the commit for a name in a request, and its checks.
func (c *call) checksOf(name string) (*object.Commit, []*check, error) {
	k, err := c.commitOf(name)
	if err != nil {
		return nil, nil, unprocessable("No commit found for SHA: %s", name)
	}
	var all []*check
	for _, each := range c.repo.checks {
		if each.head == k.Hash {
			all = append(all, each)
		}
	}
	return k, all, nil
}

// See https://docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference
func (c *call) listCheckRuns(name string) (any, error) {
	_, all, err := c.checksOf(name)
	if err != nil {
		return nil, err
	}
	q := c.URL.Query()
	all = slices.DeleteFunc(all, func(k *check) bool {
		return q.Get("check_name") != "" && q.Get("check_name") != k.name || q.Get("status") != "" && q.Get("status") != k.status()
	})
	return fields{"total_count": len(all), "check_runs": shapes(c, all, c.checkRun)}, nil
}

// See https://docs.github.com/rest/checks/suites#list-check-suites-for-a-git-reference
func (c *call) listCheckSuites(name string) (any, error) {
	k, all, err := c.checksOf(name)
	if err != nil {
		return nil, err
	}
	suites := []fields{}
	// One App makes all checks, so there is at most one suite.
	if len(all) > 0 {
		suites = append(suites, c.checkSuite(k, all))
	}
	return fields{"total_count": len(suites), "check_suites": page(c, suites)}, nil
}

func (k *check) status() string {
	if k.conclusion == "" {
		return "queued"
	}
	return "completed"
}

func (c *call) checkRun(k *check) fields {
	at := fmt.Sprintf("%s/check-runs/%d", c.repoAPI(c.repo), k.id)
	html := fmt.Sprintf("%s/runs/%d", c.repoHTML(c.repo), k.id)
	return fields{
		"id": k.id, "node_id": nodeID("CheckRun", k.id), "head_sha": k.head.String(), "external_id": "", "url": at, "html_url": html, "details_url": html,
		"status": k.status(), "conclusion": text(k.conclusion), "started_at": stamp(k.made), "completed_at": stamp(k.closed), "name": k.name,
		"output":      fields{"title": nil, "summary": nil, "text": nil, "annotations_count": 0, "annotations_url": at + "/annotations"},
		"check_suite": fields{"id": k.suite}, "app": c.actionsApp(), "pull_requests": c.pullsAt(k.head),
	}
}

func (c *call) checkSuite(k *object.Commit, all []*check) fields {
	first := all[0]
	at := fmt.Sprintf("%s/check-suites/%d", c.repoAPI(c.repo), first.suite)
	status, conclusion := "completed", "success"
	for _, each := range all {
		switch {
		// One unfinished check keeps the suite open, even beside failed ones.
		case each.conclusion == "":
			status, conclusion = "queued", ""
		case each.conclusion != "success" && conclusion == "success":
			conclusion = each.conclusion
		}
	}
	who := func(s object.Signature) fields { return fields{"name": s.Name, "email": s.Email} }
	before := plumbing.ZeroHash
	if len(k.ParentHashes) > 0 {
		before = k.ParentHashes[0]
	}
	return fields{
		"id": first.suite, "node_id": nodeID("CheckSuite", first.suite), "head_branch": c.branchAt(k.Hash), "head_sha": k.Hash.String(),
		"status": status, "conclusion": text(conclusion), "url": at, "before": before.String(), "after": k.Hash.String(),
		"pull_requests": c.pullsAt(k.Hash), "app": c.actionsApp(), "repository": c.repository(c.repo),
		"created_at": stamp(first.made), "updated_at": stamp(first.made), "latest_check_runs_count": len(all), "check_runs_url": at + "/check-runs",
		"head_commit": fields{
			"id": k.Hash.String(), "tree_id": k.TreeHash.String(), "message": strings.TrimSuffix(k.Message, "\n"),
			"timestamp": stamp(k.Committer.When), "author": who(k.Author), "committer": who(k.Committer),
		},
	}
}

// branchAt returns the branch of a pull request that points to a commit, null if there is none.
func (c *call) branchAt(head plumbing.Hash) any {
	for _, i := range c.repo.items {
		if i.pull != nil && i.pull.head == head {
			return i.pull.branch
		}
	}
	return nil
}

// pullsAt returns the open pull requests whose branch points to a commit.
func (c *call) pullsAt(head plumbing.Hash) []fields {
	r, all := c.repo, []fields{}
	side := func(branch string, at plumbing.Hash) fields {
		_, base, _ := strings.Cut(r.name, "/")
		return fields{"ref": branch, "sha": at.String(), "repo": fields{"id": r.id, "url": c.repoAPI(r), "name": base}}
	}
	for _, i := range r.items {
		if i.pull != nil && i.state == "open" && i.pull.head == head {
			all = append(all, fields{
				"id": i.pull.id, "number": i.number, "url": fmt.Sprintf("%s/pulls/%d", c.repoAPI(r), i.number),
				"head": side(i.pull.branch, head), "base": side(i.pull.base, r.head(i.pull.base)),
			})
		}
	}
	return all
}

func (c *call) actionsApp() fields {
	return fields{
		"id": actionsApp, "slug": "github-actions", "node_id": nodeID("Integration", actionsApp), "owner": c.user("github"), "name": "GitHub Actions",
		"description": nil, "external_url": c.site, "html_url": c.site + "/apps/github-actions", "created_at": stamp(c.repo.made), "updated_at": stamp(c.repo.made),
		"permissions": fields{"checks": "write"}, "events": []string{},
	}
}
