package forgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// oauth is the sign-in of users to other sites.
type oauth struct {
	id, secret string

	mu    sync.Mutex
	codes map[string]grant
	next  int
	login string // user of the browser
}

// A grant is the meaning of a code.
type grant struct{ login, back string }

// OAuth enables sign-in to an App with its client id and secret. The user at
// /login/oauth/authorize is the one set by SignIn.
func (s *Server) OAuth(id, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.door = &oauth{id: id, secret: secret, codes: map[string]grant{}}
}

// SignIn sets the user of the browser.
func (s *Server) SignIn(login string) {
	s.door.mu.Lock()
	defer s.door.mu.Unlock()
	s.door.login = login
}

// authorize redirects the browser back with a code.
//
// See https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
func (o *oauth) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if q.Get("client_id") != o.id || err != nil || back.Host == "" {
		http.NotFound(w, r)
		return
	}
	o.mu.Lock()
	o.next++
	code := fmt.Sprintf("code%d", o.next)
	o.codes[code] = grant{o.login, q.Get("redirect_uri")}
	o.mu.Unlock()
	// The address of the client may have parameters of its own.
	answer := back.Query()
	answer.Set("code", code)
	// The client compares it, so that no other site can begin a sign-in for it.
	answer.Set("state", q.Get("state"))
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// accessToken exchanges a code for a token, once. It answers errors with status 200, as GitHub does.
func (s *Server) accessToken(w http.ResponseWriter, r *http.Request) {
	o := s.door
	o.mu.Lock()
	g, ok := o.codes[r.PostFormValue("code")]
	delete(o.codes, r.PostFormValue("code")) // valid once, also with a wrong secret
	o.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	answer := map[string]string{"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}
	switch {
	case r.PostFormValue("client_id") != o.id || r.PostFormValue("client_secret") != o.secret:
		answer = map[string]string{"error": "incorrect_client_credentials"}
	// RFC 6749, section 4.1.3: the address has to be the one that the code was made for.
	case ok && g.back == r.PostFormValue("redirect_uri"):
		token := "ghu_" + r.PostFormValue("code")
		s.Token(token, g.login, false)
		answer = map[string]string{"access_token": token, "token_type": "bearer", "scope": ""}
	}
	_ = json.NewEncoder(w).Encode(answer) // fails only if the client has disconnected
}

// seen returns the accounts with repositories that the caller may read.
func (c *call) seen() []string {
	var accounts []string
	for _, r := range c.owned("") {
		if a := strings.ToLower(owner(r.name)); !slices.Contains(accounts, a) {
			accounts = append(accounts, a)
		}
	}
	return accounts
}

// See https://docs.github.com/rest/apps/installations#list-app-installations-accessible-to-the-user-access-token
func userInstallations(c *call) (any, error) {
	if err := c.asUser(); err != nil {
		return nil, err
	}
	accounts := c.seen()
	return fields{"total_count": len(accounts), "installations": shapes(c, accounts, c.installation)}, nil
}

// See https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-user-access-token
func userInstallationRepos(c *call) (any, error) {
	if err := c.asUser(); err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(c.PathValue("id"), 10, 64)
	if err != nil {
		return nil, notFound()
	}
	for _, account := range c.seen() {
		if c.s.installation(account) == id {
			all := c.owned(account)
			return fields{"total_count": len(all), "repository_selection": "all", "repositories": shapes(c, all, c.repository)}, nil
		}
	}
	return nil, notFound()
}

// asUser returns an error unless the caller is a person.
func (c *call) asUser() error {
	switch {
	case c.actor == nil:
		return &problem{status: http.StatusUnauthorized, message: "Requires authentication"}
	case c.actor.installed || c.actor.app || c.s.app == nil:
		return forbidden()
	}
	return nil
}
