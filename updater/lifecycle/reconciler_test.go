package lifecycle_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/registry"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/gitbranch/gitforge"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/message"
)

const releases = `
image library/python 3.6.1-slim@2017-03-29 3.6.15-slim@2021-09-04 3.13.1-slim@2026-01-02
pypi click 6.7@2017-01-06 6.7.1@2018-01-01 8.1.8@2024-12-21
`

// keeper returns a keeper of the repositories in a folder, over stand-ins of the registries.
func keeper(t *testing.T, dir string) *lifecycle.Reconciler {
	t.Helper()
	w, err := world.Parse(releases)
	if err != nil {
		t.Fatal(err)
	}
	env := w.Start()
	t.Cleanup(w.Stop)
	mirrors, err := registry.ParseMirrors(env["FRESHPIN_REGISTRY_MIRRORS"])
	if err != nil {
		t.Fatal(err)
	}
	texts, err := message.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &lifecycle.Reconciler{
		Forge: gitforge.New(dir),
		Planner: updater.Planner{Ecosystems: all.New(all.Options{
			HTTP: fetch.New(fetch.Options{}), Getenv: func(name string) string { return env[name] }, Mirrors: mirrors, GoCache: t.TempDir(),
		})},
		Rules: func(repo fs.FS, base string, home bool) lifecycle.Rules {
			return config.Load(repo, config.Overrides{}.On(base, home))
		},
		Message: texts,
		Now:     time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
	}
}

// repository makes a git repository with one commit.
func repository(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, data := range files {
		file := filepath.Join(dir, "shop", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "add", ".")
	git(t, dir, "-c", "user.name=ada", "-c", "user.email=ada@localhost", "commit", "-q", "-m", "First")
	return dir
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = filepath.Join(dir, "shop")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// outcomes says what a run did, one line for each group.
func outcomes(t *testing.T, k *lifecycle.Reconciler) string {
	t.Helper()
	report, err := k.Run(context.Background(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, o := range report.Groups {
		lines = append(lines, string(o.What)+" "+o.Group)
	}
	return strings.Join(lines, ", ")
}

// TestLocal tells the life of pull requests in a folder of repositories; the
// stories on GitHub are scripts of cmd/freshpin.
func TestLocal(t *testing.T) {
	dir := repository(t, map[string]string{"Dockerfile": "FROM python:3.6.1-slim\n", "requirements.txt": "click==6.7\n"})
	k := keeper(t, dir)
	for _, step := range []struct{ name, want string }{
		{"first run", "opened dockerfile, opened requirements"},
		{"second run", "kept dockerfile, kept requirements"},
	} {
		if got := outcomes(t, k); got != step.want {
			t.Fatalf("%s: %s, want %s", step.name, got, step.want)
		}
	}
	diff := git(t, dir, "diff", "main", "freshpin/requirements", "--", "requirements.txt")
	if !strings.Contains(diff, "\n-click==6.7\n+click==6.7.1\n") {
		t.Error(diff)
	}
	git(t, dir, "merge", "-q", "freshpin/requirements")
	if diff := cmp.Diff("kept dockerfile", outcomes(t, k)); diff != "" {
		t.Errorf("merged: %s", diff)
	}
	git(t, dir, "reset", "-q", "--hard", "HEAD~1")
	if diff := cmp.Diff("kept dockerfile", outcomes(t, k)); diff != "" {
		t.Errorf("taken back: %s", diff)
	}
}

func writeBytes(dir, name, text string) error {
	return os.WriteFile(filepath.Join(dir, "shop", name), []byte(text), 0o644)
}
