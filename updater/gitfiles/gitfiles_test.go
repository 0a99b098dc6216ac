package gitfiles

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func put(t *testing.T, dir string, files ...string) {
	t.Helper()
	for _, f := range files {
		name, text, _ := strings.Cut(f, "=")
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// indexes are the forms in which git writes an index.
var indexes = map[string][][]string{
	"version 2":     {{"update-index", "--index-version", "2"}},
	"version 3":     {{"add", "-f", "-N", "a/b/new"}},
	"version 4":     {{"update-index", "--index-version", "4"}},
	"split":         {{"update-index", "--split-index"}, {"add", "-f", "a/b/new"}, {"rm", "-q", "--cached", "one"}},
	"split, twice":  {{"update-index", "--split-index"}, {"add", "-f", "a/b/new"}, {"update-index", "--force-remove", "x"}, {"add", "-f", "x"}},
	"untracked":     {{"config", "core.untrackedCache", "true"}, {"update-index", "--untracked-cache"}, {"status", "-s"}},
	"no hash":       {{"config", "index.skipHash", "true"}, {"add", "-f", "a/b/new"}},
	"many versions": {{"update-index", "--index-version", "4"}, {"add", "-f", "-N", "a/b/new"}},
}

// What git tracks is read out of every form of index as git itself reads it.
func TestIndexes(t *testing.T) {
	for name, steps := range indexes {
		for _, format := range []string{"sha1", "sha256"} {
			t.Run(name+" "+format, func(t *testing.T) {
				dir := t.TempDir()
				run(t, dir, "init", "-q", "--object-format="+format)
				put(t, dir, "one=1", "a/b/Dockerfile=x", "a/b/c/d=y", "a/é ü=z", "x=x", "a/b/new=n", "out=o")
				run(t, dir, "add", "-f", "one", "a/b/Dockerfile", "a/b/c/d", "a/é ü", "x")
				run(t, dir, "commit", "-qm", "c")
				for _, args := range steps {
					run(t, dir, args...)
				}
				want, err := exec.Command("git", "-C", dir, "ls-files", "-z").Output()
				if err != nil {
					t.Fatal(err)
				}
				tracked, _, err := Read(dir)
				if err != nil {
					t.Fatal(err)
				}
				for _, file := range strings.Split(strings.TrimSuffix(string(want), "\x00"), "\x00") {
					if !tracked.Has(file, false) || tracked.Has(file, true) {
						t.Errorf("%s is not tracked", file)
					}
				}
				if tracked.Has("out", false) || !tracked.Has("a/b/c", true) || tracked.Has("a/b/c", false) {
					t.Errorf("wrong: %v", tracked)
				}
			})
		}
	}
}

// A work tree of its own has its index in another folder, and shares info/exclude.
func TestWorktree(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, "init", "-q")
	put(t, dir, "one=1", ".git/info/exclude=hidden\n")
	run(t, dir, "add", "one")
	run(t, dir, "commit", "-qm", "c")
	other := filepath.Join(t.TempDir(), "other")
	run(t, dir, "worktree", "add", "-q", other)
	tracked, exclude, err := Read(other)
	if err != nil || !tracked.Has("one", false) || string(exclude) != "hidden\n" {
		t.Errorf("Read = %v, %q, %v", tracked, exclude, err)
	}
}

// What is ignored is what git says is ignored (case 14-tracked-but-gitignored).
func TestIgnores(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, "init", "-q")
	put(t, dir, ".gitignore=*.override.yml\n/build/\nlogs\n!logs/keep\n", "c.override.yml=", "d.override.yml=", "build/Dockerfile=", "build/other/Dockerfile=",
		"build/no=", "build/deep/x=", "logs/keep=", "src/build/x=", "src/.gitignore=x\n!c.override.yml\n", "src/c.override.yml=", ".git/info/exclude=excluded\n", "excluded=")
	run(t, dir, "add", "-f", "c.override.yml", "build/Dockerfile", "build/deep/x", ".gitignore")
	tracked, exclude, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	g := NewIgnore(os.DirFS(dir), tracked, exclude)
	var got []string
	err = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		if rel == ".git" || rel != "." && g.Ignores(filepath.ToSlash(rel), d.IsDir()) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.IsDir() {
			got = append(got, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("git", "-C", dir, "ls-files", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(out))
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("read %q, git has %q", got, want)
	}
}

// A repository of a stranger makes nothing wait, run or grow.
func TestHostileFolder(t *testing.T) {
	for name, make := range map[string]func(git string) error{
		"index is a folder": func(git string) error { return os.Mkdir(filepath.Join(git, "index"), 0o755) },
		"index is a device": func(git string) error { return os.Symlink("/dev/zero", filepath.Join(git, "index")) },
		"index is cut": func(git string) error {
			return os.WriteFile(filepath.Join(git, "index"), []byte("DIRC\x00\x00\x00\x02\xff\xff\xff\xff"), 0o644)
		},
		"index is nothing": func(git string) error { return os.WriteFile(filepath.Join(git, "index"), nil, 0o644) },
		"index of version 9": func(git string) error {
			return os.WriteFile(filepath.Join(git, "index"), []byte("DIRC\x00\x00\x00\x09\x00\x00\x00\x00"), 0o644)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			git := filepath.Join(dir, ".git")
			if err := errors.Join(os.MkdirAll(filepath.Join(git, "info"), 0o755), os.Symlink("/dev/zero", filepath.Join(git, "info", "exclude")), make(git)); err != nil {
				t.Fatal(err)
			}
			if tracked, exclude, err := Read(dir); err == nil || tracked != nil || exclude != nil {
				t.Errorf("Read = %v, %q, %v, want an error", tracked, exclude, err)
			}
		})
	}
}

func FuzzParseIndex(f *testing.F) {
	f.Add([]byte("DIRC\x00\x00\x00\x02\x00\x00\x00\x01"))
	f.Add(append([]byte("DIRC\x00\x00\x00\x04\x00\x00\x00\x01"), make([]byte, 100)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = parseIndex(data) // must not panic
	})
}
