package gitrefs

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// giteaVariable names a Gitea (or Forgejo) that runs, with the login of one of its
// administrators: "http://admin:password@127.0.0.1:3000". The test makes repositories
// there and removes them.
const giteaVariable = "FRESHPIN_TEST_GITEA"

// A gitea is a server that others wrote.
type gitea struct {
	t     *testing.T
	base  *url.URL // with the login
	owner string
}

func newGitea(t *testing.T) *gitea {
	t.Helper()
	text := os.Getenv(giteaVariable)
	if text == "" {
		t.Skipf("%s names no Gitea", giteaVariable)
	}
	base, err := url.Parse(text)
	if err != nil || base.User == nil {
		t.Fatalf("%s is no address with a login", giteaVariable)
	}
	return &gitea{t, base, base.User.Username()}
}

// api asks the API and returns the answer.
func (g *gitea) api(method, path string, body any) map[string]any {
	g.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		g.t.Fatal(err)
	}
	req, err := http.NewRequest(method, g.base.JoinPath("api/v1", path).String(), bytes.NewReader(data))
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(res.Body)
	if res.StatusCode/100 != 2 {
		g.t.Fatalf("%s %s: %s: %s", method, path, res.Status, said)
	}
	answer := map[string]any{}
	_ = json.Unmarshal(said, &answer) // some have none
	return answer
}

// repository makes a repository, pushes one of b to it, and returns its address without a login.
func (g *gitea) repository(b *backend, repo string, private bool) string {
	g.t.Helper()
	name := repo + "-" + strings.ToLower(rand.Text())
	g.api(http.MethodPost, "user/repos", map[string]any{"name": name, "private": private, "default_branch": "main"})
	g.t.Cleanup(func() { g.api(http.MethodDelete, "repos/"+g.owner+"/"+name, nil) })
	b.git(repo, "push", "-q", g.base.JoinPath(g.owner, name+".git").String(), "--all")
	b.git(repo, "push", "-q", g.base.JoinPath(g.owner, name+".git").String(), "--tags")
	plain := *g.base
	plain.User = nil
	return plain.JoinPath(g.owner, name).String()
}

// TestGitea: tags, annotated ones, a commit of none, a thousand tags, and a private repository with a token.
func TestGitea(t *testing.T) {
	g := newGitea(t)
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git here")
	}
	b := &backend{t, t.TempDir()}
	b.repository("tool")
	first := b.git("tool", "rev-parse", "HEAD")
	b.git("tool", "tag", "v1.0.0")
	second := b.commit("tool", "second")
	b.git("tool", "tag", "-a", "-m", "x", "v1.1.0")
	b.git("tool", "tag", "-a", "-m", "x", "v1", "v1.1.0")
	b.git("tool", "branch", "release/1", first)
	object := func(tag string) string { return b.git("tool", "rev-parse", tag) }
	want := fmt.Sprintf("v1=%.4s(%.4s) v1.0.0=%.4s v1.1.0=%.4s(%.4s) | main=%.4s release/1=%.4s | main",
		second, object("v1"), first, second, object("v1.1.0"), second, first)

	address := g.repository(b, "tool", false)
	for _, text := range []string{address, address + ".git"} {
		refs, err := source(t).Refs(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if got := show(refs); got != want {
			t.Errorf("%s has %s, want %s", text, got, want)
		}
		for commit, reach := range map[string]Reach{first: Reached, second: Reached, strings.Repeat("ab", 20): NoCommit} {
			if got, err := source(t).Reach(t.Context(), refs, commit); err != nil || got != reach {
				t.Errorf("%s: %v, %v; want %v", commit, got, err, reach)
			}
		}
	}
	g.private(b, want)
	g.many(b)
}

// private: what a server does not show to everyone needs a token, and is shown to it.
func (g *gitea) private(b *backend, want string) {
	address := g.repository(b, "tool", true)
	if refs, err := source(g.t).Refs(g.t.Context(), address); err == nil {
		g.t.Errorf("without a token it shows %s", show(refs))
	}
	name := "freshpin-" + strings.ToLower(rand.Text())
	token, _ := g.api(http.MethodPost, "users/"+g.owner+"/tokens", map[string]any{"name": name, "scopes": []string{"read:repository"}})["sha1"].(string)
	defer g.api(http.MethodDelete, "users/"+g.owner+"/tokens/"+name, nil)
	for given, works := range map[string]bool{token: true, "no-token": false} {
		src := New(Options{HTTP: fetch.New(fetch.Options{}), Login: func(context.Context, *url.URL) (string, string, bool, error) { return g.owner, given, true, nil }})
		refs, err := src.Refs(g.t.Context(), address)
		if (err == nil) != works || works && show(refs) != want {
			g.t.Errorf("with a token that counts %t: %v", works, err)
		}
		if err != nil && strings.Contains(err.Error(), given) {
			g.t.Errorf("the token stands in %v", err)
		}
	}
}

// many: a thousand tags in one answer.
func (g *gitea) many(b *backend) {
	b.repository("many")
	head := b.git("many", "rev-parse", "HEAD")
	var packed strings.Builder
	packed.WriteString("# pack-refs with: peeled fully-peeled \n")
	for n := range 1000 {
		fmt.Fprintf(&packed, "%s refs/tags/v1.%d.%d\n", head, n/100, n%100)
	}
	if err := os.WriteFile(filepath.Join(b.root, "many", ".git", "packed-refs"), []byte(packed.String()), 0o644); err != nil {
		g.t.Fatal(err)
	}
	refs, err := source(g.t).Refs(g.t.Context(), g.repository(b, "many", false))
	if err != nil || len(refs.Tags) != 1000 {
		g.t.Errorf("%d tags, %v", len(refs.Tags), err)
	}
}
