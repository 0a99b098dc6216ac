package updater

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"

	"github.com/freshpin/freshpin/updater/localfs"
)

// Gitignore is a Filter that follows the .gitignore files of a tree, as git
// does (gitignore(5)): the nearer file decides, later lines win. It reads them
// on the way and so belongs to one walk; it is not safe for concurrent use.
type Gitignore struct {
	repo     fs.FS
	patterns []gitignore.Pattern
	read     map[string]bool
	unread   []string
}

// The limits of what is read of .gitignore files: git has such a limit too.
const (
	maxGitignore = 1 << 20 // bytes of one file
	maxPatterns  = 20_000  // of one tree
)

// NewGitignore returns a filter for a tree. The lines of above belong to the
// folders that contain the tree: of .git/info/exclude, for example.
func NewGitignore(repo fs.FS, above []byte) *Gitignore {
	g := &Gitignore{repo: repo, read: map[string]bool{}}
	g.add(above, nil)
	return g
}

// Ignores reports whether git ignores the path.
func (g *Gitignore) Ignores(p string, dir bool) bool {
	g.enter(path.Dir(p))
	return gitignore.NewMatcher(g.patterns).Match(strings.Split(p, "/"), dir)
}

// enter reads the .gitignore of a folder, once, after those of the folders above it.
func (g *Gitignore) enter(dir string) {
	if g.read[dir] {
		return
	}
	g.read[dir] = true
	var domain []string
	if dir != "." {
		g.enter(path.Dir(dir))
		domain = strings.Split(dir, "/")
	}
	name := path.Join(dir, ".gitignore")
	data, err := localfs.ReadFile(g.repo, name, maxGitignore)
	switch {
	case err == nil:
		g.add(data, domain)
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
		g.unread = append(g.unread, fmt.Sprintf("%s is not read: %v", name, reason(err)))
	}
}

// Unread returns a sentence for each .gitignore that was not read, and for
// patterns beyond the limit.
func (g *Gitignore) Unread() []string {
	if len(g.patterns) >= maxPatterns {
		return append(g.unread, fmt.Sprintf("more than %d patterns in .gitignore files are not read", maxPatterns))
	}
	return g.unread
}

func (g *Gitignore) add(data []byte, domain []string) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	for row := range bytes.Lines(data) {
		line := strings.TrimRight(string(row), "\r\n")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if len(g.patterns) < maxPatterns {
			g.patterns = append(g.patterns, gitignore.ParsePattern(line, domain))
		}
	}
}

// Filters ignores what any of them ignores.
type Filters []Filter

// Ignores asks each filter.
func (f Filters) Ignores(path string, dir bool) bool {
	for _, one := range f {
		if one.Ignores(path, dir) {
			return true
		}
	}
	return false
}
