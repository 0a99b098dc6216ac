package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// isGit reports whether a folder is the top of a git work tree, or lies in one.
func isGit(dir string) bool {
	_, err := os.Stat(filepath.Join(top(dir), ".git"))
	return err == nil
}

// git runs a git command that changes neither files nor refs, with stdin (nil
// for nothing), and returns what it prints.
func git(ctx context.Context, dir string, stdin io.Reader, args ...string) ([]byte, error) {
	args = append([]string{"-c", "core.fsmonitor=false"}, args...) // it would run a program
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Stdin = dir, stdin
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_LITERAL_PATHSPECS=1", "LC_ALL=C")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if text, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n"); err != nil && text != "" {
		return nil, fmt.Errorf("git %s: %s", args[2], strings.TrimPrefix(text, "fatal: "))
	}
	return out, err
}

// clean returns an error where git could not bring back what is in the files.
func clean(ctx context.Context, root string, files []string) error {
	args := []string{"status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching", "--ignore-submodules=all", "--"}
	out, err := git(ctx, root, nil, append(args, files...)...)
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("nothing was written: there is no git command, so nobody knows of uncommitted changes; --force writes anyway")
	}
	if err != nil {
		return err
	}
	var dirty []string
	for record := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		if len(record) < 4 {
			continue
		}
		what := "has uncommitted changes"
		switch record[:2] {
		case "??", "!!":
			what = "is not in git"
		}
		dirty = append(dirty, record[3:]+" "+what)
	}
	if len(dirty) == 0 {
		return nil
	}
	return fmt.Errorf("nothing was written: %s; --force writes anyway", strings.Join(dirty, ", "))
}

// identity returns who commits in a repository.
func (u *update) identity(ctx context.Context, root string) (name, email string, err error) {
	ask := func(variable, key string) (string, error) {
		if v := u.getenv(variable); v != "" {
			return v, nil
		}
		out, err := git(ctx, root, nil, "config", "--get", key)
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", nil // it is not set
		}
		return strings.TrimSpace(string(out)), err
	}
	if name, err = ask("GIT_AUTHOR_NAME", "user.name"); err != nil {
		return "", "", err
	}
	if email, err = ask("GIT_AUTHOR_EMAIL", "user.email"); err != nil {
		return "", "", err
	}
	if name == "" || email == "" {
		return "", "", &usageError{
			err:  errors.New("git does not know who commits"),
			hint: `git config user.name "…" and git config user.email "…" tell it`,
		}
	}
	return name, email, nil
}
