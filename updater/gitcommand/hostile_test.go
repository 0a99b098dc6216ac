//go:build unix

package gitcommand

import (
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// plainGit runs git as a person would, to build what a stranger hands over.
func plainGit(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

// repository is one with a commit and a file that has changed since, so that git wants to look at it.
func repository(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git command")
	}
	dir := t.TempDir()
	put(t, dir, "Dockerfile", "FROM a:1.0\n")
	plainGit(t, dir, "init", "-q", "-b", "main")
	plainGit(t, dir, "add", ".")
	plainGit(t, dir, "commit", "-q", "-m", "Begin")
	put(t, dir, "Dockerfile", "FROM a:1.1\n")
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o755)); err != nil {
		t.Fatal(err)
	}
}

// tricks are what a hostile .git does to run the program CANARY.
var tricks = []struct {
	name, config string
	files        map[string]string
}{
	{"fsmonitor", "[core]\n\tfsmonitor = CANARY\n", nil},
	{"a filter that cleans", "[filter \"x\"]\n\tclean = CANARY\n\trequired = true\n", map[string]string{".gitattributes": "* filter=x\n"}},
	{"a filter process", "[filter \"x\"]\n\tprocess = CANARY\n", map[string]string{".git/info/attributes": "* filter=x\n"}},
	{"a filter that smudges", "[filter \"x\"]\n\tsmudge = CANARY\n", map[string]string{".gitattributes": "* filter=x\n"}},
	{"an included configuration", "[include]\n\tpath = evil\n", map[string]string{".git/evil": "[core]\n\tfsmonitor = CANARY\n", ".gitattributes": "* filter=x\n"}},
	{"a conditional include", "[includeIf \"gitdir:**\"]\n\tpath = evil\n", map[string]string{".git/evil": "[core]\n\tfsmonitor = CANARY\n[filter \"x\"]\n\tclean = CANARY\n", ".gitattributes": "* filter=x\n"}},
	{"hooks", "", map[string]string{".git/hooks/post-index-change": "#!/bin/sh\nCANARY\n", ".git/hooks/pre-commit": "#!/bin/sh\nCANARY\n", ".git/hooks/reference-transaction": "#!/bin/sh\nCANARY\n"}},
	{"a folder of hooks", "[core]\n\thooksPath = hooks\n", map[string]string{"hooks/post-index-change": "#!/bin/sh\nCANARY\n"}},
	{"a pager", "[core]\n\tpager = CANARY\n[pager]\n\tconfig = CANARY\n\tls-files = CANARY\n\tls-tree = CANARY\n", nil},
	{"aliases", "[alias]\n\tls-files = !CANARY\n\tls-tree = !CANARY\n\tconfig = !CANARY\n\tstatus = !CANARY\n", nil},
	{"an editor", "[core]\n\teditor = CANARY\n[sequence]\n\teditor = CANARY\n", nil},
	{"ssh", "[core]\n\tsshCommand = CANARY\n\tgitProxy = CANARY\n[remote \"origin\"]\n\turl = ssh://evil.example/x\n\tpromisor = true\n[extensions]\n\tpartialClone = origin\n", nil},
	{"gpg", "[gpg]\n\tprogram = CANARY\n[commit]\n\tgpgSign = true\n[log]\n\tshowSignature = true\n", nil},
	{"an external diff", "[diff]\n\texternal = CANARY\n[diff \"x\"]\n\tcommand = CANARY\n\ttextconv = CANARY\n", map[string]string{".gitattributes": "* diff=x\n"}},
	{"a credential helper", "[credential]\n\thelper = !CANARY\n[core]\n\taskPass = CANARY\n", nil},
	{"alternates", "[core]\n\talternateRefsCommand = CANARY\n", map[string]string{".git/objects/info/alternates": "/nowhere/objects\n"}},
	{"submodules", "[submodule]\n\trecurse = true\n[submodule \"s\"]\n\turl = ext::CANARY\n\tupdate = !CANARY\n", map[string]string{".gitmodules": "[submodule \"s\"]\n\tpath = s\n\turl = ext::CANARY\n\tupdate = !CANARY\n"}},
	{"a merge driver", "[merge \"x\"]\n\tdriver = CANARY\n[merge]\n\ttool = x\n[mergetool \"x\"]\n\tcmd = CANARY\n", map[string]string{".gitattributes": "* merge=x\n"}},
	{"traces", "[trace2]\n\tnormalTarget = |CANARY\n", nil},
	{"replaced objects", "[core]\n\tuseReplaceRefs = true\n", map[string]string{".git/refs/replace/0000000000000000000000000000000000000000": "0000000000000000000000000000000000000000\n"}},
}

