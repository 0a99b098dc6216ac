package goproxy

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// maxDated is the most tags whose date is looked up for one pin; the oldest are left out.
const maxDated = 40

// VersionsAfter is Versions for a pin that is a pseudo-version. The result includes
// the pin and excludes tags that are older than its commit: a commit of a branch may
// be newer than a tag with a higher number, and "go get -u" does not move back in time
// either.
func (s *Source) VersionsAfter(ctx context.Context, path, replaces, pseudo string) (list ecosystems.Listing, err error) {
	since, err := module.PseudoVersionTime(pseudo)
	if err != nil {
		return list, fmt.Errorf("list versions of %s: %w", path, err)
	}
	if list, err = s.Versions(ctx, path, replaces); err != nil {
		return list, err
	}
	tagged := slices.ContainsFunc(list.Candidates, func(c version.Candidate) bool {
		return follows(c, pseudo) && c.ShownOnly == "" && !c.Version.Pre
	})
	// From the newest on, so that the limit leaves out the oldest.
	dated := 0
	var keep []version.Candidate
	for _, c := range slices.Backward(list.Candidates) {
		if follows(c, pseudo) {
			if tagged && c.ShownOnly != "" || dated >= maxDated {
				continue // an untagged commit is a candidate only if no tag follows
			}
			dated++
			if c.Published, err = s.Published(ctx, path, c.Version.Text); err != nil {
				return ecosystems.Listing{}, err
			}
			if c.Published.Before(since) {
				continue
			}
		}
		keep = append(keep, c)
	}
	if v, ok := gosemver.Parse(pseudo); ok { // it is published, although proxies do not list pseudo-versions
		keep = append(keep, version.Candidate{Version: v, Published: since})
	}
	slices.Reverse(keep)
	list.Candidates = keep
	return list, nil
}

// follows reports whether a candidate has a higher number than the pin.
func follows(c version.Candidate, pin string) bool {
	return c.Package == "" && c.Withdrawn == "" && semver.Compare(c.Version.Text, pin) > 0
}
