package goproxy

import (
	"context"
	"fmt"
	goversion "go/version"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// NewPath is the reason why a new major version of a module is shown but never proposed.
const NewPath = "a new major version is a new module path"

// maxMajors limits the search if a proxy has an answer for every path.
const maxMajors = 200

// absence is how long the absence of a next major version is cached.
const absence = 7 * 24 * time.Hour

// A majorSearch is a search for the next major versions of a module.
type majorSearch struct {
	*Source
	tags  []string // of the path itself
	base  string   // common prefix of the paths
	first int      // first major version to search; 0 if the module cannot have one
	asked map[int]func() ([]string, error)
}

// searchMajors starts the search, so that the first request, which is always needed, runs
// while the go.mod is read that determines how far to search.
func (s *Source) searchMajors(ctx context.Context, path string, t tags) *majorSearch {
	l := &majorSearch{Source: s, tags: t.listed, asked: map[int]func() ([]string, error){}}
	base, first, ok := nextMajor(path, highestMajor(t.listed))
	if !ok {
		return l
	}
	if l.base, l.first = base, first; !l.belowV1() {
		l.ask(ctx, first)
	}
	return l
}

// ask starts the request for the path of a major version, and returns a function that waits for the answer.
func (l *majorSearch) ask(ctx context.Context, major int) func() ([]string, error) {
	if l.asked[major] == nil {
		answer := sync.OnceValues(func() ([]string, error) { return l.list(ctx, l.base+strconv.Itoa(major)) })
		l.asked[major] = answer
		go answer() // starts it; others wait for the same call
	}
	return l.asked[major]
}

// wait waits for all started requests.
func (l *majorSearch) wait() {
	for _, answer := range l.asked {
		_, _ = answer() // majors reports the errors that matter
	}
}

// majors returns the releases under later paths. If the path itself has +incompatible
// versions, the search starts at the highest of them. It ends after one or two missing
// paths, see reach. line is the go line of the newest version, "" for none. A failed
// request is a note, not an error.
func (l *majorSearch) majors(ctx context.Context, line string) ([]version.Candidate, []ecosystems.Note) {
	if l.first == 0 {
		return nil, nil
	}
	var found []successor
	reach, missing := l.reach(line), 0
	for next := l.first; missing < reach && next < l.first+maxMajors; next++ {
		answer := l.ask(ctx, next)
		if reach-missing > 1 { // needed whether or not this path exists
			l.ask(ctx, next+1)
		}
		listed, err := answer()
		if err != nil {
			return stable(found), []ecosystems.Note{{Code: ecosystems.MajorsUnknown, Text: oneLine("newer major versions are unknown: " + err.Error())}}
		}
		if len(listed) > 0 { // proxies return an empty list for folders of a repository
			found, reach, missing = append(found, successor{path: l.base + strconv.Itoa(next), tags: listed}), 1, 0
			continue
		}
		if missing++; missing == 1 && len(found) > 0 {
			reach = l.reachBehind(ctx, found[len(found)-1])
		}
	}
	l.markRetracted(ctx, found)
	return stable(found), nil
}

// belowV1 reports whether the next major version is v1, which does not have its own path.
func (l *majorSearch) belowV1() bool {
	return l.first == 2 && !slices.ContainsFunc(l.tags, func(v string) bool { return semver.Major(v) != "v0" })
}

// reach returns the number of consecutive missing paths after which the search ends.
// For an active module it is one: such a module does not skip a major version. An
// abandoned module may have skipped one, if its author has changed majors before (jwt
// went from v3 to v5) or did not use modules (robfig/cron went from v1, without a go
// line, to v3); then it is two.
//
// Below v1, the next major version is v1, which does not have its own path. If the
// list has no v1, v2 may still exist (chroma went from v0 to v2).
func (l *majorSearch) reach(line string) int {
	switch {
	case l.active(line) && l.belowV1():
		return 0
	case l.active(line) || l.belowV1() || line != "" && highestMajor(l.tags) == 1:
		return 1
	}
	return 2
}

// reachBehind returns the reach after a path that was found. It reads the same go.mod
// as markRetracted, which is cached.
func (s *Source) reachBehind(ctx context.Context, one successor) int {
	latest := newest(one.tags, nil)
	if latest == "" || semver.Prerelease(latest) != "" {
		return 1
	}
	if m, err := s.goMod(ctx, one.path, latest); err != nil || s.active(m.line()) {
		return 1
	}
	return 2
}

// active reports whether a go line is from the last two years, which means that the
// version with it is, too. Go has two releases a year (go.dev/doc/devel/release).
func (s *Source) active(line string) bool {
	minor, err := strconv.Atoi(strings.TrimPrefix(goversion.Lang("go"+line), "go1."))
	if err != nil {
		return false // no go line
	}
	released := time.Date(2023, time.February, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 6*(minor-20), 0) // go1.20
	return released.AddDate(2, 0, 0).After(s.now())
}

// nextMajor returns the prefix of the paths of further major versions, and the first of these versions.
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
	return prefix + "/v", max(highest, 2), true // a path with /v2 may follow v2.0.0+incompatible
}

// majorOf parses "/v2", ".v2" and ".v2-unstable".
func majorOf(suffix string) int {
	n, err := strconv.Atoi(strings.TrimLeft(strings.TrimSuffix(suffix, "-unstable"), "./v"))
	if err != nil {
		return 1
	}
	return n
}

// A successor is the path of a later major version with its list of versions.
type successor struct {
	path string
	tags []string
	gone map[string]string // reasons of retracted versions, by version
}

// list returns the tagged versions of a path that may not exist.
func (s *Source) list(ctx context.Context, path string) ([]string, error) {
	body, err := s.get(ctx, path, document{file: "@v/list", absent: absence, check: checkList})
	if err != nil {
		if missing(err) {
			err = nil
		}
		return nil, err
	}
	return readList(body, path), nil
}

// markRetracted marks retracted versions, beginning at the newest path, until a path has a
// release that is not retracted: that one will be shown.
func (s *Source) markRetracted(ctx context.Context, found []successor) {
	for i := len(found) - 1; i >= 0; i-- {
		one := &found[i]
		latest := newest(one.tags, nil)
		if latest == "" || semver.Prerelease(latest) != "" {
			continue
		}
		m, err := s.goMod(ctx, one.path, latest)
		if err != nil {
			return // the version is only shown, so a failed lookup is acceptable
		}
		one.gone = m.retracted(one.tags)
		if left := newest(one.tags, one.gone); left != "" && semver.Prerelease(left) == "" {
			return
		}
	}
}

// stable returns the releases under the later paths.
func stable(found []successor) []version.Candidate {
	var out []version.Candidate
	for _, one := range found {
		for _, text := range one.tags {
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
