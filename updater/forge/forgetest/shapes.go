package forgetest

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net/url"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// The answers follow GitHub's OpenAPI description and have all required fields:
// https://github.com/github/rest-api-description

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

func nodeID(kind string, id int64) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%02d:%s%d", len(kind), kind, id))
}

// idOf returns the id of an account, computed from the login.
func idOf(login string) int64 {
	h := fnv.New32a()
	// Package hash says that it never returns an error.
	_, _ = h.Write([]byte(strings.ToLower(login)))
	return int64(h.Sum32()%90_000_000) + 10_000_000
}

// mail returns GitHub's no-reply address of an account.
func mail(login string) string {
	return fmt.Sprintf("%d+%s@users.noreply.github.com", idOf(login), login)
}

// escape escapes a ref or a path for an address, except for slashes.
func escape(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// user returns an account; nil for "".
func (c *call) user(login string) any {
	if login == "" {
		return nil
	}
	at := c.root + "/users/" + url.PathEscape(login)
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	} else if c.s.isOrg(login) {
		kind = "Organization"
	}
	return fields{
		"login": login, "id": idOf(login), "node_id": nodeID(kind, idOf(login)), "avatar_url": c.site + "/avatars/" + url.PathEscape(login), "gravatar_id": "",
		"url": at, "html_url": c.site + "/" + url.PathEscape(login), "followers_url": at + "/followers", "following_url": at + "/following{/other_user}",
		"gists_url": at + "/gists{/gist_id}", "starred_url": at + "/starred{/owner}{/repo}", "subscriptions_url": at + "/subscriptions",
		"organizations_url": at + "/orgs", "repos_url": at + "/repos", "events_url": at + "/events{/privacy}",
		"received_events_url": at + "/received_events", "type": kind, "site_admin": false,
	}
}

// assignee returns the first assignee of an item; nil for none.
func (c *call) assignee(i *item) any {
	if len(i.assignees) == 0 {
		return nil
	}
	return c.user(i.assignees[0])
}

// templates are the URL fields of every repository.
const templates = `archive_url {archive_format}{/ref};assignees_url assignees{/user};blobs_url git/blobs{/sha};branches_url branches{/branch};` +
	`collaborators_url collaborators{/collaborator};comments_url comments{/number};commits_url commits{/sha};compare_url compare/{base}...{head};` +
	`contents_url contents/{+path};contributors_url contributors;deployments_url deployments;downloads_url downloads;events_url events;forks_url forks;` +
	`git_commits_url git/commits{/sha};git_refs_url git/refs{/sha};git_tags_url git/tags{/sha};hooks_url hooks;issue_comment_url issues/comments{/number};` +
	`issue_events_url issues/events{/number};issues_url issues{/number};keys_url keys{/key_id};labels_url labels{/name};languages_url languages;` +
	`merges_url merges;milestones_url milestones{/number};notifications_url notifications{?since,all,participating};pulls_url pulls{/number};` +
	`releases_url releases{/id};stargazers_url stargazers;statuses_url statuses/{sha};subscribers_url subscribers;subscription_url subscription;` +
	`tags_url tags;teams_url teams;trees_url git/trees{/sha}`

func (c *call) repoAPI(r *repo) string  { return c.root + "/repos/" + r.name }
func (c *call) repoHTML(r *repo) string { return c.site + "/" + r.name }

// repository returns a repository as in lists and in other objects.
func (c *call) repository(r *repo) fields {
	_, base, _ := strings.Cut(r.name, "/")
	// GitHub's count of open issues includes pull requests.
	open := 0
	for _, i := range r.items {
		if i.state == "open" {
			open++
		}
	}
	f := fields{
		"id": r.id, "node_id": nodeID("Repository", r.id), "name": base, "full_name": r.name, "owner": c.user(owner(r.name)), "private": r.Private,
		"html_url": c.repoHTML(r), "description": nil, "fork": r.Fork, "url": c.repoAPI(r), "clone_url": c.repoHTML(r) + ".git",
		"git_url": strings.Replace(c.repoHTML(r), "http", "git", 1) + ".git", "ssh_url": "git@localhost:" + r.name + ".git", "svn_url": c.repoHTML(r), "mirror_url": nil,
		"homepage": nil, "language": nil, "license": nil, "default_branch": r.Branch, "archived": r.Archived, "disabled": r.Disabled,
		"forks": 0, "forks_count": 0, "open_issues": open, "open_issues_count": open, "watchers": 0, "watchers_count": 0, "stargazers_count": 0, "size": 1,
		"has_issues": !r.NoIssues, "has_projects": false, "has_wiki": false, "has_pages": false, "has_discussions": false, "has_downloads": false,
		"pushed_at": stamp(r.pushed), "created_at": stamp(r.made), "updated_at": stamp(r.pushed), "visibility": "public", "topics": []string{},
		"allow_forking": true, "is_template": false, "web_commit_signoff_required": false,
	}
	if r.Private {
		f["visibility"] = "private"
	}
	for t := range strings.SplitSeq(templates, ";") {
		key, rest, _ := strings.Cut(t, " ")
		f[key] = c.repoAPI(r) + "/" + rest
	}
	if c.actor != nil {
		f["permissions"] = rights(r.may(c.actor))
	}
	return f
}

