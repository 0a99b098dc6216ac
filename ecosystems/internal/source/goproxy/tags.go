package goproxy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// tags are the versions of one module path.
type tags struct {
	listed []string // canonical and right for the path, in semver's order, each once; no pseudo-versions
	latest info     // the newest commit, as a pseudo-version; zero where the proxy was not asked and did not say
}

// tags asks for the list, and for the latest version where that is empty, both of the same proxy.
func (s *Source) tags(ctx context.Context, path string) (t tags, err error) {
	err = s.each(ctx, path, func(p proxy) error {
		body, err := s.ask(ctx, p, path, document{file: "@v/list", check: checkList})
		if err != nil {
			return err
		}
		t.listed, t.latest = readList(body, path), youngest(body)
		if len(t.listed) == 0 {
			t.latest, err = s.untagged(ctx, p, path, t.latest)
		}
		return err
	})
	return t, err
}

// untagged returns the latest version of a module without tags; of a proxy
// that has no @latest, such as a folder, the youngest one that it listed.
func (s *Source) untagged(ctx context.Context, p proxy, path string, listed info) (info, error) {
	body, err := s.ask(ctx, p, path, document{file: "@latest", check: checkInfo})
	if err == nil {
		return readInfo(body)
	}
	if missing(err) && listed.Version != "" {
		return listed, nil
	}
	return info{}, err
}

// youngest returns the newest pseudo-version of a list; most proxies list none.
func youngest(list []byte) (best info) {
	for line := range strings.Lines(string(list)) {
		f := strings.Fields(line)
		if len(f) == 0 || !module.IsPseudoVersion(f[0]) {
			continue
		}
		t, err := module.PseudoVersionTime(f[0])
		if len(f) > 1 {
			t, err = time.Parse(time.RFC3339, f[1])
			t = version.Date(t)
		}
		if err == nil && best.Time.Before(t) {
			best = info{f[0], t}
		}
	}
	return best
}

// readList reads the answer of @v/list: a version per line, maybe with a date behind it.
func readList(body []byte, path string) []string {
	_, major, ok := module.SplitPathVersion(path)
	if !ok {
		return nil
	}
	var list []string
	for line := range strings.Lines(string(body)) {
		f := strings.Fields(line)
		if len(f) == 0 || module.CanonicalVersion(f[0]) != f[0] || module.IsPseudoVersion(f[0]) {
			continue
		}
		if module.CheckPathMajor(f[0], major) == nil {
			list = append(list, f[0])
		}
	}
	semver.Sort(list)
	return slices.Compact(list)
}

// checkList refuses what is no list at all, such as the page of a login.
func checkList(body []byte, _ http.Header) error {
	odd := ""
	for line := range strings.Lines(string(body)) {
		f := strings.Fields(line)
		if len(f) > 0 && semver.IsValid(f[0]) {
			return nil
		}
		if len(f) > 0 && odd == "" {
			odd = f[0]
		}
	}
	if odd == "" {
		return nil
	}
	return fmt.Errorf("not a list of versions: it begins with %q", oneLine(odd))
}

// major returns the highest major version that the path itself has, at least 1.
func (t tags) major() int {
	highest := 1
	for _, v := range t.listed {
		n, err := strconv.Atoi(strings.TrimPrefix(semver.Major(v), "v"))
		if err == nil {
			highest = max(highest, n)
		}
	}
	return highest
}

// notFound is for a module of which there is nothing to be found.
func notFound(text string) error {
	return &fetch.Error{Code: fetch.NotFound, Method: http.MethodGet, Err: errors.New(text)}
}
