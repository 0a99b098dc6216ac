package composerules

import (
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// Limits of the search for the name of a service in a program's files.
const (
	mostRead  = 400       // files of a service
	mostBytes = 256 << 10 // of each file
	allBytes  = 8 << 20   // of all files
)

// A search looks for words in the files of a service.
type search struct {
	repo        fs.FS
	words       *regexp.Regexp
	files, left int
	found       bool
}

// reads reports whether a service's files from the repository name a store: its
// build context, its mounts and its env_file. A file that cannot be read counts as
// naming it, so that the rule does not suggest a wrong split.
func reads(s judged.Service, store *merged.Service) bool {
	if s.File.Repo == nil {
		return true
	}
	q := &search{repo: s.File.Repo, words: namesOf(store), files: mostRead, left: allBytes}
	if b, ok := s.Build(); ok {
		if b.Context == "" || !b.Inline.Empty() { // what is built is not in the repository, or is part of the Compose file
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
			continue // files of the host are not configuration of this project
		}
		q.path(path.Join(path.Dir(e.At.File), m.Source))
	}
	for _, file := range judged.EnvFiles(s.Service) {
		q.path(path.Join(path.Dir(file.At.File), file.String()))
	}
	return q.found
}

// isConfig reports whether a mount is a place for configuration.
func isConfig(target string) bool { return strings.HasPrefix(target, "/etc/") }

// path searches a file or a folder. A missing one counts as naming the store.
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

// skipped are folders without configuration of the program itself.
var skipped = lazyregexp.New(`^(?:\.git|node_modules|vendor|\.venv|venv|__pycache__|target|dist|\.next|\.cache)$`)

// tree searches a folder. One that is too large counts as naming the store.
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

// composeFile matches files that are no evidence: Compose files, which name every service, READMEs and pictures.
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