func rights(l level) fields {
	return fields{"admin": l >= admin, "maintain": l >= maintain, "push": l >= write, "triage": l >= triage, "pull": l >= read}
}

// fullRepository returns a repository as the answer to a request for it.
func (c *call) fullRepository(r *repo) fields {
	f := c.repository(r)
	f["network_count"], f["subscribers_count"] = 0, 0
	if c.actor != nil && r.may(c.actor) >= write {
		f["allow_merge_commit"], f["allow_squash_merge"], f["allow_rebase_merge"] = true, true, true
		f["allow_auto_merge"], f["delete_branch_on_merge"], f["allow_update_branch"] = r.AutoMerge, false, false
	}
	return f
}

func (c *call) label(r *repo, l *label) fields {
	return fields{
		"id": l.id, "node_id": nodeID("Label", l.id), "url": c.repoAPI(r) + "/labels/" + url.PathEscape(l.name),
		"name": l.name, "description": "", "color": l.color, "default": false,
	}
}

func (c *call) labels(r *repo, i *item) []fields {
	all := []fields{}
	for _, l := range i.labels {
		all = append(all, c.label(r, l))
	}
	return all
}

func association(r *repo, login string) string {
	switch {
	case strings.EqualFold(login, owner(r.name)):
		return "OWNER"
	case strings.HasSuffix(login, "[bot]"):
		return "CONTRIBUTOR"
	case r.level(login) >= write:
		return "COLLABORATOR"
	}
	return "NONE"
}

// issue returns an issue, or a pull request in the form of an issue.
func (c *call) issue(r *repo, i *item) fields {
	at := fmt.Sprintf("%s/issues/%d", c.repoAPI(r), i.number)
	count := 0
	for _, m := range r.comments {
		if m.number == i.number {
			count++
		}
	}
	f := fields{
		"id": i.id, "node_id": nodeID("Issue", i.id), "url": at, "repository_url": c.repoAPI(r), "labels_url": at + "/labels{/name}", "comments_url": at + "/comments",
		"events_url": at + "/events", "html_url": fmt.Sprintf("%s/issues/%d", c.repoHTML(r), i.number), "number": i.number, "state": i.state,
		"state_reason": nil, "title": i.title, "body": text(i.body), "user": c.user(i.author), "labels": c.labels(r, i), "assignee": c.assignee(i), "assignees": c.users(i.assignees),
		"milestone": nil, "locked": false, "comments": count, "closed_at": stamp(i.closed), "created_at": stamp(i.made), "updated_at": stamp(i.changed),
		"author_association": association(r, i.author),
	}
	// GitHub gives a reason only to issues.
	if i.state == "closed" && i.pull == nil {
		f["state_reason"] = "completed"
	}
	if i.pull != nil {
		page := fmt.Sprintf("%s/pull/%d", c.repoHTML(r), i.number)
		f["html_url"], f["draft"] = page, i.pull.draft
		f["pull_request"] = fields{
			"url": fmt.Sprintf("%s/pulls/%d", c.repoAPI(r), i.number), "html_url": page, "diff_url": page + ".diff", "patch_url": page + ".patch", "merged_at": stamp(i.pull.merged),
		}
	}
	return f
}

// text returns a body; null for an empty one, as GitHub does.
func text(body string) any {
	if body == "" {
		return nil
	}
	return body
}

func (c *call) comment(r *repo, m *comment) fields {
	at := fmt.Sprintf("%s/issues/%d", c.repoAPI(r), m.number)
	page := "issues"
	if i := r.item(m.number); i != nil && i.pull != nil {
		page = "pull"
	}
	return fields{
		"id": m.id, "node_id": nodeID("IssueComment", m.id), "url": fmt.Sprintf("%s/issues/comments/%d", c.repoAPI(r), m.id),
		"html_url":  fmt.Sprintf("%s/%s/%d#issuecomment-%d", c.repoHTML(r), page, m.number, m.id),
		"issue_url": at, "user": c.user(m.author), "body": m.body, "created_at": stamp(m.made), "updated_at": stamp(m.changed),
		"author_association": association(r, m.author),
	}
}

