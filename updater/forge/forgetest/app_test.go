package forgetest_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
)

func jwt(t testing.TB, key *rsa.PrivateKey, claims string) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestApp(t *testing.T) {
	f := serve(t)
	f.add("acme/secret", forgetest.Options{Private: true})
	f.add("other/tools", forgetest.Options{})
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f.App(7, "pins", &key.PublicKey)
	ctx, now := t.Context(), f.Clock().Unix()
	for name, claims := range map[string]string{
		"expired":    fmt.Sprintf(`{"iat":%d,"exp":%d,"iss":"7"}`, now-700, now),
		"too long":   fmt.Sprintf(`{"iat":%d,"exp":%d,"iss":"7"}`, now, now+601),
		"not yet":    fmt.Sprintf(`{"iat":%d,"exp":%d,"iss":"7"}`, now+60, now+500),
		"of another": fmt.Sprintf(`{"iat":%d,"exp":%d,"iss":"8"}`, now, now+500),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := client(t, f.url, jwt(t, key, claims)).Apps.Get(ctx, "")
			wantStatus(t, err, 401, "'")
		})
	}
	app := client(t, f.url, jwt(t, key, fmt.Sprintf(`{"iat":%d,"exp":%d,"iss":7}`, now-60, now+500)))
	if got := must[*api.App](t)(app.Apps.Get(ctx, "")); got.GetSlug() != "pins" {
		t.Errorf("the App is %v", got)
	}
	_, _, err = app.Repositories.Get(ctx, "acme", "shop")
	wantStatus(t, err, 404, "")
	i := must[*api.Installation](t)(app.Apps.FindRepositoryInstallation(ctx, "acme", "shop"))
	token := must[*api.InstallationToken](t)(app.Apps.CreateInstallationToken(ctx, i.GetID(), nil))
	if left := token.GetExpiresAt().Sub(f.Clock()); left != time.Hour {
		t.Errorf("the token is good for %s", left)
	}

	as := client(t, f.url, token.GetToken())
	if list := must[*api.ListRepositories](t)(as.Apps.ListRepos(ctx, nil)); list.GetTotalCount() != 2 {
		t.Errorf("installed on %v", list)
	}
	must[*api.Issue](t)(as.Issues.Create(ctx, "acme", "secret", &api.IssueRequest{Title: api.String("x")}))
	if got := f.Issues("acme/secret"); len(got) != 1 || got[0].Author != "pins[bot]" {
		t.Errorf("issues: %v", got)
	}
	_, _, err = as.Issues.Create(ctx, "other", "tools", &api.IssueRequest{Title: api.String("x")})
	wantStatus(t, err, 403, "not accessible by integration")
	_, _, err = as.Users.Get(ctx, "")
	wantStatus(t, err, 403, "not accessible by integration")

	later := f.Clock().Add(time.Hour)
	f.Clock = func() time.Time { return later }
	_, _, err = as.Repositories.Get(ctx, "acme", "shop")
	wantStatus(t, err, 401, "Bad credentials")
}

func TestAutoMerge(t *testing.T) {
	f := serve(t)
	ctx := t.Context()
	f.push("b", map[string]string{"x": "y"})
	pull, err := f.open("b")
	if err != nil {
		t.Fatal(err)
	}
	enable := func() (message string) {
		t.Helper()
		req, err := f.api.NewRequest("POST", f.url+"/api/graphql", map[string]any{
			"query":     `mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { clientMutationId } }`,
			"variables": map[string]any{"input": map[string]string{"pullRequestId": pull.GetNodeID(), "mergeMethod": "SQUASH"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		var out struct{ Errors []struct{ Message string } }
		if _, err := f.api.Do(ctx, req, &out); err != nil {
			t.Fatal(err)
		}
		if len(out.Errors) > 0 {
			message = out.Errors[0].Message
		}
		return message
	}
	if got := enable(); got != "Auto merge is not allowed for this repository" {
		t.Errorf("got %q", got)
	}
	if err := f.Set("acme/shop", func(o *forgetest.Options) { o.AutoMerge = true }); err != nil {
		t.Fatal(err)
	}
	if got := enable(); got != "" || !f.Pulls("acme/shop")[0].AutoMerge {
		t.Errorf("got %q", got)
	}
	if got := must[*api.PullRequest](t)(f.api.PullRequests.Get(ctx, "acme", "shop", 1)); got.GetAutoMerge().GetMergeMethod() != "squash" {
		t.Errorf("got %v", got.GetAutoMerge())
	}
}

func TestWorkflowToken(t *testing.T) {
	f := serve(t)
	f.Token("ghs_workflow", "", true)
	c := client(t, f.url, "ghs_workflow")
	base := must[*api.Commit](t)(c.Git.GetCommit(t.Context(), "acme", "shop", f.head("main")))
	_, _, err := c.Git.CreateTree(t.Context(), "acme", "shop", base.GetTree().GetSHA(), []*api.TreeEntry{
		{Path: api.String(".github/workflows/ci.yml"), Mode: api.String("100644"), Type: api.String("blob"), Content: api.String("on: push")},
	})
	wantStatus(t, err, 403, "not accessible by integration")
	commit := must[*api.Commit](t)(c.Git.CreateCommit(t.Context(), "acme", "shop", &api.Commit{Message: api.String("x"), Tree: base.Tree, Parents: []*api.Commit{base}}, nil))
	if commit.GetAuthor().GetName() != "github-actions[bot]" || commit.GetCommitter().GetEmail() != "noreply@github.com" {
		t.Errorf("by %v, %v", commit.Author, commit.Committer)
	}
}
