package composerules

import (
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// The limits of what is read to know whether a program names a service.
const (
	mostRead  = 400       // files of a service
	mostBytes = 256 << 10 // of each
	allBytes  = 8 << 20   // of all together
)

// A search looks for words in the files that a service gets.
type search struct {
	repo        fs.FS
	words       *regexp.Regexp
	files, left int
	found       bool
}

// reads reports whether the files that a service gets from the repository name a
// store: what it is built of, what it mounts, its env_file. What cannot be read
// may name it.
func (s service) reads(store *merged.Service) bool {
	if s.file.Repo == nil {
		return true
	}
	q := &search{repo: s.file.Repo, words: namesOf(store), files: mostRead, left: allBytes}
	if b, ok := s.Build(); ok {
		if b.Context == "" || !b.Inline.Empty() {
			return true
		}
		q.tree(b.Context, 0)
	}
	for _, e := range s.Node.Get("volumes").Elements() {
		m := merged.ReadMount(e)
		if m.Type != "bind" {
			continue
		}
		if m.Open || !strings.HasPrefix(m.Source, ".") && !isConfig(m.Target) {
			continue // what the machine has is no configuration of this project
		}
		q.path(path.Join(path.Dir(e.At.File), m.Source))
	}
	for _, e := range s.Node.Get("env_file").Elements() {
		file := e
		if e.Kind == merged.Mapping {
			file = e.Get("path")
		}
		q.path(path.Join(path.Dir(file.At.File), file.String()))
	}
	return q.found
}

// isConfig reports whether a mount is where programs look for settings.
func isConfig(target string) bool { return strings.HasPrefix(target, "/etc/") }

// path looks into a file or a folder; one that is not there may name the store.
func (q *search) path(name string) {
	if !fs.ValidPath(name) {
		q.found = true
		return
	}
	info, err := fs.Stat(q.repo, name)
	switch {
	case err != nil:
		q.found = true
	case info.IsDir():
		q.tree(name, 0)
	case info.Mode().IsRegular():
		q.file(name)
	}
}

// skipped are folders of which nothing is configuration of the program itself.
var skipped = lazyregexp.New(`^(?:\.git|node_modules|vendor|\.venv|venv|__pycache__|target|dist|\.next|\.cache)$`)

// tree looks into a folder; one that is too large may name the store.
func (q *search) tree(dir string, depth int) {
	entries, err := fs.ReadDir(q.repo, dir)
	if err != nil || depth > 12 {
		q.found = true
		return
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case q.found:
			return
		case e.IsDir() && !skipped.MatchString(e.Name()):
			q.tree(name, depth+1)
		case e.Type().IsRegular() && !composeFile.MatchString(e.Name()):
			q.file(name)
		}
	}
}

// composeFile are files that name every service, whoever needs it; READMEs and pictures tell nothing either.
var composeFile = lazyregexp.New(`(?i)compose.*\.ya?ml$|\.(?:md|rst|png|jpe?g|gif|svg|ico|woff2?|ttf|lock|sum|pdf|zip|gz)$|^package-lock\.json$`)

func (q *search) file(name string) {
	if q.files--; q.files < 0 || q.left < 0 {
		q.found = true
		return
	}
	info, err := fs.Stat(q.repo, name)
	if err != nil || info.Size() > mostBytes {
		return
	}
	data, err := fs.ReadFile(q.repo, name)
	q.left -= len(data)
	q.found = q.found || err == nil && q.words.Match(data)
}
