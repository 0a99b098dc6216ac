//go:build unix

package cli

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hostileTree is a repository in which one file is exchanged for something else.
var hostileTree = map[string]string{
	"Dockerfile":            "FROM python:3.6.1\nFROM nginx:1.13.1\n",
	"compose.yaml":          "include: [more.yaml]\nservices:\n  web:\n    image: nginx:${TAG}\n    extends: {file: base.yaml, service: x}\n",
	"more.yaml":             "services: {b: {image: 'redis:7.2'}}\n",
	"base.yaml":             "services: {x: {image: 'redis:7.2'}}\n",
	".env":                  "TAG=1.13.1\n",
	"requirements.txt":      "-r more.txt\n-c constraints.txt\nclick==6.7\n",
	"more.txt":              "idna==2.5\n",
	"constraints.txt":       "idna<3\n",
	".python-version":       "3.11\n",
	"runtime.txt":           "python-3.11\n",
	"pyproject.toml":        "[project]\nrequires-python = '>=3.11'\n",
	"go.mod":                "module example.com/x\n\ngo 1.20\n\nrequire golang.org/x/net v0.1.0\n",
	"go.sum":                "golang.org/x/net v0.1.0/go.mod h1:x=\n",
	".gitignore":            "ignored/\n",
	".freshpin.yaml":        "allow: minor\n",
	"sub/.freshpin.yaml":    "allow: patch\n",
	"sub/.gitignore":        "x\n",
	"sub/Dockerfile":        "FROM alpine:3.12\n",
	".git/HEAD":             "ref: refs/heads/main\n",
	".git/config":           "[core]\n\trepositoryformatversion = 0\n",
	".git/index":            "",
	".git/info/exclude":     "# nothing\n",
	".git/objects/.keep":    "",
	".git/refs/.keep":       "",
	".git/refs/heads/.keep": "",
	".git/packed-refs":      "# pack-refs with: peeled fully-peeled sorted\n",
}

// TestHostileSpecial exchanges each file of a repository for a named pipe, a link
// to a device or out of it, a folder, and one larger than memory (F18, F19, F20).
// Every command ends, and nothing of outside is shown.
func TestHostileSpecial(t *testing.T) {
	outside := folder(t, map[string]string{"secret": "FROM private.example/secret:1.0\nTAG=secret\n"})
	kinds := map[string]func(name string) error{
		"pipe":   func(name string) error { return syscall.Mkfifo(name, 0o644) },
		"zero":   func(name string) error { return os.Symlink("/dev/zero", name) },
		"secret": func(name string) error { return os.Symlink(filepath.Join(outside, "secret"), name) },
		"folder": func(name string) error { return os.Mkdir(name, 0o755) },
		"sparse": func(name string) error {
			if err := os.WriteFile(name, nil, 0o644); err != nil {
				return err
			}
			return os.Truncate(name, 20<<30)
		},
	}
	for name := range hostileTree {
		for kind, exchange := range kinds {
			dir := folder(t, hostileTree)
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if err := exchange(file); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"config"}, {"outdated", "--offline", "--format", "json"}, {"update", "--offline"}, {"update", "--offline", "--branch"}} {
				code, out := hostileRun(t, append(args, dir)...)
				if code < 0 || code > 2 || strings.Contains(out, "private.example") || strings.Contains(out, "secret:1.0") || strings.Contains(out, "goroutine") {
					t.Errorf("%s is a %s: %q = %d\n%s", name, kind, args, code, out)
				}
				if kind == "sparse" && (strings.HasSuffix(name, ".freshpin.yaml") || name == ".gitignore") && args[0] != "update" && !strings.Contains(out, "20480 MB are more than the limit") {
					t.Errorf("%s is a %s: %q does not say so\n%s", name, kind, args, out)
				}
			}
		}
	}
}