// TestHostileGit hands repositories to Run that want to run a program (F8).
func TestHostileGit(t *testing.T) {
	for _, trick := range tricks {
		dir := repository(t)
		proof := filepath.Join(t.TempDir(), "proof")
		canary := filepath.Join(t.TempDir(), "canary")
		put(t, filepath.Dir(canary), "canary", "#!/bin/sh\necho ran \"$0\" \"$@\" >> "+proof+"\ncat\n")
		for name, text := range trick.files {
			put(t, dir, name, strings.ReplaceAll(text, "CANARY", canary))
		}
		config, err := os.OpenFile(filepath.Join(dir, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = config.WriteString(strings.ReplaceAll(trick.config, "CANARY", canary))
		if err := errors.Join(err, config.Close()); err != nil {
			t.Fatal(err)
		}
		ask(t, dir, trick.name)
		if said, err := os.ReadFile(proof); err == nil {
			t.Errorf("%s: %s", trick.name, said)
		}
	}
}

// ask runs what the program runs; errors are fine.
func ask(t *testing.T, dir, name string) {
	t.Helper()
	for _, args := range [][]string{{"config", "--get", "user.name"}, {"ls-files", "--stage", "--debug", "-z", "--", "Dockerfile"}, {"ls-tree", "-z", "HEAD", "--", "Dockerfile"}} {
		if _, err := run(t.Context(), 3*time.Second, dir, maxOutput, "", args); err != nil && !strings.HasPrefix(err.Error(), "git ") {
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Errorf("%s: git %s: %v", name, args[0], err)
			}
		}
	}
}

// TestHostilePromisor: what is missing is fetched from nobody, also not where an
// object that is needed is gone.
func TestHostilePromisor(t *testing.T) {
	for _, url := range []string{"ext::CANARY", "CANARY", "file://CANARY", "ssh://-oProxyCommand=CANARY/x", "vcs"} {
		dir := repository(t)
		proof := filepath.Join(t.TempDir(), "proof")
		canary := filepath.Join(t.TempDir(), "canary")
		put(t, filepath.Dir(canary), "canary", "#!/bin/sh\necho ran >> "+proof+"\n")
		put(t, dir, ".git/config", "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = origin\n[protocol]\n\tallow = always\n[protocol \"ext\"]\n\tallow = always\n[remote \"origin\"]\n\tpromisor = true\n\tvcs = ext\n\tuploadpack = "+
			canary+"\n\turl = "+strings.ReplaceAll(url, "CANARY", canary)+"\n")
		err := filepath.WalkDir(filepath.Join(dir, ".git", "objects"), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return os.Remove(name)
		})
		if err != nil {
			t.Fatal(err)
		}
		ask(t, dir, url)
		if said, err := os.ReadFile(proof); err == nil {
			t.Errorf("%s: %s", url, said)
		}
	}
}

// TestHostileWait: a repository that is made of named pipes ends in an error.
func TestHostileWait(t *testing.T) {
	for _, name := range []string{".git/config", ".git/HEAD", ".git/index", ".git"} {
		dir := repository(t)
		file := filepath.Join(dir, name)
		if err := errors.Join(os.RemoveAll(file), syscall.Mkfifo(file, 0o644)); err != nil {
			t.Fatal(err)
		}
		_, err := run(t.Context(), time.Second/2, dir, maxOutput, "", []string{"ls-files", "--stage", "-z"})
		if err == nil || !strings.HasPrefix(err.Error(), "git ls-files: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostileCommands checks that commands that could run a program are refused.
func TestHostileCommands(t *testing.T) {
	for _, args := range [][]string{nil, {"status"}, {"hash-object", "-w"}, {"diff"}, {"-c", "x"}, {"checkout"}, {"fetch"}, {"log"}, {"commit"}} {
		if _, err := Run(t.Context(), t.TempDir(), args...); err == nil || !strings.Contains(err.Error(), "only reads") {
			t.Errorf("git %q: %v", args, err)
		}
	}
	for _, pair := range environment([]string{"GIT_DIR=/evil", "GIT_SSH_COMMAND=evil", "GIT_EXTERNAL_DIFF=evil", "GIT_CONFIG_COUNT=1", "git_index_file=x", "PATH=/bin"}) {
		if strings.Contains(pair, "evil") || strings.HasPrefix(pair, "GIT_CONFIG_COUNT") || strings.HasPrefix(pair, "git_") {
			t.Errorf("the environment holds %s", pair)
		}
	}
}

// TestHostileOneDoor: no other file of the program starts git.
func TestHostileOneDoor(t *testing.T) {
	root := "../.."
	seen := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "forgetest" || d.Name() == "ecosystemtest" || strings.HasPrefix(d.Name(), ".") && name != root) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			if path, _ := strconv.Unquote(i.Path.Value); path == "os/exec" {
				seen++
				text, err := os.ReadFile(name)
				if err != nil {
					return err
				}
				if strings.Contains(string(text), `, "git"`) && !strings.HasSuffix(name, "gitcommand.go") {
					t.Errorf("%s starts git by itself", name)
				}
			}
		}
		return nil
	})
	if err != nil || seen < 3 {
		t.Errorf("%d files start programs: %v", seen, err)
	}
}

// TestHostileBites: the tricks do run a program where git is called as people
// call it. Without that the tests above would show nothing.
func TestHostileBites(t *testing.T) {
	bites := 0
	for _, trick := range tricks {
		dir := repository(t)
		proof := filepath.Join(t.TempDir(), "proof")
		canary := filepath.Join(t.TempDir(), "canary")
		put(t, filepath.Dir(canary), "canary", "#!/bin/sh\necho ran >> "+proof+"\ncat\n")
		for name, text := range trick.files {
			put(t, dir, name, strings.ReplaceAll(text, "CANARY", canary))
		}
		data, err := os.ReadFile(filepath.Join(dir, ".git", "config"))
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, ".git/config", string(data)+strings.ReplaceAll(trick.config, "CANARY", canary))
		for _, args := range [][]string{{"status", "--porcelain"}, {"add", "Dockerfile"}, {"commit", "-m", "x"}, {"log", "-1", "-p", "--ext-diff"}} {
			cmd := exec.CommandContext(t.Context(), "git", args...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@e", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@e")
			_ = cmd.Run()
		}
		if _, err := os.Stat(proof); err == nil {
			bites++
		}
	}
	if bites < 7 {
		t.Errorf("only %d of %d tricks run anything", bites, len(tricks))
	}
	t.Logf("%d of %d tricks run a program", bites, len(tricks))
}
