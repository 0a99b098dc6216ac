//go:build unix

package cli

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/safewrite"
	"github.com/freshpin/freshpin/updater/sanitize"
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
	kinds := hostileKinds(t)
	if testing.Short() {
		delete(kinds, "secret")
		delete(kinds, "folder")
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

// hostileKinds are what may stand under the name of a file.
func hostileKinds(t *testing.T) map[string]func(name string) error {
	outside := folder(t, map[string]string{"secret": "FROM private.example/secret:1.0\nTAG=secret\n"})
	return map[string]func(name string) error{
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
}

// TestHostileImport puts the same under the names of other bots' settings: each
// is refused with a sentence, and nothing is written.
func TestHostileImport(t *testing.T) {
	for _, name := range []string{"renovate.json", ".github/dependabot.yml", "package.json"} {
		for kind, exchange := range hostileKinds(t) {
			dir := folder(t, map[string]string{".github/x": ""})
			if err := exchange(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"config", "--import"}, {"init"}} {
				code, out := hostileRun(t, append(args, dir)...)
				_, err := os.Stat(filepath.Join(dir, ".freshpin.yaml"))
				refused := code == console.ExitUsage && strings.Contains(out, "freshpin: ") && errors.Is(err, os.ErrNotExist)
				if name == "package.json" && args[0] == "init" { // what cannot be read there is no bot's
					refused = code == console.ExitOK && err == nil
				}
				if !refused || strings.Contains(out, "private.example") || strings.Contains(out, "secret:1.0") {
					t.Errorf("%s is a %s: %q = %d, %v\n%s", name, kind, args, code, err, out)
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

// TestHostileLeftovers: what version 0.1.0 left behind goes with the next
// update, but not what git tracks (F11).
func TestHostileLeftovers(t *testing.T) {
	files := map[string]string{"a.txt": "x\n", "Dockerfile": "FROM scratch\n", ".freshpin-ABCDEFGHIJKL": "x\n", "svc/.freshpin-234567234567": "x\n", "svc/.freshpin-TRACKED23456": "x\n", ".freshpin-short": "x\n"}
	dir := folder(t, files)
	for _, args := range [][]string{{"init", "-q"}, {"add", "svc/.freshpin-TRACKED23456"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("git %q: %v, %s", args, err, out)
		}
	}
	for n, want := range []string{"freshpin: removed 2 files left behind by an interrupted update: .freshpin-ABCDEFGHIJKL, svc/.freshpin-234567234567\n", ""} {
		code, out := hostileRun(t, "update", "--offline", "--quiet", "--ecosystem", "dockerfile", dir)
		if code != 0 || strings.Contains(out, "removed") != (want != "") || !strings.Contains(out, want) {
			t.Errorf("run %d: %d\n%s", n, code, out)
		}
	}
	for name := range files {
		_, err := os.Lstat(filepath.Join(dir, name))
		if gone := name == ".freshpin-ABCDEFGHIJKL" || name == "svc/.freshpin-234567234567"; gone != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
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
		{"not in git", func(dir string) { write(dir, "new", "x") }, "new is not tracked by git"},
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
		}, "a has an unresolved merge conflict"},
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
		err := safewrite.Clean(t.Context(), dir, os.DirFS(dir), []string{"a", "b", "new"})
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
	if err := safewrite.Clean(t.Context(), dir, os.DirFS(dir), []string{"a"}); err == nil || !strings.Contains(err.Error(), "a has uncommitted changes") {
		t.Errorf("before the first commit: %v", err)
	}
}

// hostileNames are folders, as a fork may have them.
var hostileNames = []string{
	"::set-output name=x::y", "  ::add-mask::x", "\n::error::x", "\r\n::stop-commands::t", "##[add-mask]x", "##vso[task.complete]", "##teamcity[x]",
	"section_start:1:x\r\x1b[0K", "travis_fold:start:x\r\x1b[0K", "--- a", "+++ a", "~~~ a", "\x1b[2J", "\u009b31m", "\x7f\x08", "1\u202e2", "\u2066x", "a\u200bb", "a\u2028b", "a\u0085b", "a\xffb",
	"freshpin: all is well", "     1  python  3.6.1", "4 pins in 1 file: 4 current.", "| a | b |", "@octocat", "<img src=x>", "-", "--help", "`a`", "$(a)", "a\\b", "'a\"",
}

// TestHostileCommandLines runs every command that reads a folder, in every
// format, over names, pins and settings that a stranger has made up (F7).
func TestHostileCommandLines(t *testing.T) {
	formats := [][]string{
		{"outdated", "--offline"}, {"outdated", "--offline", "-v"}, {"outdated", "--offline", "--format", "json"}, {"outdated", "--offline", "--format", "markdown"}, {"outdated", "--offline", "--format", "sarif"},
		{"outdated", "--offline", "--fail-on", "update,skipped"}, {"config"}, {"update", "--offline"}, {"update", "--offline", "--diff", "-v"}, {"update", "--offline", "--branch"}, {"explain", "--offline"},
	}
	if testing.Short() {
		formats = formats[4:8]
	}
	for _, name := range hostileNames {
		dir := t.TempDir()
		put := func(file, text string) {
			t.Helper()
			file = filepath.Join(dir, file)
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		put(name+"/Dockerfile", "FROM python:3.6.1\nFROM "+name+":1.0\nFROM ${"+name+"}\n")
		put(name+"/compose.yaml", fmt.Sprintf("services: {web: {image: %q}}\n", strings.ToValidUTF8(name, "?")+":1.0"))
		put(name+"/requirements.txt", name+"==1.0\n-r "+name+"\n--index-url https://"+name+"/\n")
		put(name+"/go.mod", "module x\n\nrequire "+name+" v1.0.0\n")
		for _, settings := range []string{"", fmt.Sprintf("rules: [{match: {name: %q}, ignore: true}]\n", strings.ToValidUTF8(name, "?")), fmt.Sprintf("%q: 1\nallow: %[1]q\n", strings.ToValidUTF8(name, "?")), name + ": [\n"} {
			put(".freshpin.yaml", settings)
			for _, args := range formats {
				last := dir
				if args[0] == "explain" {
					last = filepath.Join(dir, name, "Dockerfile") + ":2"
				}
				code, out := hostileRun(t, append(slices.Clone(args), last)...)
				checkOutput(t, fmt.Sprintf("%q %v", name, args), code, out)
			}
		}
		for _, args := range [][]string{{"outdated", "--", name}, {"outdated", "--allow", name}, {"outdated", "--output", name}, {"explain", "--", name}, {name}, {"update", "--branch=" + name, dir}, {"outdated", "--as-of", name}} {
			code, out := hostileRun(t, args...)
			checkOutput(t, fmt.Sprintf("%q", args), code, out)
		}
	}
}

func checkOutput(t *testing.T, what string, code int, out string) {
	t.Helper()
	if code < 0 || code > 3 || strings.Contains(out, "goroutine ") {
		t.Errorf("%s = %d\n%s", what, code, out)
	}
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if sanitize.Obeyed(strings.ReplaceAll(line, string(sanitize.Joiner), "")) {
			t.Errorf("%s: the line %q is obeyed", what, line)
		}
		if strings.HasPrefix(line, "freshpin: all is well") || strings.HasPrefix(line, "4 pins in") || strings.HasPrefix(line, "     1  python  3.6.1/") {
			t.Errorf("%s: the line %q looks like ours", what, line)
		}
	}
}

// TestHostileOutput: a result is not written through a link of a checkout that leads out of it.
func TestHostileOutput(t *testing.T) {
	outside := folder(t, map[string]string{"bashrc": "mine", "in/x": "x"})
	dir := folder(t, map[string]string{"Dockerfile": "FROM scratch\n", "sub/x": "x"})
	for name, to := range map[string]string{"summary.md": filepath.Join(outside, "bashrc"), "reports": outside, "up": "../" + filepath.Base(outside), "own.md": "sub/own.md"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, c := range []struct {
		file string
		ok   bool
	}{
		{"summary.md", false}, {"reports/bashrc", false}, {"up/bashrc", false}, {"./summary.md", false}, {"sub/../summary.md", false},
		{"new.md", true}, {"own.md", true}, {"sub/new.md", true}, {filepath.Join(outside, "new.md"), true}, {os.DevNull, true},
	} {
		code, out := hostileRun(t, "outdated", "--offline", "--output", "markdown="+c.file)
		if (code == 0) != c.ok {
			t.Errorf("%s: %d\n%s", c.file, code, out)
		}
	}
	if data, err := os.ReadFile(filepath.Join(outside, "bashrc")); err != nil || string(data) != "mine" {
		t.Errorf("written outside: %q, %v", data, err)
	}
}