// hostileRun runs a command with an empty cache and home.
func hostileRun(t *testing.T, args ...string) (int, string) {
	t.Helper()
	home := t.TempDir()
	env := map[string]string{"HOME": home, "XDG_CACHE_HOME": home, "GOFLAGS": "-mod=mod", "PATH": os.Getenv("PATH"), "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}
	var out strings.Builder
	code := Run(t.Context(), args, func(key string) string { return env[key] }, &out, &out)
	return code, out.String()
}

// TestHostileCutOff: what a killed update left is completed by the next one, which says so (F12).
func TestHostileCutOff(t *testing.T) {
	hash := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	const stage = "svc/.freshpin-ABCDEFGHIJKL"
	ready := fmt.Sprintf(`{"schema":1,"files":[{"path":"svc/go.sum","stage":"svc/.freshpin-AAAAAAAAAAAA","old":"%s","new":"%s"},{"path":"svc/go.mod","stage":"%s","old":"%s","new":"%s"}]}`,
		hash("old sum\n"), hash("new sum\n"), stage, hash("module old\n"), hash("module new\n"))
	for _, c := range []struct {
		name, mod string
		want      string
		says      string
	}{
		{"as it was", "module old\n", "module new\n", "freshpin: an update that was cut off is complete now: svc/go.sum, svc/go.mod\n"},
		{"changed since", "module mine\n", "module mine\n", "freshpin: an update was cut off when it had written only svc/go.sum; the other files have changed since, so look at them together\n"},
	} {
		dir := folder(t, map[string]string{"svc/go.sum": "new sum\n", "svc/go.mod": c.mod, stage: "module new\n", ".freshpin-update/ready": ready})
		code, out := hostileRun(t, "update", "--offline", "--quiet", "--ecosystem", "dockerfile", dir)
		if code != 0 || !strings.HasPrefix(out, c.says) {
			t.Errorf("%s: %d\n%s", c.name, code, out)
		}
		if diff := cmp.Diff(map[string]string{"svc/go.sum": "new sum\n", "svc/go.mod": c.want}, contents(t, dir)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}

// TestHostileState: what git could not bring back is not overwritten, and no
// filter, no hook and no other program of the repository runs to find that out (F8).
func TestHostileState(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git command")
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	proof := filepath.Join(t.TempDir(), "proof")
	filter := "sh -c 'echo ran >> " + proof + "; sed s/^/x/'"
	git := func(dir string, args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	write := func(dir, name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		change func(dir string)
		want   string
	}{
		{"as it is", func(string) {}, ""},
		{"touched", func(dir string) { _ = os.Chtimes(filepath.Join(dir, "a"), time.Unix(1, 0), time.Unix(1, 0)) }, ""},
		{"changed", func(dir string) { write(dir, "a", "mine\n") }, "a has uncommitted changes"},
		{"staged", func(dir string) { write(dir, "a", "mine\n"); git(dir, "add", "a") }, "a has uncommitted changes"},
		{"staged and changed back", func(dir string) { write(dir, "a", "mine\n"); git(dir, "add", "a"); write(dir, "a", "one\n") }, "a has uncommitted changes"},
		{"removed from the index", func(dir string) { git(dir, "rm", "-q", "--cached", "a") }, "a has uncommitted changes"},
		{"gone", func(dir string) { _ = os.Remove(filepath.Join(dir, "a")) }, "a has uncommitted changes"},
		{"not in git", func(dir string) { write(dir, "new", "x") }, "new is not in git"},
		{"other line ends", func(dir string) { write(dir, "a", "one\r\n") }, ""},
		{"a conflict", func(dir string) {
			git(dir, "checkout", "-q", "-b", "other")
			write(dir, "a", "theirs\n")
			git(dir, "commit", "-q", "-am", "Theirs")
			git(dir, "checkout", "-q", "main")
			write(dir, "a", "ours\n")
			git(dir, "commit", "-q", "-am", "Ours")
			cmd := exec.Command("git", "-c", "user.name=a", "-c", "user.email=a@e", "merge", "other")
			cmd.Dir = dir
			_ = cmd.Run()
		}, "a has a conflict that is not resolved"},
		{"a filter, untouched", func(dir string) {
			write(dir, ".gitattributes", "b filter=x\n")
			write(dir, "b", "two\n")
			git(dir, "-c", "filter.x.clean="+filter, "add", "b")
			git(dir, "-c", "filter.x.clean="+filter, "commit", "-q", "-m", "Filtered")
			git(dir, "config", "filter.x.clean", filter)
			_ = os.Remove(proof)
		}, ""},
		{"a filter, changed", func(dir string) {
			write(dir, ".gitattributes", "a filter=x\n")
			git(dir, "config", "filter.x.clean", filter)
			git(dir, "config", "filter.x.process", filter)
			write(dir, "a", "mine\n")
		}, "a has uncommitted changes"},
	} {
		dir := folder(t, map[string]string{"a": "one\n", "b": "two\n"})
		git(dir, "init", "-q", "-b", "main")
		git(dir, "add", ".")
		git(dir, "commit", "-q", "-m", "Begin")
		c.change(dir)
		err := clean(t.Context(), dir, os.DirFS(dir), []string{"a", "b", "new"})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || err.Error() != "nothing was written: "+c.want+"; --force writes anyway"):
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if said, err := os.ReadFile(proof); err == nil {
			t.Fatalf("%s: the filter ran: %s", c.name, said)
		}
	}
	dir := folder(t, map[string]string{"a": "one\n"})
	git(dir, "init", "-q", "-b", "main")
	git(dir, "add", ".")
	if err := clean(t.Context(), dir, os.DirFS(dir), []string{"a"}); err == nil || !strings.Contains(err.Error(), "a has uncommitted changes") {
		t.Errorf("before the first commit: %v", err)
	}
}
