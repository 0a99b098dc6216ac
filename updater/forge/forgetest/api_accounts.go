package forgetest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// isOrg reports whether an account is an organization: owners of repositories are,
// unless Person was called for them.
func (s *Server) isOrg(login string) bool {
	for _, r := range s.repos {
		if strings.EqualFold(owner(r.name), login) {
			return !s.people[strings.ToLower(login)]
		}
	}
	return false
}

// Person makes an owner of repositories a person. By default owners are organizations.
func (s *Server) Person(login string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people[strings.ToLower(login)] = true
}

// See https://docs.github.com/rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user
func rateLimit(c *call) (any, error) {
	used := c.s.used[c.login()]
	rate := fields{"limit": c.s.limit, "remaining": max(c.s.limit-used, 0), "reset": c.s.reset(), "used": used}
	// GitHub's answer has other resources too; only core is counted here.
	other := fields{"limit": 30, "remaining": 30, "reset": c.s.reset(), "used": 0}
	return fields{"rate": rate, "resources": fields{"core": rate, "search": other, "graphql": other}}, nil
}

// See https://docs.github.com/rest/users/users#get-the-authenticated-user
func whoAmI(c *call) (any, error) {
	switch {
	case c.actor == nil:
		return nil, &problem{status: http.StatusUnauthorized, message: "Requires authentication"}
	// The token of an installation has no user.
	case c.actor.installed:
		return nil, forbidden()
	case c.actor.app:
		return nil, &problem{status: http.StatusUnauthorized, message: "A JSON web token could not be decoded"}
	}
	return c.account(c.actor.login), nil
}

// See https://docs.github.com/rest/users/users#get-a-user
func getUser(c *call) (any, error) { return c.account(c.PathValue("user")), nil }

// account returns an account with its public fields.
func (c *call) account(login string) any {
	f, ok := c.user(login).(fields)
	if !ok {
		return nil
	}
	// GitHub's description requires these fields, and the stand-in has no values for them.
	for _, k := range []string{"bio", "company", "email", "hireable", "location", "name"} {
		f[k] = nil
	}
	for _, k := range []string{"followers", "following", "public_gists", "public_repos"} {
		f[k] = 0
	}
	f["blog"], f["created_at"], f["updated_at"], f["user_view_type"] = "", stamp(time.Unix(0, 0)), stamp(time.Unix(0, 0)), "public"
	return f
}

// owned returns the repositories of an account that the caller may see, sorted by name.
func (c *call) owned(account string) []*repo {
	var all []*repo
	for _, key := range slices.Sorted(maps.Keys(c.s.repos)) {
		r := c.s.repos[key]
		if (account == "" || strings.EqualFold(owner(r.name), account)) && r.may(c.actor) >= read {
			all = append(all, r)
		}
	}
	return all
}

// See https://docs.github.com/rest/repos/repos#list-organization-repositories
func orgRepos(c *call) (any, error) {
	if !c.s.isOrg(c.PathValue("org")) {
		return nil, notFound()
	}
	return shapes(c, c.owned(c.PathValue("org")), c.repository), nil
}

// See https://docs.github.com/rest/repos/repos#list-repositories-for-a-user
func userRepos(c *call) (any, error) {
	var public []*repo
	for _, r := range c.owned(c.PathValue("user")) {
		// This list has only public repositories, even for callers who may see others.
		if !r.Private {
			public = append(public, r)
		}
	}
	return shapes(c, public, c.repository), nil
}

// See https://docs.github.com/rest/repos/repos#list-repositories-for-the-authenticated-user
func ownRepos(c *call) (any, error) {
	switch {
	case c.actor == nil:
		return nil, &problem{status: http.StatusUnauthorized, message: "Requires authentication"}
	case c.actor.installed:
		return nil, forbidden()
	}
	// The default affiliation includes repositories of others that the caller may access.
	account := ""
	if c.URL.Query().Get("affiliation") == "owner" {
		account = c.actor.login
	}
	return shapes(c, c.owned(account), c.repository), nil
}

// asApp returns an error unless the caller is the App itself.
func (c *call) asApp() error {
	if c.actor == nil || !c.actor.app {
		return &problem{status: http.StatusUnauthorized, message: "A JSON web token could not be decoded"}
	}
	return nil
}

