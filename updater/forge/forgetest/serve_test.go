package forgetest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
)

func TestRefused(t *testing.T) {
	f := serve(t)
	ctx := t.Context()
	for name, o := range map[string]forgetest.Options{
		"old": {Archived: true}, "off": {Disabled: true}, "read": {ReadOnly: true}, "secret": {Private: true},
	} {
		f.add("acme/"+name, o)
	}
	if err := f.AddRepo("acme/empty", nil, forgetest.Options{}); err != nil {
		t.Fatal(err)
	}
	f.Token("ghp_mallory", "mallory", false)
	write := func(c *api.Client, repo string) error {
		_, _, err := c.Git.CreateBlob(ctx, "acme", repo, &api.Blob{Content: api.String("x")})
		return err
	}
	wantStatus(t, write(f.api, "old"), 403, "Repository was archived so is read-only.")
	wantStatus(t, write(f.api, "off"), 403, "blocked")
	wantStatus(t, write(f.api, "read"), 403, "Resource not accessible by integration")
	wantStatus(t, write(f.api, "missing"), 404, "Not Found")
	wantStatus(t, write(f.api, "empty"), 409, "Git Repository is empty.")
	wantStatus(t, write(client(t, f.url, ""), "shop"), 401, "")
	if err := write(f.api, "secret"); err != nil {
		t.Error(err)
	}
	_, _, err := client(t, f.url, "ghp_mallory").Repositories.Get(ctx, "acme", "secret")
	wantStatus(t, err, 404, "Not Found")
	_, _, err = client(t, f.url, "").Repositories.Get(ctx, "acme", "secret")
	wantStatus(t, err, 404, "Not Found")
	r := must[*api.Repository](t)(f.api.Repositories.Get(ctx, "acme", "read"))
	if r.GetPermissions()["push"] || !r.GetPermissions()["pull"] {
		t.Errorf("permissions: %v", r.GetPermissions())
	}
	for user, want := range map[string]string{"acme": "admin", "ada": "write", "mallory": "read", "freshpin[bot]": "write"} {
		if user == "ada" {
			if err := f.Grant("acme/shop", user, "maintain"); err != nil {
				t.Fatal(err)
			}
		}
		l := must[*api.RepositoryPermissionLevel](t)(f.api.Repositories.GetPermissionLevel(ctx, "acme", "shop", user))
		if l.GetPermission() != want {
			t.Errorf("%s: %s", user, l.GetPermission())
		}
	}
}

func TestFaults(t *testing.T) {
	f := serve(t)
	ctx := t.Context()
	f.push("b", map[string]string{"x": "y"})
	f.Fault(forgetest.Fault{Method: "POST", Path: "/pulls", Lost: true, Times: 1})
	if _, err := f.open("b"); err == nil {
		t.Error("the answer was not lost")
	}
	if n := len(f.Pulls("acme/shop")); n != 1 {
		t.Errorf("%d pull requests", n)
	}
	_, err := f.open("b")
	wantStatus(t, err, 422, "already exists")

	f.Fault(forgetest.Fault{Method: "GET", Path: "/pulls", Status: 403, RetryAfter: "7", Times: 1})
	_, _, err = client(t, f.url, "ghp_token").PullRequests.Get(ctx, "acme", "shop", 1)
	var abuse *api.AbuseRateLimitError
	if !errors.As(err, &abuse) || abuse.GetRetryAfter() != 7*time.Second {
		t.Errorf("secondary limit: %v", err)
	}
	f.Fault(forgetest.Fault{Path: "/pulls", Status: 502, Times: 2})
	for range 2 {
		_, _, err = f.api.PullRequests.Get(ctx, "acme", "shop", 1)
		wantStatus(t, err, 502, "Bad Gateway")
	}
	if _, _, err := f.api.PullRequests.Get(ctx, "acme", "shop", 1); err != nil {
		t.Error(err)
	}
	f.Limit(1)
	_, _, err = client(t, f.url, "ghp_token").Repositories.Get(ctx, "acme", "shop")
	if err != nil {
		t.Error(err)
	}
	_, _, err = client(t, f.url, "ghp_token").Repositories.Get(ctx, "acme", "shop")
	var primary *api.RateLimitError
	if !errors.As(err, &primary) || primary.Rate.Remaining != 0 {
		t.Errorf("primary limit: %v", err)
	}
	if got := f.Requests(); len(got) < 9 || got[4].Status != 0 || got[4].Method != "POST" {
		t.Errorf("requests: %v", got)
	}
}

// Every write boundary can be stopped at: before it nothing is there, after it everything.
func TestOnWrite(t *testing.T) {
	f := serve(t)
	f.push("b", map[string]string{"x": "y"})
	var mu sync.Mutex // a connection that was cut lets its handler run on beside the next
	var seen []int
	f.OnWrite(func(n int, _ *http.Request, before bool) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, n, len(f.Pulls("acme/shop")))
		if before && n == 1 {
			panic(http.ErrAbortHandler)
		}
	})
	if _, err := f.open("b"); err == nil {
		t.Error("the connection was not cut")
	}
	if _, err := f.open("b"); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := []int{1, 0, 2, 0, 2, 1}; !slices.Equal(seen, want) {
		t.Errorf("seen %v, want %v", seen, want)
	}
}

