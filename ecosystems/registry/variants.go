package registry

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// The limits of Twin, which takes one list of tags, one HEAD request for the tag
// itself, and one for each compared tag.
const (
	mostLines    = 6 // compared tags MAJOR.MINOR
	mostReleases = 3 // compared full versions, if no MAJOR.MINOR is equal
	mostMajors   = 2 // compared tags of one number, if no other is equal
)

// moving are the words of moving tags that stand for a version, not for a variant.
var moving = []string{"latest", "stable", "lts", "mainline", "current", "release", "edge", "main", "master"}

// variantOf returns the variant of a tag without a version: "" for "latest",
// "-slim" for "slim" and for "latest-slim".
func variantOf(tag string) string {
	first, rest, more := strings.Cut(cmp.Or(tag, "latest"), "-")
	switch {
	case !slices.Contains(moving, strings.ToLower(first)):
		return "-" + tag
	case more:
		return "-" + rest
	}
	return ""
}

// Twin returns the tag with a version that currently names the same image as a
// tag without one ("" means latest): a MAJOR.MINOR of the same variant, else a
// full version, else a MAJOR. Its Tag is "" if there is none.
func (r *Registry) Twin(ctx context.Context, repository, tag string) (ecosystems.Twin, error) {
	list, err := r.Versions(ctx, repository)
	if err != nil {
		return ecosystems.Twin{}, err
	}
	repo, err := r.repository(repository)
	if err != nil {
		return ecosystems.Twin{}, wrap("look up", repository, nil, err)
	}
	ref := cmp.Or(tag, "latest")
	digest, err := r.digest(ctx, repo, ref)
	if err != nil {
		return ecosystems.Twin{}, wrap("look up", repository+":"+ref, repo, err)
	}
	for _, candidate := range twins(list.Candidates, variantOf(tag)) {
		// HEAD requests are no pulls, which registries limit.
		other, err := r.digest(ctx, repo, candidate)
		switch {
		case err != nil && fetch.Code(err) == fetch.NotFound: // deleted since the list was cached
		case err != nil:
			return ecosystems.Twin{}, wrap("look up", repository+":"+candidate, repo, err)
		case other == digest:
			return ecosystems.Twin{Tag: candidate, Digest: digest}, nil
		}
	}
	return ecosystems.Twin{Digest: digest}, nil
}

// twins returns the tags to compare, best first.
func twins(candidates []version.Candidate, variant string) (tags []string) {
	of := map[int][]version.Version{}
	for _, c := range candidates {
		v := c.Version
		// A first number of six digits is a date or a build.
		if v.IsName() || v.Pre || v.Revised || v.Variant != variant || v.Major() >= 100_000 {
			continue
		}
		n := min(len(v.Release), 3)
		of[n] = append(of[n], v)
	}
	for _, n := range []struct{ precision, most int }{{2, mostLines}, {3, mostReleases}, {1, mostMajors}} {
		list := of[n.precision]
		slices.SortStableFunc(list, func(a, b version.Version) int {
			return cmp.Or(version.Compare(b, a), cmp.Compare(len(a.Text), len(b.Text)), cmp.Compare(a.Text, b.Text))
		})
		for _, v := range list[:min(len(list), n.most)] {
			tags = append(tags, v.Text)
		}
	}
	return tags
}

// mostSmaller limits the measured builds, because each takes two requests: the
// manifest of the tag and, of an index, that of the platform.
const mostSmaller = 4

// Smaller returns the existing slim, Alpine and distroless builds of a tag's
// version, with their sizes for a platform. They need not be smaller.
func (r *Registry) Smaller(ctx context.Context, repository, tag, platform string) ([]ecosystems.Variant, error) {
	list, err := r.Versions(ctx, repository)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	var v version.Version
	for _, c := range list.Candidates {
		names[c.Version.Text] = true
	}
	if list.Read != nil && tag != "" {
		v = list.Read(tag)
	}
	var found []ecosystems.Variant
	add := func(repository, shown, tag string) error {
		size, err := r.Size(ctx, repository, tag, platform)
		if err != nil && fetch.Code(err) == fetch.NotFound {
			return nil
		}
		if err == nil {
			found = append(found, ecosystems.Variant{Reference: shown + ":" + tag, Size: size})
		}
		return err
	}
	for _, smaller := range smallerTags(tag, v) {
		if names[smaller] && len(found) < mostSmaller {
			if err := add(repository, familiar(repository), smaller); err != nil {
				return found, err
			}
		}
	}
	if other, tag := distroless(repository, v); other != "" && len(found) < mostSmaller {
		if err := add(other, other, tag); err != nil {
			return found, err
		}
	}
	return found, nil
}

// Size returns the compressed size of an image's layers, in bytes.
func (r *Registry) Size(ctx context.Context, repository, ref, platform string) (int64, error) {
	repo, err := r.repository(repository)
	if err != nil {
		return 0, wrap("measure", repository, nil, err)
	}
	f, err := r.find(ctx, repo, ref, platform)
	if err != nil {
		return 0, wrap("measure", repository+":"+ref, repo, err)
	}
	return f.image.size(), nil
}

// small matches the words of small variants.
var small = lazyregexp.New(`(?i)(?:^|[-_.])(?:alpine|slim|minimal|micro|distroless|tiny|nano|busybox|scratch|static|chiseled|wolfi)`)

// smallerTags returns the possible tags of smaller builds of the same version, preferred ones first.
func smallerTags(tag string, v version.Version) []string {
	variant, number := v.Variant, strings.TrimSuffix(tag, v.Variant)
	switch {
	case tag == "" || slices.Contains(moving, tag):
		number, variant = "", ""
	case v.IsName(): // a codename: debian:bookworm
		number, variant = tag, ""
	}
	join := func(words string) string { return strings.TrimPrefix(number+words, "-") }
	switch {
	case strings.Contains(variant, "alpine"), strings.Contains(number, "alpine"), strings.Contains(variant, "distroless"):
		return nil
	case small.MatchString(tag):
		return []string{join("-alpine")}
	case variant != "": // a system such as -bookworm, or a feature such as -fpm
		return []string{join("-slim" + variant), join(variant + "-slim"), join("-slim"), join(variant + "-alpine"), join("-alpine")}
	}
	return []string{join("-slim"), join("-alpine"), join("-alpine-slim")}
}

// distroless returns the image of the distroless project for the same version of
// the same language; "" for none.
// Source: https://github.com/GoogleContainerTools/distroless, README, "What images are available?".
func distroless(repository string, v version.Version) (other, tag string) {
	const project = "gcr.io/distroless/"
	major := strconv.FormatUint(v.Major(), 10)
	switch name := strings.TrimPrefix(repository, "docker.io/library/"); {
	case v.IsName() || v.IsZero():
		return "", ""
	case name == "node":
		return project + "nodejs" + major + "-debian12", "latest"
	case name == "openjdk", name == "eclipse-temurin", name == "amazoncorretto":
		return project + "java" + major + "-debian12", "latest"
	case name == "python" && v.Major() == 3 && v.Minor() == 11:
		return project + "python3-debian12", "latest"
	case name == "python" && v.Major() == 3 && v.Minor() == 13:
		return project + "python3-debian13", "latest"
	}
	return "", ""
}

// familiar returns the short name of a repository: "python" for "docker.io/library/python".
func familiar(repository string) string {
	return strings.TrimPrefix(strings.TrimPrefix(repository, "docker.io/"), "library/")
}
