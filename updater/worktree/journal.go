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

// The names of what lies in a tree while it is written to.
const (
	journalFolder = ".freshpin-update"
	journalFile   = journalFolder + "/journal" // what will be staged
	readyFile     = journalFolder + "/ready"   // the same once all of it is

	stagePrefix  = ".freshpin-"
	stageLetters = 12
)

// maxJournal bounds the journal that is read, in bytes.
const maxJournal = 64 << 20

// A journal says what is under way.
type journal struct {
	Schema int     `json:"schema"` // 1
	Files  []entry `json:"files"`
}

// An entry is one file of it. The contents are told by their SHA-256.
type entry struct {
	Path  string `json:"path"`
	Stage string `json:"stage,omitempty"` // a file with the new content; "" for a file that goes
	Back  string `json:"back,omitempty"`  // a second name of the old content
	Old   string `json:"old,omitempty"`   // "" for nothing
	New   string `json:"new,omitempty"`   // "" for nothing
}

// note writes the journal, before anything is staged.
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
		return fmt.Errorf("write %s: %w", journalFile, bare(err))
	}
	return nil
}

// sweep removes what was staged, then the journal, then folders that nothing is
// left in. It stops where something cannot be removed: the journal stays.
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
				break // it holds more
			}
		}
	}
	return err
}

// A Recovery is what became of a change whose process was killed.
type Recovery struct {
	Completed []string // files that are as they were to be
	Returned  []string // files that are as they were before
	Mixed     []string // files that have the new content although others, changed since, do not fit to it
}

// Recover completes what a killed process began: where a file has its new
// content already, all others get theirs; where that cannot be, all get back
// their old one. Files that somebody has changed since are left alone.
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
	out, err := t.settle(ready)
	if err != nil {
		return out, err
	}
	staged, err := t.read(journalFile)
	if err != nil {
		return out, err
	}
	return out, t.sweep(append(ready, staged...))
}

// read reads a journal. One that was torn says nothing: then nothing was staged.
func (t *Tree) read(name string) ([]entry, error) {
	data, err := localfs.Read(t.disk.root, name, maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var j journal
	if json.Unmarshal(data, &j) != nil {
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

// valid reports whether an entry is one that we may have written: the tree may
// come from somebody who wrote a journal into it.
func (e entry) valid() bool {
	for _, name := range []string{e.Stage, e.Back} {
		if name != "" && (path.Dir(name) != path.Dir(e.Path) || !stageName.MatchString(path.Base(name))) {
			return false
		}
	}
	return checkPath(e.Path) == nil && (e.Stage == "") == (e.New == "")
}

// settle brings the files of a journal to one of their two states.
func (t *Tree) settle(files []entry) (Recovery, error) {
	var done, pending []entry
	forward, back := true, true // whether all can be brought to the new, or to the old content
	for _, e := range files {
		switch t.sum(e.Path) {
		case e.New:
			done = append(done, e)
			back = back && (e.Old == "" || e.Back != "" && t.sum(e.Back) == e.Old)
		case e.Old:
			pending = append(pending, e)
			forward = forward && (e.New == "" || t.sum(e.Stage) == e.New)
		default:
			forward, back = false, false
		}
	}
	switch {
	case len(done) == 0:
		return Recovery{}, nil
	case forward:
		for _, e := range pending {
			if err := t.commit(e); err != nil {
				return Recovery{}, fmt.Errorf("write %s: %w", e.Path, bare(err))
			}
		}
		return Recovery{Completed: paths(files)}, nil
	case back:
		for _, e := range done {
			if err := t.putBack(replacement{entry: e}); err != nil {
				return Recovery{}, fmt.Errorf("put back %s: %w", e.Path, bare(err))
			}
		}
		return Recovery{Returned: paths(files)}, nil
	}
	return Recovery{Mixed: paths(done)}, nil
}

// sum tells what a file holds: "" for nothing, and "?" for what is no plain file that can be read.
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

// Says is the recovery in one sentence; "" where there was nothing to recover.
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