// pullRequest returns a pull request as in lists.
func (c *call) pullRequest(r *repo, i *item) fields {
	api := fmt.Sprintf("%s/pulls/%d", c.repoAPI(r), i.number)
	page := fmt.Sprintf("%s/pull/%d", c.repoHTML(r), i.number)
	issue := fmt.Sprintf("%s/issues/%d", c.repoAPI(r), i.number)
	p := i.pull
	// A closed pull request keeps the base that it was closed with.
	base := p.from
	if base.IsZero() {
		base = r.head(p.base)
	}
	f := fields{
		"id": p.id, "node_id": nodeID("PullRequest", p.id), "url": api, "html_url": page, "diff_url": page + ".diff", "patch_url": page + ".patch", "issue_url": issue,
		"commits_url": api + "/commits", "review_comments_url": api + "/comments", "review_comment_url": c.repoAPI(r) + "/pulls/comments{/number}",
		"comments_url": issue + "/comments", "statuses_url": c.repoAPI(r) + "/statuses/" + p.head.String(), "number": i.number, "state": i.state, "locked": false,
		"title": i.title, "user": c.user(i.author), "body": text(i.body), "labels": c.labels(r, i), "milestone": nil, "assignee": c.assignee(i), "assignees": c.users(i.assignees),
		"created_at": stamp(i.made), "updated_at": stamp(i.changed), "closed_at": stamp(i.closed), "merged_at": stamp(p.merged), "merge_commit_sha": sha(p.mergeCommit),
		"requested_reviewers": c.users(p.reviewers), "requested_teams": c.teams(r, p.teams), "draft": p.draft, "author_association": association(r, i.author),
		"head": c.side(r, p.branch, p.head), "base": c.side(r, p.base, base), "auto_merge": nil,
		"_links": fields{
			"self": href(api), "html": href(page), "issue": href(issue), "comments": href(issue + "/comments"), "review_comments": href(api + "/comments"),
			"review_comment": href(c.repoAPI(r) + "/pulls/comments{/number}"), "commits": href(api + "/commits"), "statuses": href(c.repoAPI(r) + "/statuses/" + p.head.String()),
		},
	}
	if p.method != "" {
		f["auto_merge"] = fields{"enabled_by": c.user(p.methodBy), "merge_method": p.method, "commit_title": i.title, "commit_message": ""}
	}
	return f
}

func href(to string) fields { return fields{"href": to} }

func sha(h plumbing.Hash) any {
	if h.IsZero() {
		return nil
	}
	return h.String()
}

func (c *call) side(r *repo, branch string, at plumbing.Hash) fields {
	return fields{"label": owner(r.name) + ":" + branch, "ref": branch, "sha": at.String(), "user": c.user(owner(r.name)), "repo": c.repository(r)}
}

func (c *call) users(logins []string) []any {
	all := []any{}
	for _, l := range logins {
		all = append(all, c.user(l))
	}
	return all
}

func (c *call) teams(r *repo, slugs []string) []fields {
	all := []fields{}
	for _, s := range slugs {
		org := owner(r.name)
		at := fmt.Sprintf("%s/organizations/%d/team/%d", c.root, idOf(org), idOf(s))
		all = append(all, fields{
			"id": idOf(s), "node_id": nodeID("Team", idOf(s)), "url": at, "html_url": c.site + "/orgs/" + org + "/teams/" + s, "name": s, "slug": s, "description": nil,
			"privacy": "closed", "permission": "pull", "members_url": at + "/members{/member}", "repositories_url": at + "/repos", "parent": nil, "type": "organization",
		})
	}
	return all
}

// fullPullRequest returns a pull request as the answer to a request for it.
func (c *call) fullPullRequest(r *repo, i *item) (fields, error) {
	f := c.pullRequest(r, i)
	commits, err := r.pullCommits(i.pull)
	if err != nil {
		return nil, err
	}
	files, err := r.pullFiles(i.pull)
	if err != nil {
		return nil, err
	}
	plus, minus := 0, 0
	for _, d := range files {
		plus, minus = plus+d.plus, minus+d.minus
	}
	f["commits"], f["changed_files"], f["additions"], f["deletions"] = len(commits), len(files), plus, minus
	f["comments"], f["review_comments"], f["maintainer_can_modify"] = c.issue(r, i)["comments"], 0, false
	f["merged"], f["merged_by"], f["mergeable"], f["rebaseable"], f["mergeable_state"] = !i.pull.merged.IsZero(), c.user(i.pull.mergedBy), nil, nil, "unknown"
	// A closed pull request is not tried, and its fields stay null.
	if i.state == "open" {
		_, conflicts, err := r.tryMerge(i.pull)
		if err != nil {
			return nil, err
		}
		f["mergeable"], f["rebaseable"], f["mergeable_state"] = len(conflicts) == 0, len(conflicts) == 0, mergeState(i, conflicts)
	}
	return f, nil
}

func mergeState(i *item, conflicts []string) string {
	switch {
	case len(conflicts) > 0:
		return "dirty"
	case i.pull.draft:
		return "draft"
	}
	return "clean"
}