// See https://docs.github.com/rest/apps/apps#get-the-authenticated-app
func getApp(c *call) (any, error) {
	if err := c.asApp(); err != nil {
		return nil, err
	}
	a := c.s.app
	return fields{
		"id": a.id, "slug": a.slug, "node_id": nodeID("Integration", a.id), "owner": c.user("freshpin"), "name": a.slug, "description": nil,
		"external_url": c.site, "html_url": c.site + "/apps/" + a.slug, "created_at": stamp(a.made), "updated_at": stamp(a.made),
		"permissions": c.s.app.rights, "events": []string{},
	}, nil
}

// See https://docs.github.com/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app
func repoInstallation(c *call) (any, error) {
	if err := c.asApp(); err != nil {
		return nil, err
	}
	// The App is installed everywhere, so each repository that exists has an installation.
	if c.s.repos[strings.ToLower(c.PathValue("owner")+"/"+c.PathValue("repo"))] == nil {
		return nil, notFound()
	}
	return c.installation(c.PathValue("owner")), nil
}

// See https://docs.github.com/rest/apps/apps#get-an-organization-installation-for-the-authenticated-app
func accountInstallation(c *call) (any, error) {
	if err := c.asApp(); err != nil {
		return nil, err
	}
	// One handler for /users and /orgs; GitHub finds an account only under its own kind.
	login, org := c.PathValue("user"), false
	if login == "" {
		login, org = c.PathValue("org"), true
	}
	if len(c.s.accounts()[strings.ToLower(login)]) == 0 || c.s.isOrg(login) != org {
		return nil, notFound()
	}
	return c.installation(login), nil
}

// accounts returns the names of the repositories by owner, in lower case.
func (s *Server) accounts() map[string][]string {
	all := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(s.repos)) {
		all[owner(key)] = append(all[owner(key)], s.repos[key].name)
	}
	return all
}

// See https://docs.github.com/rest/apps/apps#list-installations-for-the-authenticated-app
func listInstallations(c *call) (any, error) {
	if err := c.asApp(); err != nil {
		return nil, err
	}
	return shapes(c, slices.Sorted(maps.Keys(c.s.accounts())), c.installation), nil
}

func (c *call) installation(account string) fields {
	id := c.s.installation(account)
	kind := "User"
	if c.s.isOrg(account) {
		kind = "Organization"
	}
	return fields{
		"id": id, "account": c.user(account), "app_id": c.s.app.id, "app_slug": c.s.app.slug, "target_id": idOf(account), "target_type": kind,
		"single_file_name": nil, "repository_selection": "all", "access_tokens_url": fmt.Sprintf("%s/app/installations/%d/access_tokens", c.root, id),
		"html_url": fmt.Sprintf("%s/settings/installations/%d", c.site, id), "repositories_url": c.root + "/installation/repositories", "events": []string{},
		"permissions": c.s.app.rights, "created_at": stamp(c.s.app.made), "updated_at": stamp(c.s.app.made), "suspended_by": nil, "suspended_at": nil,
	}
}

// See https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
func newInstallationToken(c *call) (any, error) {
	if err := c.asApp(); err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(c.PathValue("id"), 10, 64)
	if err != nil {
		return nil, notFound()
	}
	for account, known := range c.s.app.accounts {
		if known == id {
			token, ends := c.s.newToken(account)
			return created{body: fields{"token": token, "expires_at": stamp(ends), "permissions": c.s.app.rights, "repository_selection": "all"}}, nil
		}
	}
	return nil, notFound()
}

// See https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-app-installation
func installedRepos(c *call) (any, error) {
	if c.actor == nil {
		return nil, &problem{status: http.StatusUnauthorized, message: "Requires authentication"}
	}
	// Only the tokens of the App's installations belong to an account.
	if c.actor.account == "" {
		return nil, &problem{status: http.StatusForbidden, message: "You must authenticate with an installation access token in order to list repositories for an installation."}
	}
	all := c.owned(c.actor.account)
	return fields{"total_count": len(all), "repository_selection": "all", "repositories": shapes(c, all, c.repository)}, nil
}
