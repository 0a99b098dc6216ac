package pypi

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// metadataVersion returns the version in the metadata of a release.
func (r Release) metadataVersion() version.Version {
	if r.real.IsZero() {
		return r.Version
	}
	return r.real
}

// WithPublic adds, for each version that is published with local labels only, the
// release that a specifier without a label selects: == and ranges ignore the
// labels of candidates (PEP 440, "Version matching").
func WithPublic(all []Release) []Release {
	out := slices.Clip(all)
	groups, order := map[string][]Release{}, []string(nil)
	plain := map[string]bool{}
	for _, r := range all {
		public, label, _ := strings.Cut(r.Version.Text, "+")
		v, _ := pep440.Parse(public) // no error: it is the beginning of a version
		key := identity(v)
		if label == "" {
			plain[key] = true
			continue
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	for _, key := range order {
		if !plain[key] {
			out = append(out, public(groups[key]))
		}
	}
	return out
}

// public merges releases that differ only in their label. pip selects the
// greatest label and may install any of its files.
func public(builds []Release) Release {
	builds = slices.SortedFunc(slices.Values(builds), func(a, b Release) int { return version.Compare(b.Version, a.Version) })
	kept := slices.DeleteFunc(slices.Clone(builds), func(r Release) bool { return r.Yanked != "" })
	if len(kept) == 0 { // pip then takes a yanked one
		kept = builds
	}
	first := kept[0]
	text, _, _ := strings.Cut(first.Version.Text, "+")
	out := first
	out.Version, _ = pep440.Parse(text)
	out.Labelled, out.real = true, first.Version
	out.Hashes = nil
	var pythons []string
	hashed := true
	for _, r := range kept {
		out.Published = earlier(out.Published, r.Published)
		pythons = append(pythons, r.RequiresPython)
		hashed = hashed && r.Hashes != nil
		out.Hashes = append(out.Hashes, r.Hashes...)
	}
	if out.RequiresPython = ""; !slices.Contains(pythons, "") {
		out.RequiresPython = strings.Join(slices.Compact(pythons), " || ")
	}
	slices.Sort(out.Hashes)
	if out.Hashes = slices.Compact(out.Hashes); !hashed {
		out.Hashes = nil // an incomplete list would break installations
	}
	return out
}
