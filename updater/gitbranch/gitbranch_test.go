package gitbranch_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/forgecontract"
	"github.com/freshpin/freshpin/updater/gitbranch"
	"github.com/freshpin/freshpin/updater/gitbranch/gitforge"
)

// A repo is a repository on which a person works with the git command, so that
// what we wrote is read by git itself.
type repo string

// git runs a git command as a person who has configured nothing.
func (r repo) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = string(r)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// newRepo makes a repository with one commit on main.
func newRepo(t *testing.T, files map[string]forgecontract.File) repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git command to check against")
	}
	r := repo(filepath.Join(t.TempDir(), "shop"))
	if err := os.MkdirAll(string(r), 0o755); err != nil {
		t.Fatal(err)
	}
	r.git(t, "init", "-q", "-b", "main")
	r.write(t, string(r), files)
	r.git(t, "add", "-A")
	r.git(t, "commit", "-q", "-m", "Begin")
	return r
}

func (r repo) write(t *testing.T, dir string, files map[string]forgecontract.File) {
	t.Helper()
	for name, f := range files {
		to := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(to), 0o755)
		switch {
		case err != nil:
		case f.Mode == "120000":
			err = os.Symlink(f.Data, to)
		case f.Mode == "100755":
			err = os.WriteFile(to, []byte(f.Data), 0o755)
		default:
			err = os.WriteFile(to, []byte(f.Data), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// commit commits files on a branch, in a work tree of its own.
func (r repo) commit(t *testing.T, branch string, files map[string]forgecontract.File) string {
	t.Helper()
	if branch == strings.TrimSpace(r.git(t, "branch", "--show-current")) {
		r.write(t, string(r), files)
		r.git(t, "add", "-A")
		r.git(t, "commit", "-q", "-m", "By hand")
		return strings.TrimSpace(r.git(t, "rev-parse", "HEAD"))
	}
	dir := repo(filepath.Join(t.TempDir(), "tree"))
	if r.git(t, "branch", "--list", branch) == "" {
		r.git(t, "branch", branch, "main")
	}
	r.git(t, "worktree", "add", "-q", string(dir), branch)
	r.write(t, string(dir), files)
	dir.git(t, "add", "-A")
	dir.git(t, "commit", "-q", "-m", "By hand")
	r.git(t, "worktree", "remove", "--force", string(dir))
	return strings.TrimSpace(r.git(t, "rev-parse", branch))
}

// read returns what git finds on a branch.
func (r repo) read(t *testing.T, branch string) (map[string]forgecontract.File, string) {
	t.Helper()
	if r.git(t, "branch", "--list", branch) == "" {
		return nil, ""
	}
	files := map[string]forgecontract.File{}
	var names, hashes []string
	for _, line := range strings.Split(strings.TrimRight(r.git(t, "ls-tree", "-r", "-z", branch), "\x00"), "\x00") {
		meta, name, _ := strings.Cut(line, "\t")
		words := strings.Fields(meta)
		names, hashes = append(names, name), append(hashes, words[2])
		files[name] = forgecontract.File{Mode: words[0]}
	}
	for n, data := range r.blobs(t, hashes) {
		f := files[names[n]]
		f.Data = data
		files[names[n]] = f
	}
	return files, strings.TrimSpace(r.git(t, "rev-parse", branch))
}

// blobs returns the content of many files at once (git-cat-file(1), "--batch").
func (r repo) blobs(t *testing.T, hashes []string) (list []string) {
	t.Helper()
	cmd := exec.Command("git", "cat-file", "--batch")
	cmd.Dir, cmd.Stdin = string(r), strings.NewReader(strings.Join(hashes, "\n")+"\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for rest := string(out); rest != ""; {
		head, body, _ := strings.Cut(rest, "\n")
		size, err := strconv.Atoi(head[strings.LastIndex(head, " ")+1:])
		if err != nil {
			t.Fatalf("%q: %v", head, err)
		}
		list, rest = append(list, body[:size]), body[size+1:]
	}
	return list
}

func TestContract(t *testing.T) {
	t.Parallel()
	forgecontract.Test(t, func(t *testing.T, files map[string]forgecontract.File) forgecontract.Fixture {
		t.Parallel()
		r := newRepo(t, files)
		t.Cleanup(func() {
			if out := r.git(t, "fsck", "--strict"); strings.Contains(out, "error") {
				t.Error(out)
			}
			if out := r.git(t, "status", "--porcelain"); out != "" {
				t.Errorf("the work tree or the index has changed: %s", out)
			}
			if out := r.git(t, "symbolic-ref", "HEAD"); out != "refs/heads/main\n" {
				t.Errorf("HEAD is on %s", out)
			}
		})
		return forgecontract.Fixture{
			Forge: gitforge.New(filepath.Dir(string(r))), Repo: filepath.Base(string(r)),
			Commit: r.commit, Read: r.read,
			Merge: func(t *testing.T, pr forge.PullRequest) { r.git(t, "merge", "-q", "--no-ff", "-m", "Merge", pr.Branch) },
		}
	})
}

var ada = gitbranch.Author{Name: "Ada", Email: "ada@example.com"}

// open opens a repository, and returns what HEAD stands on too.
func open(t *testing.T, dir string) (*gitbranch.Repository, *forge.Checkout) {
	t.Helper()
	r, err := gitbranch.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Head()
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

// change is a change of the Dockerfile.
func change(t *testing.T, dir, text string) forge.Change {
	t.Helper()
	_, c := open(t, dir)
	return forge.Change{
		Branch: "freshpin/update", Base: c.Branch, Parent: c.Commit, Tree: c.Tree, Entries: c.Files, Message: "Update", Title: "Update", Fingerprint: "1a" + strings.TrimSpace(text),
		Files: []ecosystems.FileChange{{Path: "Dockerfile", Data: []byte(text)}},
	}
}

func commit(t *testing.T, dir string, c forge.Change) (string, error) {
	t.Helper()
	r, _ := open(t, dir)
	return r.Commit(c, ada)
}

func seed() map[string]forgecontract.File {
	return map[string]forgecontract.File{"Dockerfile": {Mode: "100644", Data: "FROM x:1\n"}}
}

// TestKinds opens every kind of repository that git knows.
func TestKinds(t *testing.T) {
	r := newRepo(t, seed())
	dir := filepath.Dir(string(r))
	r.git(t, "clone", "-q", "--bare", string(r), filepath.Join(dir, "bare"))
	r.git(t, "worktree", "add", "-q", "-b", "side", filepath.Join(dir, "tree"))
	r.git(t, "clone", "-q", string(r), filepath.Join(dir, "packed"))
	repo(filepath.Join(dir, "packed")).git(t, "gc", "-q")
	r.git(t, "clone", "-q", "--shared", string(r), filepath.Join(dir, "shared"))
	r.git(t, "config", "uploadpack.allowFilter", "true")
	r.git(t, "clone", "-q", "--bare", "--filter=blob:none", "file://"+string(r), filepath.Join(dir, "partial"))
	for name, branch := range map[string]string{"shop": "main", "bare": "main", "tree": "side", "packed": "main", "shared": "main", "partial": "main"} {
		at := filepath.Join(dir, name)
		c := change(t, at, "FROM x:2\n")
		if c.Base != branch {
			t.Errorf("%s: %q, want %q", name, c.Base, branch)
		}
		head, err := commit(t, at, c)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		in := repo(filepath.Join(dir, name))
		if got := in.git(t, "show", "freshpin/update:Dockerfile"); got != "FROM x:2\n" {
			t.Errorf("%s: %q", name, got)
		}
		if got := strings.TrimSpace(in.git(t, "rev-parse", "freshpin/update")); got != head {
			t.Errorf("%s: %s, not %s", name, got, head)
		}
	}
}

// TestRefuses are repositories and branches in which nothing can be done.
func TestRefuses(t *testing.T) {
	r := newRepo(t, seed())
	dir := filepath.Dir(string(r))
	var refused *forge.Denied

	empty := repo(filepath.Join(dir, "empty"))
	r.git(t, "init", "-q", string(empty))
	if r, err := gitbranch.Open(string(empty)); err != nil {
		t.Error(err)
	} else if _, err := r.Head(); !errors.As(err, &refused) || refused.Code != "empty" {
		t.Errorf("empty: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "none"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := gitbranch.Open(filepath.Join(dir, "none")); !errors.As(err, &refused) || refused.Code != "not-found" {
		t.Errorf("none: %v", err)
	}
	r.git(t, "init", "-q", "--object-format=sha256", filepath.Join(dir, "sha256"))
	if _, err := gitbranch.Open(filepath.Join(dir, "sha256")); err == nil || !strings.Contains(err.Error(), "objectformat=sha256") {
		t.Errorf("SHA-256: %v", err)
	}
	c := change(t, string(r), "FROM x:2\n")
	r.git(t, "checkout", "-q", "-b", c.Branch)
	if _, err := commit(t, string(r), c); err == nil || !strings.Contains(err.Error(), "checked out in "+string(r)) {
		t.Errorf("checked out: %v", err)
	}
	r.git(t, "checkout", "-q", "main")
	r.git(t, "branch", "-q", "-D", c.Branch)
	side := filepath.Join(dir, "side")
	r.git(t, "worktree", "add", "-q", "-b", c.Branch, side)
	if _, err := commit(t, string(r), c); err == nil || !strings.Contains(err.Error(), "checked out in "+side) {
		t.Errorf("checked out beside: %v", err)
	}
	for _, bad := range []string{"../x", ".git/config", "a/.GIT/hooks/x", "Dockerfile/x", "", "a//b"} {
		c := change(t, string(r), "FROM x:2\n")
		c.Branch, c.Files = "freshpin/bad", []ecosystems.FileChange{{Path: bad, Data: []byte("x")}}
		if _, err := commit(t, string(r), c); err == nil {
			t.Errorf("the path %q was committed", bad)
		}
	}
}

// TestDetached commits beside a HEAD that is on no branch.
func TestDetached(t *testing.T) {
	r := newRepo(t, seed())
	r.git(t, "checkout", "-q", "--detach")
	c := change(t, string(r), "FROM x:2\n")
	if _, err := commit(t, string(r), c); err != nil {
		t.Fatal(err)
	}
	if got := r.git(t, "log", "-1", "--format=%an %ae %s %b", "freshpin/update"); !strings.HasPrefix(got, "Ada ada@example.com Update Freshpin-Fingerprint: 1a") {
		t.Errorf("%q", got)
	}
}

// TestAmended recognises our commit that a person has amended.
func TestAmended(t *testing.T) {
	r := newRepo(t, seed())
	if _, err := commit(t, string(r), change(t, string(r), "FROM x:2\n")); err != nil {
		t.Fatal(err)
	}
	r.git(t, "checkout", "-q", "freshpin/update")
	r.write(t, string(r), map[string]forgecontract.File{"more": {Data: "x"}})
	r.git(t, "add", "more")
	cmd := exec.Command("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-q", "--amend", "--no-edit")
	cmd.Dir = string(r)
	cmd.Env = append(os.Environ(), "GIT_COMMITTER_DATE=2031-01-01T00:00:00Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r.git(t, "checkout", "-q", "main")
	if _, err := commit(t, string(r), change(t, string(r), "FROM x:3\n")); !errors.Is(err, forge.ErrTouched) {
		t.Errorf("%v", err)
	}
}

// TestAtOnce lets several runs do the same at the same time.
func TestAtOnce(t *testing.T) {
	r := newRepo(t, seed())
	c := change(t, string(r), "FROM x:2\n")
	var wg sync.WaitGroup
	heads := make([]string, 8)
	for n := range heads {
		wg.Go(func() {
			r, err := gitbranch.Open(string(r))
			if err == nil {
				heads[n], err = r.Commit(c, ada)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, h := range heads {
		if h == "" || h != heads[0] {
			t.Errorf("%q", heads)
		}
	}
}
