package goproxy

import (
	"context"
	"fmt"
	goversion "go/version"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// NewPath is why a new major version of a module is shown but never proposed.
const NewPath = "a new major version is a new module path"

// maxMajors bounds how far a proxy is followed that answers to every path.
const maxMajors = 200

// absence is how long it is remembered that there is no next major version.
const absence = 7 * 24 * time.Hour

// A later is the search for a module under the paths of its next major versions.
type later struct {
	*Source
	tags  tags
	base  string // what the paths begin with
	first int    // the first of them; 0 where the module can have none
	asked map[int]func() ([]string, error)
}

// later begins the search, so that a path that is asked for in any case is on
// its way while the go.mod is read that decides how far the search goes.
func (s *Source) later(ctx context.Context, path string, t tags) *later {
	l := &later{Source: s, tags: t, asked: map[int]func() ([]string, error){}}
	base, first, ok := nextMajor(path, t.major())
	if !ok {
		return l
	}
	if l.base, l.first = base, first; !l.below() {
		l.ask(ctx, first)
	}
	return l
}

// ask begins to ask for the path of a major version.
func (l *later) ask(ctx context.Context, major int) func() ([]string, error) {
	if l.asked[major] == nil {
		done := make(chan struct{})
		var listed []string
		var err error
		go func() {
			defer close(done)
			listed, err = l.list(ctx, l.base+strconv.Itoa(major))
		}()
		l.asked[major] = func() ([]string, error) { <-done; return listed, err }
	}
	return l.asked[major]
}

// wait waits for what is on its way.
func (l *later) wait() {
	for _, answer := range l.asked {
		_, _ = answer() // majors has told the errors that matter
	}
}

// majors returns the releases under later paths. Where the path itself has
// +incompatible versions, the highest of them is where the search begins. It
// ends at a path that is missing, or behind a gap of one: see reach. line is the
// go line of the newest version, "" for none. What cannot be asked is a note,
// not a failure.
func (l *later) majors(ctx context.Context, line string) ([]version.Candidate, []ecosystems.Note) {
	if l.first == 0 {
		return nil, nil
	}
	var found []successor
	reach, missing := l.reach(line), 0
	for next := l.first; missing < reach && next < l.first+maxMajors; next++ {
		answer := l.ask(ctx, next)
		if reach-missing > 1 { // it is asked for, whether this one is there or not
			l.ask(ctx, next+1)
		}
		listed, err := answer()
		if err != nil {
			return stable(found), []ecosystems.Note{{Code: ecosystems.MajorsUnknown, Text: oneLine("newer major versions are unknown: " + err.Error())}}
		}
		if len(listed) > 0 { // proxies answer with an empty list for folders of a repository
			found, reach, missing = append(found, successor{path: l.base + strconv.Itoa(next), tags: tags{listed: listed}}), 1, 0
			continue
		}
		if missing++; missing == 1 && len(found) > 0 {
			reach = l.reachBehind(ctx, found[len(found)-1])
		}
	}
	l.drop(ctx, found)
	return stable(found), nil
}

// below reports whether the next major version is v1, which has no path.
func (l *later) below() bool { return l.first == 2 && l.tags.unstable() }

// reach returns how many paths in a row are asked for in vain before the search
// ends. A module that goes on has the next path or none, for who releases at v3
// and v5 today has a v4 to leave behind. One that may have been left has perhaps
// left a number out, if its author has changed majors before (jwt went from v3
// to v5) or knew no modules (robfig/cron went from v1, without a go line, to v3).
//
// Below v1 the next major version is v1, which has no path: the list tells that
// it is missing, and v2 stands behind that gap (chroma went from v0 to v2).
func (l *later) reach(line string) int {
	switch {
	case l.goesOn(line) && l.below():
		return 0
	case l.goesOn(line) || l.below() || line != "" && l.tags.major() == 1:
		return 1
	}
	return 2
}

// reachBehind returns the same for what follows a path that was found. It reads
// what drop reads as well.
func (s *Source) reachBehind(ctx context.Context, one successor) int {
	latest, ok := one.tags.newest(nil)
	if !ok || semver.Prerelease(latest) != "" {
		return 1
	}
	if m, err := s.goMod(ctx, one.path, latest); err != nil || s.goesOn(m.line()) {
		return 1
	}
	return 2
}

// goesOn reports whether a go line is that of a Go of the last two years: then
// the version that has it was released in them. Go has two releases a year
// (go.dev/doc/devel/release).
func (s *Source) goesOn(line string) bool {
	minor, err := strconv.Atoi(strings.TrimPrefix(goversion.Lang("go"+line), "go1."))
	if err != nil {
		return false
	}
	released := time.Date(2023, time.February, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 6*(minor-20), 0) // go1.20
	return released.AddDate(2, 0, 0).After(s.now())
}

// unstable reports whether no release of v1 or higher is listed.
func (t tags) unstable() bool {
	return !slices.ContainsFunc(t.listed, func(v string) bool { return semver.Major(v) != "v0" })
}

// nextMajor returns what the paths of further major versions begin with, and the first of them.
func nextMajor(path string, highest int) (base string, next int, ok bool) {
	prefix, suffix, ok := module.SplitPathVersion(path)
	switch {
	case !ok:
		return "", 0, false
	case strings.HasPrefix(path, "gopkg.in/"):
		return prefix + ".v", majorOf(suffix) + 1, true
	case suffix != "":
		return prefix + "/v", majorOf(suffix) + 1, true
	}
	return prefix + "/v", max(highest, 2), true // v2.0.0+incompatible may be followed by a path with /v2
}

// majorOf reads "/v2", ".v2" and ".v2-unstable".
func majorOf(suffix string) int {
	n, err := strconv.Atoi(strings.TrimLeft(strings.TrimSuffix(suffix, "-unstable"), "./v"))
	if err != nil {
		return 1
	}
	return n
}

// A successor is a path of a later major version and what is listed under it.
type successor struct {
	path string
	tags tags
	gone map[string]string // version -> why it was retracted
}

// list returns the tagged versions of a path that may not exist.
func (s *Source) list(ctx context.Context, path string) ([]string, error) {
	body, err := s.get(ctx, path, document{file: "@v/list", absent: absence, check: checkList})
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return readList(body, path), nil
}

// drop marks what was retracted, from the newest path back to the first one
// that has a release left: that is the one that will be shown.
func (s *Source) drop(ctx context.Context, found []successor) {
	for i := len(found) - 1; i >= 0; i-- {
		one := &found[i]
		latest, ok := one.tags.newest(nil)
		if !ok || semver.Prerelease(latest) != "" {
			continue
		}
		m, err := s.goMod(ctx, one.path, latest)
		if err != nil {
			return // it is only shown, so the doubt may stay
		}
		one.gone = m.retracted(one.tags.listed)
		if left, ok := one.tags.newest(one.gone); ok && semver.Prerelease(left) == "" {
			return
		}
	}
}

// stable returns the releases under the later paths.
func stable(found []successor) []version.Candidate {
	var out []version.Candidate
	for _, one := range found {
		for _, text := range one.tags.listed {
			v, ok := gosemver.Parse(text)
			if !ok || v.Pre {
				continue
			}
			out = append(out, version.Candidate{
				Version: v, Package: one.path, Withdrawn: one.gone[text],
				ShownOnly: fmt.Sprintf("%s: %s", NewPath, one.path),
			})
		}
	}
	return out
}
