package pypi

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// separators matches what separates the words of a name (PEP 503, "Normalized Names").
var separators = lazyregexp.New(`[-_.]+`)

// Normal normalises a project's name by PEP 503: lower case, and one hyphen for
// each run of hyphens, underscores and dots.
func Normal(name string) string {
	return separators.ReplaceAllString(strings.ToLower(name), "-")
}

// sdistEndings returns the file name extensions of source distributions that pip installs.
func sdistEndings() []string {
	return []string{".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma", ".tar"}
}

// Limits on the fields of a file, in bytes.
const (
	maxName    = 500 // no file system has longer names
	maxReason  = 300
	maxRuntime = 300
)

// fileVersion reads the version from the name of a wheel or a source distribution
// of the project; false for other files, such as eggs and installers.
func fileVersion(project, name string) (version.Version, bool) {
	if len(name) > maxName {
		return version.Version{}, false
	}
	if stem, ok := strings.CutSuffix(name, ".whl"); ok {
		parts := strings.Split(stem, "-")
		if len(parts) != 5 && len(parts) != 6 || Normal(parts[0]) != project {
			return version.Version{}, false
		}
		if len(parts) == 6 && (parts[2] == "" || parts[2][0] < '0' || parts[2][0] > '9') {
			return version.Version{}, false // a build tag begins with a digit, and pip accepts no other wheel
		}
		return pep440.Parse(strings.ReplaceAll(parts[1], "_", "-")) // wheels write "_" for "-" (PEP 427, "Escaping and Unicode")
	}
	for _, ending := range sdistEndings() {
		if stem, ok := strings.CutSuffix(name, ending); ok {
			return sdistVersion(project, stem)
		}
	}
	return version.Version{}, false
}

// sdistVersion tries every hyphen as the separator, since old names and versions contain hyphens, too.
func sdistVersion(project, stem string) (version.Version, bool) {
	for i, r := range stem {
		if r != '-' || Normal(stem[:i]) != project {
			continue
		}
		if v, ok := pep440.Parse(strings.ReplaceAll(stem[i+1:], "_", "-")); ok {
			return v, true
		}
	}
	return version.Version{}, false
}

// releases groups files by the version in their names.
func releases(project string, files []file) []Release {
	type group struct {
		version version.Version
		files   []file
	}
	var order []*group
	byVersion := map[string]*group{}
	for _, f := range files {
		v, ok := fileVersion(project, f.name)
		if !ok {
			continue
		}
		key := identity(v)
		g := byVersion[key]
		if g == nil {
			g = &group{version: v}
			order, byVersion[key] = append(order, g), g
		}
		// Of one release, a file may be named 2024.05 and another 2024.5.
		g.version.Padded = g.version.Padded || v.Padded
		g.files = append(g.files, f)
	}
	out := make([]Release, 0, len(order))
	for _, g := range order {
		out = append(out, release(g.version, g.files))
	}
	return out
}

// identity returns the same text for equal versions: 1.0 and 1.0.0 are one release.
func identity(v version.Version) string {
	n := len(v.Release)
	for n > 1 && v.Release[n-1] == 0 {
		n--
	}
	return strings.Replace(v.Text, pep440.Join(v.Release), pep440.Join(v.Release[:n]), 1)
}

func release(v version.Version, files []file) Release {
	r := Release{Version: v, Yanked: yanked(files), Hashes: hashes(files), meta: metadataOf(files)}
	var pythons []string
	for _, f := range files {
		r.Published = earlier(r.Published, f.uploaded)
		// pip installs a yanked file only if the whole release is yanked. The limits are
		// against hostile pages.
		if (r.Yanked != "" || !f.yanked) && len(f.python) <= maxRuntime && len(pythons) < 20 && !slices.Contains(pythons, f.python) {
			pythons = append(pythons, f.python)
		}
	}
	if !slices.Contains(pythons, "") {
		r.RequiresPython = strings.Join(pythons, " || ")
	}
	return r
}

// earlier returns the earlier of two times, of which the zero one is unknown.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// yanked returns why a release is yanked; "" unless all its files are (PEP 592).
func yanked(files []file) string {
	why := ""
	for _, f := range files {
		if !f.yanked {
			return ""
		}
		why = cmp.Or(why, shortened(strings.TrimSpace(f.why)))
	}
	return cmp.Or(why, "no reason given")
}

// shortened limits the length of a reason, which is arbitrary text from the index.
func shortened(s string) string {
	if len(s) <= maxReason {
		return s
	}
	return strings.ToValidUTF8(s[:maxReason], "") + "…"
}

// hashes returns one hash for each file that pip may install, or nil if a file
// has no valid hash: an incomplete list would break installations.
func hashes(files []file) []string {
	all := yanked(files) != "" // pip may then install any of them
	var out []string
	for _, f := range files {
		if f.yanked && !all {
			continue
		}
		sum := strings.ToLower(f.sha256)
		if len(sum) != 64 || strings.Trim(sum, "0123456789abcdef") != "" {
			return nil
		}
		out = append(out, "sha256:"+sum)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
