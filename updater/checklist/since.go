package checklist

import (
	"context"
	"crypto/sha1" // for git's object ids
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"path"

	"github.com/freshpin/freshpin/ecosystems/compose"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/baseline"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/localfs"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/scan"
)

// A Comparison separates the findings that a change introduced from older ones.
type Comparison struct {
	Introduced []check.Finding
	Before     int // older findings
	Undecided  int // findings that depend on unknown answers about the old state; they count as older
}

// Since judges an older state of the tree and returns the findings that are new
// since then. It does not judge unchanged files again. objects maps the files of
// the old tree to git's object ids; nil judges all of them.
func (r *Report) Since(ctx context.Context, old plan.Tree, objects map[string]string) (Comparison, error) {
	changed, whole, err := r.changed(old, objects)
	if err != nil {
		return Comparison{}, err
	}
	s := *r.by
	s.judged = func(file string) bool { return changed[file] }
	was := &Report{}
	if len(changed) > 0 {
		if was, err = s.run(ctx, old, r.facts.Answers); err != nil {
			return Comparison{}, err
		}
	}
	var before []string
	for _, f := range was.Findings {
		before = append(before, f.ID)
	}
	for _, f := range r.Findings {
		if _, read := r.read[f.At.File]; !changed[f.At.File] && (read || !whole) {
			before = append(before, f.ID)
		}
	}
	return r.compare(before, len(was.Unknown)+len(was.Failed) > 0), nil
}

// compare separates new findings from older ones. If questions about the old state
// have no answer, only findings that need no answers count as new.
func (r *Report) compare(before []string, unanswered bool) (c Comparison) {
	var ids []string
	for _, f := range r.Findings {
		ids = append(ids, f.ID)
	}
	fresh := baseline.Introduced(ids, before)
	pure := map[string]bool{}
	if unanswered {
		pure = r.pure(fresh)
	}
	for _, n := range fresh {
		if unanswered && !pure[ids[n]] {
			c.Undecided++
			continue
		}
		c.Introduced = append(c.Introduced, r.Findings[n])
	}
	c.Before = len(r.Findings) - len(c.Introduced)
	return c
}

// pure returns the findings that need no answers, in the files of some findings.
func (r *Report) pure(of []int) map[string]bool {
	files := map[string]bool{}
	for _, n := range of {
		files[r.Findings[n].At.File] = true
	}
	out := map[string]bool{}
	for _, s := range r.list {
		if !files[s.name] {
			continue
		}
		for _, f := range check.Judge(r.by.Rules, []check.Unit{s.unit()}, nil, r.by.Settings).Findings {
			out[f.ID] = true
		}
	}
	return out
}

// surrounding matches files that affect how other files are judged.
var surrounding = lazyregexp.New(`(?:^|/)(?:[^/]*\.dockerignore|\.env[^/]*|docker-bake[^/]*|Makefile|[^/]*\.sh|\.freshpin\.ya?ml)$|^\.github/workflows/|^\.gitlab-ci\.ya?ml$`)

// Matters reports whether the content of a file affects the checklist, so that a
// caller can read such files together.
func Matters(file string) bool {
	return surrounding.MatchString(file) || dockerfile.New(nil).Match(file) || compose.New(nil).Match(file)
}

// changed returns the files to judge in the old tree: the Dockerfiles that have
// changed, or, with whole, all files if a surrounding file has changed.
func (r *Report) changed(old plan.Tree, objects map[string]string) (changed map[string]bool, whole bool, err error) {
	files, _, err := scan.Files(old, r.by.Ecosystems)
	if err != nil {
		return nil, false, err
	}
	all := map[string]bool{}
	changed, whole = map[string]bool{}, objects == nil
	for _, f := range files {
		kind := f.Ecosystem.Info().Name
		if kind != dockerfile.Name && kind != compose.Name {
			continue
		}
		all[f.Path] = true
		// A Compose file affects the other files of its projects, and the Dockerfiles that it builds.
		if have := r.read[f.Path]; have == nil || !same(objects[f.Path], have.source) {
			changed[f.Path] = true
			whole = whole || kind == compose.Name
		}
	}
	for file, s := range r.read {
		if !all[file] {
			changed[file], all[file] = true, true
			whole = whole || s.compose != nil
		}
	}
	if whole || r.surroundingsChanged(objects) {
		return all, true, nil
	}
	return changed, false, nil
}

// surroundingsChanged reports whether a surrounding file has changed.
func (r *Report) surroundingsChanged(objects map[string]string) bool {
	for file, object := range objects { // a deleted file cannot be read, and counts as changed
		if !surrounding.MatchString(file) {
			continue
		}
		data, err := localfs.ReadFile(r.Tree.FS, file, maxFile)
		if err != nil || !same(object, string(data)) {
			return true
		}
	}
	// A new file is not among the old objects.
	for _, dir := range []string{".", ".github/workflows"} {
		entries, err := fs.ReadDir(r.Tree.FS, dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			if _, known := objects[name]; !known && !e.IsDir() && surrounding.MatchString(name) && !r.Tree.Rules.Ignores(name, false) {
				return true
			}
		}
	}
	return false
}

// same reports whether a text has an object id of git.
func same(object, text string) bool {
	var h hash.Hash
	switch len(object) {
	case 2 * sha1.Size:
		h = sha1.New() // git's object id
	case 2 * sha256.Size:
		h = sha256.New()
	default:
		return false
	}
	fmt.Fprintf(h, "blob %d\x00%s", len(text), text)
	return hex.EncodeToString(h.Sum(nil)) == object
}
