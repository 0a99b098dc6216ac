package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/forgetest/contract"
)

// killWorld and killRepo give two pull requests, a dashboard and a memory.
const killWorld = `
image library/python 3.6.1-slim@2017-03-29 3.6.15-slim@2021-09-04 3.13.1-slim@2026-01-02
pypi click 6.7@2017-01-06 6.7.1@2018-01-01 8.1.8@2024-12-21
`

var killRepo = map[string]forgetest.File{
	"Dockerfile":       {Data: []byte("FROM python:3.6.1-slim\n"), Mode: "100644"},
	"requirements.txt": {Data: []byte("click==6.7\n"), Mode: "100644"},
	".freshpin.yaml":   {Data: []byte("dashboard: true\nlabels: [dependencies]\n"), Mode: "100644"},
}

// TestKill kills the program before and after each of its writes, runs it
// again, and wants everything exactly once.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	writes := killedAt(t, 0, false)
	if writes < 12 {
		t.Fatalf("a whole run made %d writes, and at least 12 were expected", writes)
	}
	for n := 1; n <= writes; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("write %d of %d, after=%t", n, writes, after), func(t *testing.T) {
				t.Parallel()
				killedAt(t, n, after)
			})
		}
	}
}

// killedAt runs the program on a fresh repository, kills it at its n-th write
// (never with 0), runs it again, and returns how many writes the first run made.
func killedAt(t *testing.T, n int, after bool) int {
	hub, env := killStage(t)
	victim, output := program(t, env)
	writes := 0
	var mu sync.Mutex
	hub.OnWrite(func(_ int, _ *http.Request, before bool) {
		mu.Lock()
		defer mu.Unlock()
		if before {
			writes++
		}
		if writes == n && before != after && victim != nil {
			_ = victim.Process.Kill()
			victim = nil
			if before {
				panic(http.ErrAbortHandler) // it does not take place
			}
		}
	})
	mu.Lock()
	running := victim
	err := running.Start()
	mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	err = running.Wait()
	if n == 0 && err != nil || n > 0 && err == nil {
		t.Fatalf("the first run: %v\n%s", err, output)
	}
	hub.OnWrite(nil)
	mu.Lock()
	first := writes
	mu.Unlock()

	for range 2 {
		again, output := program(t, env)
		if err := again.Run(); err != nil {
			t.Fatalf("the run after it: %v\n%s", err, output)
		}
	}
	once(t, hub)
	return first
}

// killStage starts the stand-ins with the repository on them, and returns the environment of the program.
func killStage(t *testing.T) (*forgetest.Server, []string) {
	hub := forgetest.New(t.TempDir())
	contract.Hold(t, hub)
	url, err := hub.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hub.Close() })
	if err := hub.AddRepo("acme/shop", killRepo, forgetest.Options{}); err != nil {
		t.Fatal(err)
	}
	w, err := world.Parse(killWorld)
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"GITHUB_API_URL=" + url, "GITHUB_TOKEN=ghs_bot", "HOME=" + ecosystemtest.UserHome(t), "XDG_CACHE_HOME=" + filepath.Join(t.TempDir(), "cache"), "CI=true"}
	for name, value := range w.Start() {
		env = append(env, name+"="+value)
	}
	t.Cleanup(w.Stop)
	return hub, env
}

func program(t *testing.T, env []string) (*exec.Cmd, *bytes.Buffer) {
	file, err := exec.LookPath("freshpin")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(file, "run", "github:acme/shop", "--as-of", "2026-11-23")
	cmd.Env = env
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	return cmd, &output
}

// once wants one branch, one commit and one pull request for each group, one
// dashboard, and nothing said twice.
func once(t *testing.T, hub *forgetest.Server) {
	t.Helper()
	pulls, issues, heads := hub.Pulls("acme/shop"), hub.Issues("acme/shop"), hub.Heads("acme/shop")
	if len(pulls) != 2 || len(issues) != 1 || len(heads) != 3 {
		t.Errorf("%d pull requests, %d issues, %d branches: want 2, 1, 3", len(pulls), len(issues), len(heads))
	}
	seen := map[string]bool{}
	for _, p := range pulls {
		if p.State != "open" || p.Commits != 1 || seen[p.Branch] || strings.Join(p.Labels, " ") != "dependencies" {
			t.Errorf("pull request %d is %s with %d commits on %s, labels %v", p.Number, p.State, p.Commits, p.Branch, p.Labels)
		}
		seen[p.Branch] = true
		if c := hub.Comments("acme/shop", p.Number); len(c) > 0 {
			t.Errorf("pull request %d has comments: %v", p.Number, c)
		}
	}
}

// TestTwoAtOnce starts two runs on one repository at the same time: the one that
// loses says so, and nothing is doubled.
func TestTwoAtOnce(t *testing.T) {
	for range 5 {
		hub, env := killStage(t)
		var runs [2]*exec.Cmd
		var outputs [2]*bytes.Buffer
		for n := range runs {
			runs[n], outputs[n] = program(t, env)
			if err := runs[n].Start(); err != nil {
				t.Fatal(err)
			}
		}
		for n, r := range runs {
			err := r.Wait()
			if said := outputs[n].String(); err != nil && !strings.Contains(said, "another run was faster") {
				t.Errorf("%v\n%s", err, said)
			}
		}
		again, output := program(t, env)
		if err := again.Run(); err != nil {
			t.Fatalf("the run after them: %v\n%s", err, output)
		}
		once(t, hub)
	}
}
