package github

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge/forgecontract"
)

// emulator is where `make emulate` brings npm's package emulate: a GitHub that
// others wrote.
const emulator = "../../../.contract/emulate"

// otherwise says why parts of the contract cannot be met there: in what emulate
// 0.12.2 is not like GitHub. Besides, a branch does not say there which tree its
// commit has, and there is no list of all comments of a repository (404): with
// both of these we can live (TestHostileBranch, TestHostileCommentList).
var otherwise = map[string]string{
	"Unpack":  "there are no archives of a commit (404 for /tarball)",
	"Moves":   "the head of a pull request stays what it was when that was opened, also where its branch moves",
	"Lost":    "the head of a pull request stays what it was when that was opened, also where its branch moves",
	"Touched": "the head of a pull request stays what it was when that was opened, also where somebody commits to its branch",
}

// TestHostileEmulate runs the contract of forges on a GitHub that others wrote.
func TestHostileEmulate(t *testing.T) {
	address := emulate(t)
	var repos atomic.Int64
	forgecontract.Test(t, func(t *testing.T, files map[string]forgecontract.File) forgecontract.Fixture {
		_, part, _ := strings.Cut(t.Name(), "/")
		if why := otherwise[part]; why != "" {
			t.Skip("not as on GitHub: " + why)
		}
		ann, _, _ := testForge(t, address, func(o *Options) { o.Token = "ghp_ann" })
		bot, _, _ := testForge(t, address, func(o *Options) { o.Token = "ghp_bot" })
		name := fmt.Sprintf("shop%d", repos.Add(1))
		h := &caller{hands{Forge: ann, repo: "ann/" + name}}
		ctx := withCall(t.Context(), "")
		if err := ann.do(ctx, http.MethodPost, "user/repos", map[string]any{"name": name, "auto_init": true}, nil); err != nil {
			t.Fatal(err)
		}
		if err := ann.do(ctx, http.MethodPut, "repos/"+h.repo+"/collaborators/bot", map[string]string{"permission": "push"}, nil); err != nil {
			t.Fatal(err)
		}
		h.only(t, files)
		return forgecontract.Fixture{Forge: bot, Repo: h.repo, Commit: h.commit, Read: h.read, Merge: h.merge}
	})
}

// emulate starts it with two people, and returns its address.
func emulate(t *testing.T) string {
	t.Helper()
	node, program := filepath.Join(emulator, "node_modules/node/bin/node"), filepath.Join(emulator, "node_modules/emulate/dist/index.js")
	for _, file := range []string{node, program} {
		if _, err := os.Stat(file); err != nil {
			t.Skip("npm emulate is not here: make emulate brings it")
		}
	}
	seed := filepath.Join(t.TempDir(), "seed.yaml")
	people := "tokens:\n  ghp_ann: {login: ann, scopes: [repo, user]}\n  ghp_bot: {login: bot, scopes: [repo, user]}\ngithub:\n  users:\n    - {login: ann}\n    - {login: bot}\n"
	if err := os.WriteFile(seed, []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, program, "--service", "github", "--port", port, "--seed", seed)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ready") {
			return "http://127.0.0.1:" + port
		}
	}
	t.Fatal("emulate did not start")
	return ""
}

// A caller is a person who has nothing but the API.
type caller struct{ hands }

// only leaves the files and no others on the default branch, in one commit.
func (c *caller) only(t *testing.T, files map[string]forgecontract.File) {
	t.Helper()
	ctx := withCall(t.Context(), "")
	tree, err := c.newTree(ctx, c.repo, "", c.entries(t, files))
	if err != nil {
		t.Fatal(err)
	}
	commit, err := c.newCommit(ctx, c.repo, "First", tree)
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]any{"sha": commit, "force": true}
	if err := c.do(ctx, http.MethodPatch, "repos/"+c.repo+"/git/refs/heads/main", in, nil); err != nil {
		t.Fatal(err)
	}
}

func (c *caller) read(t *testing.T, branch string) (map[string]forgecontract.File, string) {
	t.Helper()
	ctx := withCall(t.Context(), "")
	at, err := c.ref(ctx, c.repo, "heads/"+branch)
	if err != nil || at == "" {
		return nil, ""
	}
	var commit api.Commit
	var tree api.Tree
	if err := c.do(ctx, http.MethodGet, "repos/"+c.repo+"/git/commits/"+at, nil, &commit); err != nil {
		t.Fatal(err)
	}
	if err := c.do(ctx, http.MethodGet, "repos/"+c.repo+"/git/trees/"+commit.GetTree().GetSHA()+"?recursive=1", nil, &tree); err != nil {
		t.Fatal(err)
	}
	files := map[string]forgecontract.File{}
	for _, e := range tree.Entries {
		if e.GetType() != "blob" {
			continue
		}
		var blob api.Blob
		if err := c.do(ctx, http.MethodGet, "repos/"+c.repo+"/git/blobs/"+e.GetSHA(), nil, &blob); err != nil {
			t.Fatal(err)
		}
		data := []byte(blob.GetContent())
		if blob.GetEncoding() == "base64" {
			if data, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(blob.GetContent(), "\n", "")); err != nil {
				t.Fatal(err)
			}
		}
		files[e.GetPath()] = forgecontract.File{Mode: e.GetMode(), Data: string(data)}
	}
	return files, at
}
