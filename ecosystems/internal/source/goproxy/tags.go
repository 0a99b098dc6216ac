package goproxy

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// tags are the versions of one module path.
type tags struct {
	listed []string // canonical versions that match the path, without pseudo-versions and duplicates, in semver order
	latest info     // newest commit as a pseudo-version; zero if unknown
}

// tags requests the list, and if it is empty the latest version from the same proxy.
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

// untagged returns the latest version of a module without tags. For a proxy without
// @latest, such as a folder, it returns the newest one in the list.
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

// youngest returns the newest pseudo-version in a list; most proxies list none.
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
			best = info{Version: f[0], Time: t}
		}
	}
	return best
}

// readList parses @v/list: one version per line, which a date may follow.
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

// checkList returns an error for an answer that is not a list, such as a login page.
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

// highestMajor returns the highest major version of a list, at least 1.
func highestMajor(list []string) int {
	highest := 1
	for _, v := range list {
		n, err := strconv.Atoi(strings.TrimPrefix(semver.Major(v), "v"))
		if err == nil {
			highest = max(highest, n)
		}
	}
	return highest
}
