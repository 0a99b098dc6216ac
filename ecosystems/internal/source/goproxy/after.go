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

// maxDated bounds how many tags are dated for one pin; the oldest are left out.
const maxDated = 40

// VersionsAfter returns what Versions does for a pin that is a pseudo-version,
// with the pin itself and without the tags that are older than the commit in use: such a pin may stand
// on a branch behind a tag that is higher by its number alone, and "go get -u"
// does not move back in time either.
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
	dated := 0
	var keep []version.Candidate
	for _, c := range slices.Backward(list.Candidates) {
		if follows(c, pseudo) {
			if tagged && c.ShownOnly != "" || dated >= maxDated {
				continue // a commit without a tag counts only where no tag follows
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
	if v, ok := gosemver.Parse(pseudo); ok { // proxies list no pseudo-versions, but it is published
		keep = append(keep, version.Candidate{Version: v, Published: since})
	}
	slices.Reverse(keep)
	list.Candidates = keep
	return list, nil
}

// follows reports whether a candidate could take the place of the pin, by its number.
func follows(c version.Candidate, pin string) bool {
	return c.Package == "" && c.Withdrawn == "" && semver.Compare(c.Version.Text, pin) > 0
}
