//go:build unix

package gitcommand

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// history is a repository whose branch work began behind the first commit of main.
func history(t *testing.T) string {
	t.Helper()
	dir := repository(t)
	put(t, dir, "a b/ü\tx.txt", "old\n")
	put(t, dir, "deep/er/file", "deep\n")
	put(t, dir, "empty", "")
	if err := os.Symlink("deep/er/file", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../../etc/passwd", filepath.Join(dir, "deep", "out")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	plainGit(t, dir, "add", ".")
	plainGit(t, dir, "commit", "-q", "-m", "Base")
	plainGit(t, dir, "checkout", "-q", "-b", "work")
	put(t, dir, "a b/ü\tx.txt", "new\n")
	plainGit(t, dir, "commit", "-q", "-a", "-m", "Work")
	plainGit(t, dir, "checkout", "-q", "main")
	put(t, dir, "later", "later\n")
	plainGit(t, dir, "add", ".")
	plainGit(t, dir, "commit", "-q", "-m", "Later on main")
	plainGit(t, dir, "checkout", "-q", "work")
	return dir
}

func TestSnapshot(t *testing.T) {
	dir := history(t)
	for _, loaded := range []bool{true, false} {
		s, err := Base(t.Context(), dir, "main")
		if err != nil {
			t.Fatal(err)
		}
		if loaded {
			if err := s.Load(func(string) bool { return true }); err != nil {
				t.Fatal(err)
			}
		}
		for name, want := range map[string]string{"Dockerfile": "FROM a:1.1\n", "a b/ü\tx.txt": "old\n", "link": "deep\n", "empty": ""} {
			if got, err := fs.ReadFile(s, name); err != nil || string(got) != want {
				t.Errorf("%q holds %q, %v, want %q", name, got, err, want)
			}
		}
		for _, name := range []string{"later", "deep/out", "loop", "../x", "gone/x"} {
			if got, err := fs.ReadFile(s, name); err == nil {
				t.Errorf("%q holds %q", name, got)
			}
		}
		if s.Time.IsZero() || len(s.Commit) != 40 {
			t.Errorf("commit %q of %v", s.Commit, s.Time)
		}
	}
	s, err := Base(t.Context(), dir, "HEAD~1")
	if err != nil {
		t.Fatal(err)
	}
	plain := fstest.MapFS{}
	for name := range s.Objects() {
		if name != "link" && name != "deep/out" && name != "loop" {
			plain[name] = nil
		}
	}
	if len(plain) != 4 {
		t.Errorf("%d files", len(plain))
	}
	plainGit(t, dir, "rm", "-q", "deep/out", "loop") // TestFS opens each file
	plainGit(t, dir, "commit", "-q", "-m", "Without links that lead nowhere")
	if s, err = Base(t.Context(), dir, "HEAD"); err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(s, "Dockerfile", "deep/er/file", "empty", "link"); err != nil {
		t.Error(err)
	}
}

func TestSnapshotErrors(t *testing.T) {
	dir := history(t)
	clone := filepath.Join(t.TempDir(), "clone")
	plainGit(t, dir, "clone", "-q", "--depth=1", "--branch=work", "file://"+dir, clone)
	plainGit(t, dir, "checkout", "-q", "--orphan", "alone")
	plainGit(t, dir, "commit", "-q", "-m", "Alone")
	plainGit(t, dir, "checkout", "-q", "work")
	for _, c := range []struct{ dir, ref, want string }{
		{dir, "nowhere", `there is no branch, tag or commit "nowhere" here`},
		{dir, "--output=x", `"--output=x" is no branch, tag or commit`},
		{dir, "", `"" is no branch, tag or commit`},
		{dir, "alone", `"alone" and the current commit have no commit in common`},
		{clone, "main", "fetch-depth: 0"},
		{t.TempDir(), "main", `there is no branch, tag or commit "main" here`},
	} {
		_, err := Base(t.Context(), c.dir, c.ref)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Base(%q) = %v, want %s", c.ref, err, c.want)
		}
	}
}

// TestHostileSnapshot reads trees of repositories that want to run a program.
func TestHostileSnapshot(t *testing.T) {
	for _, trick := range tricks {
		dir := repository(t)
		proof := filepath.Join(t.TempDir(), "proof")
		canary := filepath.Join(t.TempDir(), "canary")
		put(t, filepath.Dir(canary), "canary", "#!/bin/sh\necho ran \"$0\" \"$@\" >> "+proof+"\ncat\n")
		for name, text := range trick.files {
			put(t, dir, name, strings.ReplaceAll(text, "CANARY", canary))
		}
		have, err := os.ReadFile(filepath.Join(dir, ".git", "config"))
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, ".git/config", string(have)+strings.ReplaceAll(trick.config, "CANARY", canary))
		if s, err := Base(t.Context(), dir, "HEAD"); err == nil {
			if err := s.Load(func(string) bool { return true }); err != nil {
				t.Errorf("%s: %v", trick.name, err)
			}
		}
		if said, err := os.ReadFile(proof); err == nil {
			t.Errorf("%s: %s", trick.name, said)
		}
	}
	for _, args := range [][]string{{"cat-file", "--filters", "HEAD:x"}, {"cat-file", "--textconv", "HEAD:x"}} {
		if _, err := Run(t.Context(), t.TempDir(), args...); err == nil || !strings.Contains(err.Error(), "only reads") {
			t.Errorf("git %q: %v", args, err)
		}
	}
}
