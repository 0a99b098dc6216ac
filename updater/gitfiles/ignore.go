// Package gitfiles determines which files of a work tree git tracks and ignores. It
// reads the index and the ignore files itself and does not run git, because a
// stranger's repository could make git run other programs.
package gitfiles

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

// An Ignore determines which files git ignores in a tree (gitignore(5)): nearer
// ignore files override farther ones, later lines override earlier ones, and tracked
// files are never ignored. It reads the ignore files when they are needed, so use it
// for one walk. It is not safe for concurrent use.
type Ignore struct {
	repo     fs.FS
	tracked  *Tracked
	patterns []gitignore.Pattern
	unread   []string // reasons why ignore files were not read
	read     map[string]bool
	folders  map[string]bool // whether patterns match the folder or one above it
}

// NewIgnore returns an Ignore for a tree. The patterns of exclude apply to the whole
// tree.
func NewIgnore(repo fs.FS, tracked *Tracked, exclude []byte) *Ignore {
	g := &Ignore{repo: repo, tracked: tracked, read: map[string]bool{}, folders: map[string]bool{}}
	g.add(exclude, nil)
	return g
}

// Ignores reports whether git ignores the path.
func (g *Ignore) Ignores(p string, dir bool) bool {
	return !g.tracked.Has(p, dir) && (g.inside(path.Dir(p)) || g.named(p, dir))
}

// inside reports whether patterns match a folder or one above it. Then no other
// pattern can re-include files in it.
func (g *Ignore) inside(dir string) bool {
	if dir == "." {
		return false
	}
	known, ok := g.folders[dir]
	if !ok {
		known = g.inside(path.Dir(dir)) || g.named(dir, true)
		g.folders[dir] = known
	}
	return known
}

func (g *Ignore) named(p string, dir bool) bool {
	g.enter(path.Dir(p))
	return gitignore.NewMatcher(g.patterns).Match(strings.Split(p, "/"), dir)
}

// enter reads the .gitignore of a folder once, after those of its parents.
func (g *Ignore) enter(dir string) {
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
	data, err := localfs.ReadFile(g.repo, name, maxText)
	switch {
	case err == nil:
		g.add(data, domain)
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission):
		g.unread = append(g.unread, fmt.Sprintf("%s is not read: %v", name, localfs.Bare(err)))
	}
}

// Unread returns one sentence for each .gitignore that could not be read, and one if
// there are too many patterns.
func (g *Ignore) Unread() []string {
	if len(g.patterns) >= maxPatterns {
		return append(g.unread, fmt.Sprintf("more than %d patterns in .gitignore files are not read", maxPatterns))
	}
	return g.unread
}

func (g *Ignore) add(data []byte, domain []string) {
	// git skips a byte order mark, too.
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