func TestNotModified(t *testing.T) {
	f := serve(t)
	get := func(tag string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/repos/acme/shop", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", tag)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	first := get("")
	second := get(first.Header.Get("ETag"))
	if second.StatusCode != 304 || second.Header.Get("X-Ratelimit-Remaining") != first.Header.Get("X-Ratelimit-Remaining") {
		t.Errorf("%d, %v", second.StatusCode, second.Header)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestPages(t *testing.T) {
	f := serve(t)
	for i := range 5 {
		must[*api.Issue](t)(f.api.Issues.Create(t.Context(), "acme", "shop", &api.IssueRequest{Title: api.String(strings.Repeat("x", i+1))}))
	}
	var got []int
	o := &api.IssueListByRepoOptions{ListOptions: api.ListOptions{PerPage: 2}}
	for {
		page, resp, err := f.api.Issues.ListByRepo(context.Background(), "acme", "shop", o)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page {
			got = append(got, i.GetNumber())
		}
		if o.Page = resp.NextPage; o.Page == 0 {
			break
		}
	}
	if !slices.Equal(got, []int{5, 4, 3, 2, 1}) {
		t.Errorf("%v", got)
	}
}

// What people write is shown as they wrote it, and never as part of the page.
func TestPagesForPeople(t *testing.T) {
	f := serve(t)
	f.add("acme/secret", forgetest.Options{Private: true})
	f.push("b", map[string]string{"x": "</pre><script>alert(1)</script>\n"})
	if _, _, err := f.api.PullRequests.Create(t.Context(), "acme", "shop", &api.NewPullRequest{
		Title: api.String("<b>title</b>"), Head: api.String("b"), Base: api.String("main"), Body: api.String("<img src=x onerror=alert(1)>"),
	}); err != nil {
		t.Fatal(err)
	}
	if err := f.Comment("acme/shop", 1, "mallory", "<script>alert(2)</script>"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/": "acme/shop", "/acme/shop": "#1 &lt;b&gt;title", "/acme/shop/pull/1": `<div class="body"></div>`, "/acme/shop/issues/1": "&lt;b&gt;title",
		"/acme/secret": "404", "/acme/shop/pull/9": "404", "/acme/shop/pull/x": "404", "/nothing": "404", "/acme/shop/settings": "404",
	} {
		resp, err := f.api.Client().Get(f.url + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !strings.Contains(string(text), want) || strings.Contains(string(text), "<script") || strings.Contains(string(text), "<img") || strings.Contains(string(text), "secret") {
			t.Errorf("%s shows %s, %v", path, text, err)
		}
	}
}

// What the settings of a repository forbid.
func TestRules(t *testing.T) {
	f := serve(t)
	at := f.push("freshpin/a", map[string]string{"x": "y"})
	f.Token("ghs_workflow", "", true)
	if err := f.Set("acme/shop", func(o *forgetest.Options) { o.Protected, o.NoActions = "freshpin/", true }); err != nil {
		t.Fatal(err)
	}
	ref := &api.Reference{Ref: api.String("refs/heads/freshpin/b"), Object: &api.GitObject{SHA: &at}}
	_, _, err := f.api.Git.CreateRef(t.Context(), "acme", "shop", ref)
	wantStatus(t, err, 422, "rule violations")
	_, _, err = client(t, f.url, "ghs_workflow").PullRequests.Create(t.Context(), "acme", "shop", &api.NewPullRequest{
		Title: api.String("x"), Head: api.String("freshpin/a"), Base: api.String("main"),
	})
	wantStatus(t, err, 403, "not permitted to create or approve")
}

// A repository that has another name is found under the old one, by reads, writes and git.
func TestRename(t *testing.T) {
	f := serve(t)
	if err := f.Rename("acme/shop", "acme/store"); err != nil {
		t.Fatal(err)
	}
	r := must[*api.Repository](t)(f.api.Repositories.Get(t.Context(), "acme", "shop"))
	if r.GetFullName() != "acme/store" {
		t.Errorf("it is %s", r.GetFullName())
	}
	must[*api.Issue](t)(f.api.Issues.Create(t.Context(), "acme", "shop", &api.IssueRequest{Title: api.String("x")}))
	if _, err := f.Commit("acme/store", "main", map[string]forgetest.File{"x": {Data: []byte("y")}}, "ada"); err != nil || len(f.Issues("acme/store")) != 1 {
		t.Errorf("%v, %v", f.Issues("acme/store"), err)
	}
	git(t, t.TempDir(), "clone", "-q", f.url+"/acme/store.git", ".")
}
