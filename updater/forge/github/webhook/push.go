package webhook

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/event"
)

type push struct {
	head
	Ref     string             `json:"ref"`
	After   string             `json:"after"`
	Created bool               `json:"created"`
	Deleted bool               `json:"deleted"`
	Forced  bool               `json:"forced"`
	Commits event.List[commit] `json:"commits"`
}

// A commit of a push.
type commit struct {
	ID       string             `json:"id"`
	Added    event.List[string] `json:"added"`
	Removed  event.List[string] `json:"removed"`
	Modified event.List[string] `json:"modified"`
}

// fill reports pushes to all branches but our own, because this package does not know
// the base branches in the settings.
func (p *push) fill(e *event.Event) (bool, error) {
	if err := ofRepository(e); err != nil {
		return false, err
	}
	branch, ok := strings.CutPrefix(p.Ref, "refs/heads/")
	if !ok || !isWord(branch) || strings.HasPrefix(branch, forge.Prefix) || p.Deleted {
		return false, nil
	}
	e.Branch, e.Commit, e.Files = branch, p.After, p.files()
	return true, ofCommit(e)
}

// GitHub's limits on what a push lists: see push in its list of events. For a commit
// that is too large to process in time, the lists may be empty.
const (
	maxCommits = 2048
	maxFiles   = 3000 // per commit; here also in total
)

const maxNames = 256 << 10 // bytes of all file names, which are stored in the queue

// files returns the paths that the commits touched, without duplicates. It returns
// nil if the list is incomplete: after a force push, with unlisted commits, and for
// lists that may have been cut.
func (p *push) files() []string {
	if p.Forced || p.Created || len(p.Commits) == 0 || len(p.Commits) >= maxCommits {
		return nil
	}
	// The newest commit is missing, so the list was cut.
	if p.Commits[len(p.Commits)-1].ID != p.After {
		return nil
	}
	var files []string
	for _, c := range p.Commits {
		touched := slices.Concat(c.Added, c.Removed, c.Modified)
		if len(touched) == 0 || len(touched) >= maxFiles {
			return nil
		}
		// Duplicates are removed for each commit, so that the limits apply before all names are in memory.
		files = append(files, touched...)
		slices.Sort(files)
		if files = slices.Compact(files); len(files) > maxFiles || !short(files) {
			return nil
		}
	}
	return files
}

func short(files []string) bool {
	size := 0
	for _, f := range files {
		// The names are stored in the queue, whose database rejects NUL.
		if size += len(f); size > maxNames || f == "" || strings.Contains(f, "\x00") {
			return false
		}
	}
	return true
}
