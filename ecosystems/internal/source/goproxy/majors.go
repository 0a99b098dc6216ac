package goproxy

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

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

// majors looks for the module under the paths of its next major versions, two
// at a time, so that a gap of one is crossed (jwt went from v3 to v5). Where
// the path itself has +incompatible versions, the highest of them is where the
// search begins. What cannot be asked is a note, not a failure.
func (s *Source) majors(ctx context.Context, path string, highest int) ([]version.Candidate, []ecosystems.Note) {
	base, next, ok := nextMajor(path, highest)
	if !ok {
		return nil, nil
	}
	var found []successor
	for limit := next + maxMajors; next < limit; {
		pair, err := s.pair(ctx, base, next)
		if err != nil {
			return stable(found), []ecosystems.Note{{Code: "majors-unknown", Text: oneLine("newer major versions are unknown: " + err.Error())}}
		}
		if len(pair) == 0 {
			break
		}
		found = append(found, pair...)
		next = found[len(found)-1].major + 1
	}
	s.drop(ctx, found)
	return stable(found), nil
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
	path  string
	major int
	tags  tags
	gone  map[string]string // version -> why it was retracted
}

// pair asks for the major versions n and n+1, and returns those that exist. An
// empty list means that there is none: proxies answer so for folders of a repository.
func (s *Source) pair(ctx context.Context, base string, n int) ([]successor, error) {
	var all [2]successor
	var errs [2]error
	var wg sync.WaitGroup
	for i := range all {
		all[i] = successor{path: base + strconv.Itoa(n+i), major: n + i}
		wg.Go(func() { all[i].tags.listed, errs[i] = s.list(ctx, all[i].path) })
	}
	wg.Wait()
	var found []successor
	for i, one := range all {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if len(one.tags.listed) > 0 {
			found = append(found, one)
		}
	}
	return found, nil
}

// list returns the tagged versions of a path that may not exist.
func (s *Source) list(ctx context.Context, path string) ([]string, error) {
	body, err := s.get(ctx, path, document{file: "@v/list", check: checkList})
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
