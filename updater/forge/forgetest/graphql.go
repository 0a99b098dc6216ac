package forgetest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// graphql answers the few queries that REST does not have: the caller, the node of a
// pull request, the status of pull requests, and automatic merges. It does not parse
// the language, but looks for the names of fields, and for arguments in the text or
// in the variables.
//
// See https://docs.github.com/graphql/reference
func graphql(c *call) (any, error) {
	if c.actor == nil {
		return nil, &problem{status: http.StatusUnauthorized, message: "This endpoint requires you to be authenticated."}
	}
	var in struct {
		Query     string
		Variables map[string]json.RawMessage
	}
	if err := c.in(&in); err != nil {
		return nil, err
	}
	q := &question{text: in.Query, variables: map[string]string{}}
	q.collect(in.Variables)
	switch {
	case strings.Contains(q.text, "enablePullRequestAutoMerge"):
		return q.only(c.enable(q)), nil
	case strings.Contains(q.text, "disablePullRequestAutoMerge"):
		return q.only(c.disable(q)), nil
	// Before "pullRequest(", which these queries contain as well.
	case strings.Contains(q.text, "statusCheckRollup"):
		return c.pullStatuses(q), nil
	case strings.Contains(q.text, "pullRequest("):
		return q.only(c.lookUp(q)), nil
	case strings.Contains(q.text, "viewer"):
		return fields{"data": fields{"viewer": fields{"login": c.actor.login}}}, nil
	}
	return refusal("undefinedField", "", "the stand-in does not answer this query"), nil
}

// A question is a query with all its variables in one flat map.
type question struct {
	text      string
	variables map[string]string
}

// collect adds the values of variables, including nested ones.
func (q *question) collect(all map[string]json.RawMessage) {
	for k, v := range all {
		var inner map[string]json.RawMessage
		var text string
		switch {
		case json.Unmarshal(v, &text) == nil:
			q.variables[k] = text
		case json.Unmarshal(v, &inner) == nil:
			q.collect(inner)
		default:
			q.variables[k] = string(v)
		}
	}
}

// only removes the fields from an answer that the query does not name.
func (q *question) only(answer fields) fields {
	var prune func(fields)
	prune = func(f fields) {
		for name, value := range f {
			// As in GraphQL: a client that reads a field without asking for it has to fail.
			if !regexp.MustCompile(`\b` + name + `\b`).MatchString(q.text) {
				delete(f, name)
			} else if inner, ok := value.(fields); ok {
				prune(inner)
			}
		}
	}
	if data, ok := answer["data"].(fields); ok {
		prune(data)
	}
	return answer
}

// argument returns the value of an argument: a literal in the text, or a variable,
// by its name in the text or by the name of the argument.
func (q *question) argument(name string) string {
	m := regexp.MustCompile(`\b`+name+`\s*:\s*(?:"([^"]*)"|\$(\w+)|(\w+))`).FindAllStringSubmatch(q.text, -1)
	for _, found := range m {
		switch {
		case found[1] != "":
			return found[1]
		case found[2] != "" && q.variables[found[2]] != "":
			return q.variables[found[2]]
		// In a declaration such as $number: Int! the word is a type, and the variable has the value.
		case found[3] != "" && q.variables[name] == "":
			return found[3]
		}
	}
	return q.variables[name]
}

// refusal returns an error answer, which GraphQL sends with status 200.
func refusal(kind, path, message string) fields {
	e := fields{"type": kind, "message": message}
	if path != "" {
		e["path"] = []string{path}
	}
	return fields{"data": fields{path: nil}, "errors": []fields{e}}
}

// node returns the pull request with a node id.
func (c *call) node(id string) (*repo, *item) {
	for _, r := range c.s.repos {
		for _, i := range r.items {
			if i.pull != nil && nodeID("PullRequest", i.pull.id) == id && r.may(c.actor) >= read {
				return r, i
			}
		}
	}
	return nil, nil
}

// enable enables the automatic merge of a pull request.
//
// See https://docs.github.com/graphql/reference/mutations#enablepullrequestautomerge
func (c *call) enable(q *question) fields {
	const name = "enablePullRequestAutoMerge"
	id := q.argument("pullRequestId")
	r, i := c.node(id)
	switch {
	case i == nil:
		return refusal("NOT_FOUND", name, "Could not resolve to a node with the global id of '"+id+"'")
	case r.may(c.actor) < write || r.Archived:
		return refusal("FORBIDDEN", name, "Resource not accessible by integration")
	case !r.AutoMerge:
		return refusal("UNPROCESSABLE", name, "Auto merge is not allowed for this repository")
	case i.state != "open":
		return refusal("UNPROCESSABLE", name, "Can't enable auto-merge for this pull request.")
	case i.pull.draft:
		return refusal("UNPROCESSABLE", name, "Pull request is in draft state")
	}
	method := strings.ToLower(q.argument("mergeMethod"))
	if method != "squash" && method != "rebase" {
		method = "merge"
	}
	i.pull.method, i.pull.methodBy = method, c.actor.login
	return fields{"data": fields{name: fields{"clientMutationId": nil, "pullRequest": c.nodeOf(r, i)}}}
}

func (c *call) disable(q *question) fields {
	const name = "disablePullRequestAutoMerge"
	r, i := c.node(q.argument("pullRequestId"))
	if i == nil || r.may(c.actor) < write {
		return refusal("NOT_FOUND", name, "Could not resolve to a node with the global id")
	}
	i.pull.method = ""
	return fields{"data": fields{name: fields{"clientMutationId": nil, "pullRequest": c.nodeOf(r, i)}}}
}

// lookUp returns a pull request by its repository and number.
func (c *call) lookUp(q *question) fields {
	r := c.s.repos[strings.ToLower(q.argument("owner")+"/"+q.argument("name"))]
	if r == nil || r.may(c.actor) < read {
		return refusal("NOT_FOUND", "repository", "Could not resolve to a Repository with the name '"+q.argument("owner")+"/"+q.argument("name")+"'.")
	}
	// 0 for a text that is no number; no pull request has it.
	n, _ := strconv.Atoi(q.argument("number"))
	i := r.item(n)
	if i == nil || i.pull == nil {
		return refusal("NOT_FOUND", "repository", "Could not resolve to a PullRequest with the number of "+q.argument("number")+".")
	}
	return fields{"data": fields{"repository": fields{"pullRequest": c.nodeOf(r, i)}}}
}

func (c *call) nodeOf(r *repo, i *item) fields {
	state := strings.ToUpper(i.state)
	if !i.pull.merged.IsZero() {
		state = "MERGED"
	}
	f := fields{"id": nodeID("PullRequest", i.pull.id), "number": i.number, "state": state, "url": c.repoHTML(r) + "/pull/" + strconv.Itoa(i.number), "autoMergeRequest": nil}
	if i.pull.method != "" {
		f["autoMergeRequest"] = fields{"mergeMethod": strings.ToUpper(i.pull.method)}
	}
	return f
}
