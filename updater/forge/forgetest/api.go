package forgetest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// api returns the router of all supported requests.
func (s *Server) api() *http.ServeMux {
	m := http.NewServeMux()
	repo := func(pattern string, need level, h handler) {
		method, path, _ := strings.Cut(pattern, " ")
		m.Handle(method+" /repos/{owner}/{repo}"+path, handle(below(need, h)))
	}
	for pattern, h := range map[string]handler{
		"GET /rate_limit": rateLimit, "GET /user": whoAmI, "GET /users/{user}": getUser, "POST /graphql": graphql,
		"GET /orgs/{org}/repos": orgRepos, "GET /users/{user}/repos": userRepos, "GET /user/repos": ownRepos,
		"GET /app": getApp, "GET /orgs/{org}/installation": accountInstallation, "GET /users/{user}/installation": accountInstallation,
		"GET /user/installations": userInstallations, "GET /user/installations/{id}/repositories": userInstallationRepos,
		"GET /app/installations": listInstallations, "POST /app/installations/{id}/access_tokens": newInstallationToken,
		"GET /installation/repositories": installedRepos, "GET /repos/{owner}/{repo}/installation": repoInstallation,
	} {
		m.Handle(pattern, handle(h))
	}
	reads(repo)
	writes(repo)
	// GitHub serves archives from another host, codeload.github.com; here it is a path of its own.
	m.Handle("GET /codeload/{owner}/{repo}/legacy.tar.gz/{ref...}", handle(below(read, codeload)))
	return m
}

// reads registers the requests that only read.
func reads(repo func(string, level, handler)) {
	repo("GET ", read, getRepo)
	repo("GET /branches", read, listBranches)
	repo("GET /branches/{branch...}", read, getBranch)
	repo("GET /releases", read, listReleases)
	repo("GET /git/ref/{ref...}", read, getRef)
	repo("GET /git/matching-refs/{ref...}", read, matchingRefs)
	repo("GET /git/trees/{tree...}", read, getTree)
	repo("GET /git/blobs/{sha}", read, getBlob)
	repo("GET /git/commits/{sha}", read, getGitCommit)
	repo("GET /commits", read, listCommits)
	repo("GET /commits/{ref...}", read, getCommit)
	repo("GET /compare/{basehead...}", read, compare)
	repo("GET /contents", read, getContents)
	repo("GET /contents/{path...}", read, getContents)
	repo("GET /tarball/{ref...}", read, getTarball)
	repo("GET /pulls", read, listPulls)
	repo("GET /pulls/{number}", read, getPull)
	repo("GET /pulls/{number}/files", read, listPullFiles)
	repo("GET /pulls/{number}/commits", read, listPullCommits)
	repo("GET /pulls/{number}/requested_reviewers", read, getReviewers)
	repo("GET /issues", read, listIssues)
	repo("GET /issues/comments", read, listComments)
	repo("GET /issues/{number}", read, getIssue)
	repo("GET /issues/{number}/{of}", read, getOfIssue)
	repo("GET /labels", read, listLabels)
	repo("GET /collaborators/{user}/permission", read, getPermission)
}

// writes registers the requests that write. All users may comment and open issues; the rest need write permission.
func writes(repo func(string, level, handler)) {
	repo("POST /git/refs", write, newRef)
	repo("PATCH /git/refs/{ref...}", write, moveRef)
	repo("DELETE /git/refs/{ref...}", write, deleteRef)
	repo("POST /git/trees", write, newTree)
	repo("POST /git/blobs", write, newBlob)
	repo("POST /git/commits", write, newCommit)
	repo("POST /pulls", write, newPull)
	repo("PATCH /pulls/{number}", write, changePull)
	repo("PUT /pulls/{number}/merge", write, mergePull)
	repo("POST /pulls/{number}/requested_reviewers", write, requestReviewers)
	repo("POST /issues", write, newIssue)
	repo("PATCH /issues/{number}", write, changeIssue)
	repo("POST /issues/{number}/comments", write, newComment)
	repo("PATCH /issues/comments/{id}", write, changeComment)
	repo("DELETE /issues/comments/{id}", write, deleteComment)
	repo("POST /issues/comments/{id}/reactions", write, newReaction)
	repo("POST /issues/{number}/labels", write, addLabels)
	repo("POST /issues/{number}/assignees", write, addAssignees)
	repo("POST /labels", write, newLabel)
}

