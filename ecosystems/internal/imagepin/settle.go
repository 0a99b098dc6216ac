package imagepin

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
)

// Settle sorts the dependencies of one file by position, those in other files
// last, and merges identical ones.
func Settle(path string, list []ecosystems.Dependency) []ecosystems.Dependency {
	elsewhere := func(d ecosystems.Dependency) int {
		if d.At[0].File == path {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b ecosystems.Dependency) int {
		return cmp.Or(elsewhere(a)-elsewhere(b), cmp.Compare(a.At[0].File, b.At[0].File), cmp.Compare(a.At[0].Start, b.At[0].Start))
	})
	var out []ecosystems.Dependency
	seen := map[string]int{}
	for _, d := range list {
		// The same pin may be used twice, through an anchor or a variable.
		key := fmt.Sprint(d.Package, d.Name, d.Pin.Text, d.Pin.Digest, d.Skip.Code, d.At)
		i, again := seen[key]
		if !again {
			seen[key] = len(out)
			out = append(out, d)
			continue
		}
		out[i] = merge(out[i], d)
	}
	return oneOwner(out)
}

// merge returns a dependency that is valid for both uses of one pin.
func merge(a, b ecosystems.Dependency) ecosystems.Dependency {
	a.Ignored = a.Ignored || b.Ignored
	if a.Pin.Platform != b.Pin.Platform { // the new image must have both
		a.Pin.Platform = ""
	}
	a.Pin.NoDigest = cmp.Or(a.Pin.NoDigest, b.Pin.NoDigest)
	return a
}

// oneOwner skips pins whose digest several images or tags share, because it can be right for only one of them.
func oneOwner(list []ecosystems.Dependency) []ecosystems.Dependency {
	type image struct {
		ecosystems.Package
		tag string
	}
	owner := map[ecosystems.Span]image{}
	shared := map[ecosystems.Span]bool{}
	of := func(d ecosystems.Dependency) ecosystems.Span { return d.At[min(1, len(d.At)-1)] }
	for _, d := range list {
		if d.Pin.Digest == "" {
			continue
		}
		is := image{d.Package, d.Pin.Text}
		if first, ok := owner[of(d)]; ok && first != is {
			shared[of(d)] = true
		}
		owner[of(d)] = is
	}
	for i, d := range list {
		if d.Pin.Digest != "" && shared[of(d)] && d.Skip.IsZero() {
			list[i] = skip(d, ecosystems.Variable, sharing(d.Package.Kind))
		}
	}
	return list
}

// sharing returns the sentence about a digest that several packages of a kind share.
func sharing(of string) string {
	if of == kind {
		return "several images share this digest, which can be right for one of them only"
	}
	return "several repositories share this commit, which can be right for one of them only"
}
