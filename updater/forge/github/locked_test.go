package github

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	api "github.com/google/go-github/v57/github"
)

// TestLocked: who may change workflows, as far as GitHub tells that before it is tried.
func TestLocked(t *testing.T) {
	files := []string{".github/workflows/ci.yml", "Dockerfile", ".github/dependabot.yml", "x/.github/workflows/ci.yml"}
	for _, c := range []struct {
		name, token, scopes, login string // scopes of the header; "-" for no header
		locked                     bool
		words                      string
	}{
		{"a classic token without the scope", "ghp_x", "repo, read:org", "", true, `lacks the scope "workflow"`},
		{"a classic token without any scope", "ghp_x", "", "", true, `lacks the scope "workflow"`},
		{"a classic token with it", "ghp_x", "repo, workflow", "", false, ""},
		{"a token of fine grain", "github_pat_x", "-", "", false, ""},
		{"a workflow's own", "ghs_x", "-", "github-actions[bot]", true, "can never change files"},
		{"an installation's", "ghs_x", "-", "freshpin[bot]", false, ""},
	} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			if c.scopes != "-" {
				w.Header().Set("X-OAuth-Scopes", c.scopes)
			}
			w.Header().Set("Content-Type", "application/json")
			if strings.HasSuffix(r.URL.Path, "/graphql") {
				fmt.Fprintf(w, `{"data":{"viewer":{"login":%q}}}`, c.login)
				return
			}
			fmt.Fprint(w, `{"login":"ada"}`)
		}))
		f, err := New(Options{APIURL: server.URL, Token: c.token})
		if err != nil {
			t.Fatal(err)
		}
		if locked, _, err := f.Locked(t.Context(), "acme/shop", []string{"Dockerfile"}); len(locked) > 0 || err != nil || asked > 0 {
			t.Errorf("%s: without a workflow %v, %v after %d requests", c.name, locked, err, asked)
		}
		if c.login == "" { // whatever was asked before
			if err := f.do(t.Context(), http.MethodGet, "user", nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		locked, why, err := f.Locked(t.Context(), "acme/shop", files)
		if err != nil || c.locked != slices.Equal(locked, files[:1]) || !strings.Contains(why, c.words) || !c.locked && len(locked) > 0 {
			t.Errorf("%s: %v, %q, %v", c.name, locked, why, err)
		}
		server.Close()
	}
}

// TestLockedForApp: the rights of an App stand in the answer with its token.
func TestLockedForApp(t *testing.T) {
	for rights, want := range map[*api.InstallationPermissions]bool{
		{Workflows: api.String("write")}: false, {Workflows: api.String("read")}: true, {Contents: api.String("write")}: true, nil: false,
	} {
		i := &installation{turn: make(chan struct{}, 1), rights: rights}
		f := &Forge{app: &installations{byID: map[string]*installation{"acme": i}}}
		locked, why, err := f.Locked(t.Context(), "acme/shop", []string{".github/workflows/ci.yml"})
		if err != nil || (len(locked) > 0) != want || want != strings.Contains(why, "Workflows: write") {
			t.Errorf("%v: %v, %q, %v", rights, locked, why, err)
		}
	}
}
