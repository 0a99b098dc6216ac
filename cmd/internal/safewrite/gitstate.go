package safewrite

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/gitcommand"
)

// Clean returns an error unless git could restore the current content of every file.
// It compares contents here, because git status would run filter programs that the
// repository names.
func Clean(ctx context.Context, root string, tree fs.FS, files []string) error {
	var dirty []string
	for part := range slices.Chunk(files, 500) { // the length of a command line is limited
		states, err := gitStates(ctx, root, part)
		if errors.Is(err, exec.ErrNotFound) {
			return errors.New("nothing was written: the git command, which checks for uncommitted changes, is not installed; --force writes anyway")
		}
		if err != nil {
			return fmt.Errorf("nothing was written: %w; --force writes anyway", err)
		}
		for _, file := range part {
			if what := states[file].trouble(tree, file); what != "" {
				dirty = append(dirty, file+" "+what)
			}
		}
	}
	if len(dirty) == 0 {
		return nil
	}
	return fmt.Errorf("nothing was written: %s; --force writes anyway", strings.Join(dirty, ", "))
}

// A gitState is what git records about a file.
type gitState struct {
	staged, committed string // blob names in the index and in HEAD; "" for none
	merging           bool   // the index has several versions: a merge conflict
	mtime             string // file time when it was staged: "seconds:nanoseconds"
	size              int64  // file size when it was staged, in bytes
}

// trouble says why git could not restore a file; "" if it could.
func (s gitState) trouble(tree fs.FS, file string) string {
	data, err := fs.ReadFile(tree, file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.staged == "" && s.committed == "":
		return "" // a new file
	case s.merging:
		return "has an unresolved merge conflict"
	case s.staged == "" && s.committed == "":
		return "is not tracked by git"
	case err != nil || s.staged != s.committed || !s.holds(data) && !s.untouched(tree, file):
		return "has uncommitted changes"
	}
	return ""
}

// holds reports whether the index has this content, possibly with other line ends
// ("core.autocrlf" in git-config(1)).
func (s gitState) holds(data []byte) bool {
	return blobName(data, len(s.staged)) == s.staged || blobName(UnixLines(data), len(s.staged)) == s.staged
}

// untouched reports whether time and size of a file are those of when it was staged.
// A difference in content then comes from a filter, such as git-crypt or Git LFS.
func (s gitState) untouched(tree fs.FS, file string) bool {
	info, err := fs.Stat(tree, file)
	if err != nil || info.Size() != s.size {
		return false
	}
	t := info.ModTime()
	return fmt.Sprintf("%d:%d", t.Unix(), t.Nanosecond()) == s.mtime
}

// UnixLines returns a text with the line ends that git stores.
func UnixLines(data []byte) []byte { return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")) }

// blobName returns git's object name of a content, with the repository's hash length.
func blobName(data []byte, digits int) string {
	h := sha1.New()
	if digits == 2*sha256.Size {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return fmt.Sprintf("%x", h.Sum(nil))
}

// gitStates reads what git records about files.
func gitStates(ctx context.Context, root string, files []string) (map[string]gitState, error) {
	staged, err := gitcommand.Run(ctx, root, append([]string{"ls-files", "--stage", "--debug", "-z", "--"}, files...)...)
	if err != nil {
		return nil, err
	}
	states := parseStaged(string(staged))
	committed, err := gitcommand.Run(ctx, root, append([]string{"ls-tree", "-z", "HEAD", "--"}, files...)...)
	if err != nil && !strings.Contains(err.Error(), "Not a valid object name HEAD") { // the repository has no commit yet
		return nil, err
	}
	for record := range strings.SplitSeq(string(committed), "\x00") {
		about, file, ok := strings.Cut(record, "\t")
		if words := strings.Fields(about); ok && len(words) == 3 {
			s := states[file]
			s.committed = words[2]
			states[file] = s
		}
	}
	return states, nil
}

// parseStaged reads the output of git ls-files --stage --debug -z: "MODE NAME STAGE
// TAB FILE NUL", then lines with the file's state when it was staged.
func parseStaged(out string) map[string]gitState {
	states := map[string]gitState{}
	for out != "" {
		about, rest, ok := strings.Cut(out, "\t")
		file, rest, named := strings.Cut(rest, "\x00")
		words := strings.Fields(about)
		if !ok || !named || len(words) != 3 {
			break
		}
		s := states[file]
		s.merging = s.merging || words[2] != "0"
		s.staged = words[1]
		// The lines of --debug are indented; the next record is not.
		for strings.HasPrefix(rest, "  ") {
			line, after, _ := strings.Cut(rest, "\n")
			rest = after
			if value, ok := strings.CutPrefix(line, "  mtime: "); ok {
				s.mtime = value
			}
			if value, ok := strings.CutPrefix(line, "  size: "); ok {
				value, _, _ = strings.Cut(value, "\t")
				s.size, _ = strconv.ParseInt(value, 10, 64)
			}
		}
		states[file], out = s, rest
	}
	return states
}

// Identity returns the name and email for commits in a repository.
func Identity(ctx context.Context, getenv func(string) string, root string) (name, email string, err error) {
	ask := func(variable, key string) (string, error) {
		if v := getenv(variable); v != "" {
			return v, nil
		}
		out, err := gitcommand.Run(ctx, root, "config", "--get", key)
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", nil // not set
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
		return "", "", &console.UsageError{
			Err:  errors.New("git has no name and email for commits"),
			Hint: `set them with git config user.name "…" and git config user.email "…"`,
		}
	}
	return name, email, nil
}
