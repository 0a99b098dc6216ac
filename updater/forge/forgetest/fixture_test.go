package forgetest_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/forgetest/contract"
)

// A fixture is a server with the repository acme/shop, and a client.
type fixture struct {
	*forgetest.Server
	t   testing.TB
	url string
	api *api.Client
}

var shop = map[string]forgetest.File{
	"Dockerfile":       {Data: []byte("FROM python:3.6.1\n")},
	"requirements.txt": {Data: []byte("a==1\nb==1\nc==1\nd==1\ne==1\n")},
	"bin/run":          {Data: []byte("#!/bin/sh\n"), Mode: "100755"},
	"bin/start":        {Data: []byte("run"), Mode: "120000"},
	"a.b/x":            {Data: []byte{0, 1, 255}},
	"a/x":              {Data: []byte{}},
}

func serve(t testing.TB) *fixture {
	t.Helper()
	s := forgetest.New(t.TempDir())
	s.Clock = func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
	contract.Hold(t, s)
	url, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	f := &fixture{Server: s, t: t, url: url, api: client(t, url, "ghp_token")}
	f.add("acme/shop", forgetest.Options{})
	return f
}

func (f *fixture) add(name string, o forgetest.Options) {
	f.t.Helper()
	if err := f.AddRepo(name, shop, o); err != nil {
		f.t.Fatal(err)
	}
}

func client(t testing.TB, url, token string) *api.Client {
	wire := &http.Transport{}
	t.Cleanup(wire.CloseIdleConnections)
	c, err := api.NewClient(&http.Client{Transport: wire}).WithEnterpriseURLs(url, url)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		c = c.WithAuthToken(token)
	}
	return c
}

func must[T any](t testing.TB) func(T, *api.Response, error) T {
	return func(v T, _ *api.Response, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (f *fixture) head(branch string) string {
	f.t.Helper()
	at := f.Heads("acme/shop")[branch]
	if at == "" {
		f.t.Fatalf("there is no branch %s", branch)
	}
	return at
}

// push makes a branch with one commit, through the API.
func (f *fixture) push(branch string, files map[string]string) string {
	f.t.Helper()
	ctx, t := f.t.Context(), f.t
	base := must[*api.Commit](t)(f.api.Git.GetCommit(ctx, "acme", "shop", f.head("main")))
	var entries []*api.TreeEntry
	for p, text := range files {
		entries = append(entries, &api.TreeEntry{Path: api.String(p), Mode: api.String("100644"), Type: api.String("blob"), Content: api.String(text)})
	}
	tree := must[*api.Tree](t)(f.api.Git.CreateTree(ctx, "acme", "shop", base.GetTree().GetSHA(), entries))
	commit := must[*api.Commit](t)(f.api.Git.CreateCommit(ctx, "acme", "shop", &api.Commit{
		Message: api.String("Update"), Tree: tree, Parents: []*api.Commit{base},
	}, nil))
	must[*api.Reference](t)(f.api.Git.CreateRef(ctx, "acme", "shop", &api.Reference{
		Ref: api.String("refs/heads/" + branch), Object: &api.GitObject{SHA: commit.SHA},
	}))
	return commit.GetSHA()
}

func (f *fixture) open(branch string) (*api.PullRequest, error) {
	p, _, err := f.api.PullRequests.Create(f.t.Context(), "acme", "shop", &api.NewPullRequest{
		Title: api.String("Update"), Head: api.String(branch), Base: api.String("main"), Body: api.String("Because."),
	})
	return p, err
}

func status(err error) (int, string) {
	var e *api.ErrorResponse
	if !errors.As(err, &e) {
		return 0, ""
	}
	message := e.Message
	for _, d := range e.Errors {
		message += " " + d.Field + d.Message
	}
	return e.Response.StatusCode, message
}

func wantStatus(t testing.TB, err error, code int, words string) {
	t.Helper()
	if got, message := status(err); got != code || !strings.Contains(message, words) {
		t.Errorf("got %d %q (%v), want %d %q", got, message, err, code, words)
	}
}

// git runs git and returns what it prints.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (f *fixture) commit(branch string, files map[string]string) string {
	f.t.Helper()
	all := map[string]forgetest.File{}
	for p, text := range files {
		all[p] = forgetest.File{Data: []byte(text)}
	}
	at, err := f.Commit("acme/shop", branch, all, "Ada <ada@example.com>")
	if err != nil {
		f.t.Fatal(err)
	}
	return at
}
