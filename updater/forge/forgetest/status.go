package forgetest

import (
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Review adds a user's review to a pull request: "APPROVED" or "CHANGES_REQUESTED".
func (s *Server) Review(name string, number int, user, state string) error {
	return s.withItem(name, number, true, func(_ *repo, i *item) error {
		if i.pull.reviews == nil {
			i.pull.reviews = map[string]string{}
		}
		i.pull.reviews[user] = state
		return nil
	})
}

var asked = lazyregexp.New(`(\w+): pullRequest\(number: (\d+)\)`)

// pullStatuses returns the status of many pull requests of a repository, each under
// its alias in the query. Fields without permission are null, with an error.
func (c *call) pullStatuses(q *question) fields {
	name := q.argument("owner") + "/" + q.argument("name")
	r := c.s.repos[strings.ToLower(name)]
	if r == nil || r.may(c.actor) < read {
		return refusal("NOT_FOUND", "repository", "Could not resolve to a Repository with the name '"+name+"'.")
	}
	found, wrong := fields{}, []fields{}
	fault := func(kind, message string, path ...any) {
		wrong = append(wrong, fields{"type": kind, "message": message, "path": path, "locations": []fields{{"line": 1, "column": 1}}})
	}
	for _, m := range asked.FindAllStringSubmatch(q.text, -1) {
		// The pattern matches only digits, and no pull request has a number out of range.
		n, _ := strconv.Atoi(m[2])
		i := r.item(n)
		if i == nil || i.pull == nil {
			found[m[1]] = nil
			fault("NOT_FOUND", "Could not resolve to a PullRequest with the number of "+m[2]+".", "repository", m[1])
			continue
		}
		found[m[1]] = r.status(i)
		if r.Unseen {
			fault("FORBIDDEN", "Resource not accessible by integration", "repository", m[1], "statusCheckRollup")
		}
	}
	out := fields{"data": fields{"repository": found}}
	if len(wrong) > 0 {
		out["errors"] = wrong
	}
	return out
}

func (r *repo) status(i *item) fields {
	f := fields{
		"number": i.number, "state": strings.ToUpper(i.state), "createdAt": stamp(i.made), "headRefOid": i.pull.head.String(), "mergeable": "UNKNOWN", "mergeStateStatus": "UNKNOWN",
		"reviewDecision": text(r.decision(i)), "statusCheckRollup": nil,
	}
	if !i.pull.merged.IsZero() {
		f["state"] = "MERGED"
	}
	if state := r.rollup(i); state != "" && !r.Unseen {
		f["statusCheckRollup"] = fields{"state": state}
	}
	if _, conflicts, err := r.tryMerge(i.pull); err == nil && i.state == "open" {
		f["mergeable"], f["mergeStateStatus"] = "MERGEABLE", r.mergeStatus(i, conflicts)
		if len(conflicts) > 0 {
			f["mergeable"] = "CONFLICTING"
		}
	}
	return f
}

// mergeStatus returns the merge status in GraphQL's words, which are those of REST in
// capitals and take the rules of the repository into account.
func (r *repo) mergeStatus(i *item, conflicts []string) string {
	state := mergeState(i, conflicts)
	if decision := r.decision(i); state == "clean" && decision != "" && decision != "APPROVED" {
		return "BLOCKED"
	}
	if state == "clean" && r.rollup(i) == "FAILURE" {
		return "UNSTABLE"
	}
	return strings.ToUpper(state)
}

// decision returns the result of all reviews: "" if none is needed and there is none.
func (r *repo) decision(i *item) string {
	approved := false
	for _, state := range i.pull.reviews {
		// One such review outweighs all approvals.
		if state == "CHANGES_REQUESTED" {
			return state
		}
		approved = approved || state == "APPROVED"
	}
	switch {
	case approved:
		return "APPROVED"
	case r.Reviews:
		return "REVIEW_REQUIRED"
	}
	return ""
}

// rollup returns the result of all checks of a pull request's commit; "" if there are none.
func (r *repo) rollup(i *item) string {
	state := ""
	for _, k := range r.checks {
		switch {
		case k.head != i.pull.head:
		case k.conclusion == "failure" || k.conclusion == "timed_out" || k.conclusion == "cancelled" || k.conclusion == "action_required":
			return "FAILURE"
		case k.conclusion == "":
			state = "PENDING"
		// Not over PENDING, which another check has set.
		case state == "":
			state = "SUCCESS"
		}
	}
	return state
}