// below checks the permission for a request in a repository. A repository that the
// caller may not see is "not found"; an archived one is read-only.
func below(need level, h handler) handler {
	return func(c *call) (any, error) {
		name := strings.ToLower(c.PathValue("owner") + "/" + c.PathValue("repo"))
		// As on GitHub, a new repository of the old name ends the redirect.
		if to := c.s.renamed[name]; to != "" && c.s.repos[name] == nil {
			return c.sendOn(to), nil
		}
		r := c.s.repos[name]
		// The same answer, so that it does not tell which private repositories exist. An App itself
		// reads none, only its installations do.
		if r == nil || r.may(c.actor) < read || c.actor != nil && c.actor.app {
			return nil, notFound()
		}
		c.repo = r
		switch {
		case r.Disabled && c.Method != http.MethodGet:
			return nil, &problem{status: http.StatusForbidden, message: "Repository access blocked"}
		case need <= read:
		case c.actor == nil:
			return nil, &problem{status: http.StatusUnauthorized, message: "Requires authentication"}
		case r.may(c.actor) < need:
			return nil, forbidden()
		case r.Archived:
			return nil, &problem{status: http.StatusForbidden, message: "Repository was archived so is read-only."}
		}
		return h(c)
	}
}

// sendOn redirects a request for a renamed repository.
//
// See https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
func (c *call) sendOn(to string) moved {
	parts := strings.SplitN(strings.TrimPrefix(c.URL.EscapedPath(), "/"), "/", 4)
	at := c.root + "/repos/" + to
	if len(parts) == 4 {
		at += "/" + parts[3]
	}
	if c.URL.RawQuery != "" {
		at += "?" + c.URL.RawQuery
	}
	// Clients may turn any other method into GET after a 301, but not after a 307.
	if c.Method == http.MethodGet {
		return moved{status: http.StatusMovedPermanently, to: at}
	}
	return moved{status: http.StatusTemporaryRedirect, to: at}
}

func forbidden() error {
	return &problem{status: http.StatusForbidden, message: "Resource not accessible by integration"}
}

func (c *call) number() int {
	n, err := strconv.Atoi(c.PathValue("number"))
	if err != nil {
		// Numbers begin at 1, so no item has 0 and the answer is 404.
		return 0
	}
	return n
}

// page returns one page of a list, and sets the links to the others.
//
// See https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
func page[T any](c *call, all []T) []T {
	query := c.URL.Query()
	size, at := positive(query.Get("per_page"), 30), positive(query.Get("page"), 1)
	size = min(size, 100) // GitHub's largest page
	// An empty list has one page too: without it, the link to the page before would name page 0.
	last := max((len(all)+size-1)/size, 1)
	var links []string
	link := func(n int, rel string) {
		q := url.Values{}
		// The links keep all other parameters, because clients follow them unchanged.
		for k, v := range query {
			q[k] = v
		}
		q.Set("page", strconv.Itoa(n))
		links = append(links, "<"+c.root+c.URL.EscapedPath()+"?"+q.Encode()+`>; rel="`+rel+`"`)
	}
	if at > 1 {
		link(min(at-1, last), "prev")
	}
	if at < last {
		link(at+1, "next")
		link(last, "last")
	}
	if at > 1 {
		link(1, "first")
	}
	if len(links) > 0 {
		c.answer.Set("Link", strings.Join(links, ", "))
	}
	// A page after the last one is empty and no error, as on GitHub.
	begin := min((at-1)*size, len(all))
	return all[begin:min(begin+size, len(all))]
}

func positive(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	// The upper limit keeps the product of page and per_page from overflowing.
	if err != nil || n < 1 || n > 1_000_000 {
		return otherwise
	}
	return n
}

// shapes encodes the requested page of a list.
func shapes[T any](c *call, all []T, shape func(T) fields) []fields {
	// Not nil: an empty list is [] in JSON, and null is no list to clients.
	out := []fields{}
	for _, v := range page(c, all) {
		out = append(out, shape(v))
	}
	return out
}
