package worktree

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/localfs"
)

// Names of our files in a tree during a change.
const (
	journalFolder = ".freshpin-update"
	journalFile   = journalFolder + "/journal" // files that will be staged
	readyFile     = journalFolder + "/ready"   // the same, once all are staged

	stagePrefix  = ".freshpin-"
	stageLetters = 12
)

// maxJournal is the size limit of a journal, in bytes.
const maxJournal = 64 << 20

// A journal describes a change in progress.
type journal struct {
	Schema int     `json:"schema"` // 1
	Files  []entry `json:"files"`
}

// An entry is one file of a journal. Old and New are the SHA-256 of contents.
type entry struct {
	Path  string `json:"path"`
	Stage string `json:"stage,omitempty"` // file with the new content; "" for a file to delete
	Back  string `json:"back,omitempty"`  // hard link to the old content
	Old   string `json:"old,omitempty"`   // "" for no file
	New   string `json:"new,omitempty"`   // "" for no file
}

// note writes the journal before any file is staged.
func (t *Tree) note(files []entry) error {
	data, err := json.Marshal(journal{1, files})
	if err != nil {
		return err
	}
	err = t.disk.do("mkdir", journalFolder, func() error { return t.disk.root.Mkdir(journalFolder, 0o700) })
	if err == nil {
		err = t.disk.write(journalFile, data, nil)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", journalFile, localfs.Bare(err))
	}
	return nil
}

// sweep removes the staged files, then the journal, then empty folders. If a file
// cannot be removed it stops, so that the journal stays.
func (t *Tree) sweep(files []entry) error {
	var err error
	for _, e := range files {
		for _, name := range []string{e.Stage, e.Back} {
			if name != "" {
				err = errors.Join(err, t.disk.clear(name))
			}
		}
	}
	for _, name := range []string{journalFile, readyFile, journalFolder} {
		if err == nil {
			err = t.disk.clear(name)
		}
	}
	for _, e := range files {
		if e.New != "" || err != nil {
			continue
		}
		for dir := path.Dir(e.Path); dir != "."; dir = path.Dir(dir) {
			if t.disk.remove(dir) != nil {
				break // not empty
			}
		}
	}
	return err
}

// A Recovery is the outcome for a change whose process was killed.
type Recovery struct {
	Completed []string // files with the new content
	Returned  []string // files with the old content
	Mixed     []string // files with the new content although others have changed since and do not match it
}

// Recover completes the change of a killed process. If a file already has its new
// content, all others get theirs; if that is not possible, all get their old
// content back. Files that have changed since are left alone.
func (t *Tree) Recover() (Recovery, error) {
	info, err := t.disk.root.Lstat(journalFolder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Recovery{}, nil
	case err != nil:
		return Recovery{}, err
	case !info.IsDir():
		return Recovery{}, fmt.Errorf("%s is in the way: it is no folder", journalFolder)
	}
	list, err := fs.ReadDir(t.disk.root.FS(), journalFolder)
	if err != nil {
		return Recovery{}, err
	}
	for _, f := range list {
		if name := path.Join(journalFolder, f.Name()); name != journalFile && name != readyFile || !f.Type().IsRegular() {
			return Recovery{}, fmt.Errorf("%s is in the way: an update keeps its journal in that folder, and nothing else", name)
		}
	}
	ready, err := t.read(readyFile)
	if err != nil {
		return Recovery{}, err
	}
	out, err := t.resume(ready)
	if err != nil {
		return out, err
	}
	staged, err := t.read(journalFile)
	if err != nil {
		return out, err
	}
	return out, t.sweep(append(ready, staged...))
}

// read reads a journal. An incomplete one has no entries, because files are staged only after it is complete.
func (t *Tree) read(name string) ([]entry, error) {
	data, err := localfs.Read(t.disk.root, name, maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var j journal
	if json.Unmarshal(data, &j) != nil { // cut off while it was written
		return nil, nil
	}
	for _, e := range j.Files {
		if !e.valid() {
			return nil, fmt.Errorf("%s is in the way: it is no journal of an update (%q)", name, e.Path)
		}
	}
	return j.Files, nil
}

var stageName = lazyregexp.New(`^` + regexp.QuoteMeta(stagePrefix) + `[A-Z2-7]{12}$`)

// valid reports whether an entry can be our own, because a stranger may have put a
// journal into the tree.
func (e entry) valid() bool {
	for _, name := range []string{e.Stage, e.Back} {
		if name != "" && (path.Dir(name) != path.Dir(e.Path) || !stageName.MatchString(path.Base(name))) {
			return false
		}
	}
	return checkPath(e.Path) == nil && (e.Stage == "") == (e.New == "")
}

// resume gives the files of a journal their new or their old content.
func (t *Tree) resume(files []entry) (Recovery, error) {
	var done, pending []entry
	forward, back := true, true // whether all can get the new, or the old content
	for _, e := range files {
		switch t.sum(e.Path) {
		case e.New:
			done = append(done, e)
			back = back && (e.Old == "" || e.Back != "" && t.sum(e.Back) == e.Old)
		case e.Old:
			pending = append(pending, e)
			forward = forward && (e.New == "" || t.sum(e.Stage) == e.New)
		default:
			forward, back = false, false // changed since by others, and neither direction is right for it
		}
	}
	switch {
	case len(done) == 0:
		return Recovery{}, nil
	case forward: // preferred, because the user has asked for the change
		for _, e := range pending {
			if err := t.commit(e); err != nil {
				return Recovery{}, fmt.Errorf("write %s: %w", e.Path, localfs.Bare(err))
			}
		}
		return Recovery{Completed: paths(files)}, nil
	case back:
		for _, e := range done {
			if err := t.putBack(replacement{entry: e}); err != nil {
				return Recovery{}, fmt.Errorf("put back %s: %w", e.Path, localfs.Bare(err))
			}
		}
		return Recovery{Returned: paths(files)}, nil
	}
	return Recovery{Mixed: paths(done)}, nil
}

// sum returns the SHA-256 of a file: "" if it does not exist, "?" if it is not a readable regular file.
func (t *Tree) sum(name string) string {
	if info, err := t.disk.root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return ""
	} else if err != nil || !info.Mode().IsRegular() {
		return "?"
	}
	data, err := localfs.Read(t.disk.root, name, localfs.MaxFile)
	if err != nil {
		return "?"
	}
	return sum(data)
}

func paths(files []entry) []string {
	var list []string
	for _, e := range files {
		list = append(list, e.Path)
	}
	return list
}

// Says describes the recovery in one sentence; "" if there was nothing to recover.
func (r Recovery) Says() string {
	switch {
	case len(r.Completed) > 0:
		return "an update that was cut off is complete now: " + strings.Join(r.Completed, ", ")
	case len(r.Returned) > 0:
		return "an update that was cut off was taken back: " + strings.Join(r.Returned, ", ")
	case len(r.Mixed) > 0:
		return "an update was cut off when it had written only " + strings.Join(r.Mixed, ", ") + "; the other files have changed since, so look at them together"
	}
	return ""
}
