package download

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/download/reading"
	"github.com/freshpin/freshpin/ecosystems/download/spelling"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
)

// fileOf returns the name of the file at an address.
func fileOf(address string) string {
	address, _, _ = strings.Cut(address, "?")
	address, _, _ = strings.Cut(address, "#")
	return path.Base(address)
}

// bound is a checksum whose file is known: the publisher's list has its value.
type bound struct {
	reading.Digest
	file  string
	trust ecosystems.Trust // of the list that has it
}

// wanted returns the lookup for a version of a group. It is always the same for a
// version, so that the source can cache the answer.
func wanted(g *reading.Group, version string, by demand) source.Wanted {
	w := source.Wanted{Tag: g.Template.Tag(version), Version: version, Trust: by.trust, Keys: by.keys}
	for _, d := range g.Stage.Digests {
		if a := sumlist.AlgorithmOf(d.Hex); !slices.Contains(w.Algorithms, a) && (!d.Key || g.Project.Source == "maven" || g.Project.Source == "git") {
			w.Algorithms = append(w.Algorithms, a)
		}
	}
	for _, a := range g.From {
		for _, address := range addressesOf(g, a) {
			if address = spelling.Moved(address, g.Version, version); !reading.Signature.MatchString(address) && !slices.Contains(w.Files, address) {
				w.Files = append(w.Files, address)
			}
		}
	}
	slices.Sort(w.Algorithms) // the source caches by the whole lookup
	return w
}

// addressesOf returns an address once for each architecture that the stage names, in place of unknown parts.
func addressesOf(g *reading.Group, a *reading.Address) (list []string) {
	if !strings.Contains(a.S, source.Open) {
		return []string{a.S}
	}
	if strings.Count(a.S, source.Open) > 1 {
		return nil
	}
	for _, arch := range reading.Architectures {
		if g.Stage.Words[arch] || len(g.Stage.Words) == 0 && slices.Contains(reading.Architectures[:5], arch) {
			list = append(list, strings.ReplaceAll(a.S, source.Open, arch))
		}
	}
	return list
}

// list looks up the published checksums of a group's version.
func (e *Ecosystem) list(ctx context.Context, g *reading.Group, version string, by demand) (source.List, error) {
	w := wanted(g, version, by)
	var list source.List
	var err error
	switch {
	case len(g.From) == 0: // a version without an address
		return list, nil
	case beside(g):
		list, err = e.source.Beside(ctx, w)
	default:
		list, err = e.source.Files(ctx, sourceOf(g), w)
	}
	if err != nil || !list.Alarm.IsZero() || by.trust != ecosystems.TrustCompute || !e.source.Computes() {
		return list, err
	}
	return e.compute(ctx, list, w)
}

// beside reports whether the files are on a host that is no known source, so that only lists beside them can be found.
func beside(g *reading.Group) bool {
	return g.Annotation != nil && !slices.ContainsFunc(g.From, func(a *reading.Address) bool { return a.Known })
}

// sourceOf returns the source of the files. A comment may name another project.
func sourceOf(g *reading.Group) source.Project {
	for _, a := range g.From {
		if a.Known {
			return a.Place.Project
		}
	}
	return g.Project
}

// compute adds checksums that no list has, by downloading the files.
func (e *Ecosystem) compute(ctx context.Context, list source.List, w source.Wanted) (source.List, error) {
	list.Sums = slices.Clone(list.Sums) // the source shares its list
	for _, address := range w.Files {
		for _, a := range w.Algorithms {
			if slices.ContainsFunc(list.Sums, func(s sumlist.Sum) bool { return path.Base(s.File) == fileOf(address) && s.Algorithm == a }) {
				continue
			}
			sum, err := e.source.Compute(ctx, address, a)
			if fetch.Code(err) == fetch.NotFound {
				continue // an architecture that was guessed
			}
			if err != nil {
				return list, err
			}
			list.Sums = append(list.Sums, sum)
		}
	}
	return list, nil
}

// bind returns the checksums of a stage that are in the list of a group, with their files.
func bind(g *reading.Group, list source.List) (found []bound) {
	for _, d := range g.Stage.Digests {
		var files []string
		var trust ecosystems.Trust
		for _, s := range list.Sums {
			if !strings.EqualFold(s.Hex, d.Hex) {
				continue
			}
			trust = max(trust, s.Trust)
			if !slices.Contains(files, s.File) {
				files = append(files, s.File)
			}
		}
		if len(files) > 0 {
			found = append(found, bound{d, likeliest(g, files), trust})
		}
	}
	return found
}

// likeliest returns which of several files with equal content the stage names.
func likeliest(g *reading.Group, files []string) string {
	for _, f := range files {
		for _, a := range g.From {
			if matches(a, f) {
				return f
			}
		}
	}
	return files[0] // their content is equal
}

// matches reports whether an address can be that of a file in a list, which has
// the file's name or its address.
func matches(a *reading.Address, file string) bool {
	want := a.S
	if !strings.Contains(file, "://") {
		want, file = fileOf(want), path.Base(file)
	}
	// Unknown parts, such as architectures, are one word.
	want = strings.ReplaceAll(regexp.QuoteMeta(want), regexp.QuoteMeta(source.Open), `[A-Za-z0-9_-]+`)
	ok, err := regexp.MatchString("^"+want+"$", file)
	return ok && err == nil
}

// Prove implements ecosystems.Prover. It looks up the checksums of the version in
// use; a checksum that the publisher contradicts holds the whole group.
func (e *Ecosystem) Prove(ctx context.Context, d ecosystems.Dependency) (ecosystems.Reason, error) {
	g, ok := d.Own.(*detail)
	if !ok {
		return ecosystems.Reason{}, nil
	}
	by, err := demandOf(d, g)
	if err != nil {
		return ecosystems.Reason{Code: ecosystems.Signature, Text: err.Error()}, nil
	}
	_, why, err := e.prove(ctx, g, by)
	return why, err
}

// prove binds the checksums of a group to files. The Reason is for a checksum that
// belongs to the group and is not in the publisher's list.
func (e *Ecosystem) prove(ctx context.Context, own *detail, by demand) ([]bound, ecosystems.Reason, error) {
	g := own.group
	if !g.NeedsList(own.all) {
		return nil, ecosystems.Reason{}, nil
	}
	list, err := e.list(ctx, g, g.Version, by)
	if fetch.Code(err) == fetch.NotFound {
		return nil, ecosystems.Reason{Code: ecosystems.ChecksumUnknown, Text: fmt.Sprintf(
			"what is published of %s of %s is not there any more, so its checksums cannot be checked", g.Version, g.Name())}, nil
	}
	if err != nil || !list.Alarm.IsZero() {
		return nil, list.Alarm, err
	}
	found := bind(g, list)
	if why := contradicted(found, list); !why.IsZero() {
		return nil, why, nil
	}
	var open []reading.Digest
	for _, d := range g.Stage.Digests {
		isBound := slices.ContainsFunc(found, func(b bound) bool { return b.Start == d.Start })
		if !isBound && !d.Key && mayOwn(g, d, found, own.all) && !e.elsewhere(ctx, own, d, by) {
			open = append(open, d)
		}
	}
	if len(open) == 0 {
		return found, ecosystems.Reason{}, nil
	}
	return found, unproved(g, open, found, list, own), nil
}

// contradicted returns the reason if a more trusted list has another checksum for a file.
func contradicted(found []bound, list source.List) ecosystems.Reason {
	for _, b := range found {
		for _, s := range list.Sums {
			if s.File == b.file && s.Algorithm == sumlist.AlgorithmOf(b.Hex) && s.Trust > b.trust && !strings.EqualFold(s.Hex, b.Hex) {
				return ecosystems.Reason{Code: ecosystems.ChecksumMismatch, Text: fmt.Sprintf(
					"the %s of %s is %s in the file, and %s says %s: the file was changed after it was published, or the checksum is wrong", s.Algorithm, path.Base(s.File), brief(b.Hex), s.From, brief(s.Hex))}
			}
		}
	}
	return ecosystems.Reason{}
}

// mayOwn reports whether a checksum that is in no list may belong to the group: the
// group is the nearest, or it is in the same instruction with no verification
// between, and not all files of the group have a known checksum.
func mayOwn(g *reading.Group, d reading.Digest, found []bound, all []*reading.Group) bool {
	o := g.Stage.Owner(d, all)
	return o.Group == g || o.Score == reading.SameInstruction && adjacent(g, d) && !complete(g, found)
}

// adjacent reports whether an address of the group is in the same instruction as a checksum, with no verification between.
func adjacent(g *reading.Group, d reading.Digest) bool {
	return !d.Other && slices.ContainsFunc(g.From, func(a *reading.Address) bool {
		return a.Step == d.Step && g.Stage.Gap(a.At, d.Start) < reading.Verified
	})
}

// complete reports whether the checksums of all addresses of the group are known.
func complete(g *reading.Group, found []bound) bool {
	return !slices.ContainsFunc(g.From, func(a *reading.Address) bool {
		return !reading.Signature.MatchString(a.S) && !slices.ContainsFunc(found, func(b bound) bool { return matches(a, b.file) })
	})
}

// elsewhere reports whether another group of the stage has a checksum in its list.
func (e *Ecosystem) elsewhere(ctx context.Context, own *detail, d reading.Digest, by demand) bool {
	for _, o := range own.all {
		if o == own.group || o.Hidden || !o.Skip.IsZero() {
			continue
		}
		list, err := e.list(ctx, o, o.Version, by)
		// Without its list, the other group proves nothing, and its own Prove reports the error.
		if err == nil && slices.ContainsFunc(bind(o, list), func(b bound) bool { return b.Start == d.Start }) {
			return true
		}
	}
	return false
}

// unproved returns the reason for checksums that are in no list.
func unproved(g *reading.Group, open []reading.Digest, found []bound, list source.List, own *detail) ecosystems.Reason {
	for _, d := range open {
		algorithm := sumlist.AlgorithmOf(d.Hex)
		if s, ok := listedInstead(g, d, open, found, list, own); ok && alone(g, d, own.all) {
			return ecosystems.Reason{Code: ecosystems.ChecksumMismatch, Text: fmt.Sprintf(
				"the %s of %s is %s in the file, and %s says %s: the file was changed after it was published, or the checksum is wrong", algorithm, path.Base(s.File), brief(d.Hex), s.From, brief(s.Hex))}
		}
	}
	d := open[0]
	algorithm := sumlist.AlgorithmOf(d.Hex)
	why := fmt.Sprintf("the %s %s is of no file that is listed for %s of %s", algorithm, brief(d.Hex), g.Version, g.Name())
	switch {
	case len(list.Sums) == 0:
		why = fmt.Sprintf("no checksum is published for %s of %s, so the %s %s cannot be checked; downloads: {trust: compute} would download the file", g.Version, g.Name(), algorithm, brief(d.Hex))
	case !slices.ContainsFunc(list.Sums, func(s sumlist.Sum) bool { return s.Algorithm == algorithm }):
		why = fmt.Sprintf("no %s is published for %s of %s, only %s", algorithm, g.Version, g.Name(), list.Sums[0].Algorithm)
	}
	return ecosystems.Reason{Code: ecosystems.ChecksumUnknown, Text: why}
}

// alone reports whether a checksum can belong to no other group.
func alone(g *reading.Group, d reading.Digest, all []*reading.Group) bool {
	if o := g.Stage.Owner(d, all); o.Group != g || o.Score == reading.SameName {
		return o.Group == g
	}
	return !slices.ContainsFunc(all, func(o *reading.Group) bool { return o != g && adjacent(o, d) })
}

// brief returns the beginning of a checksum for display.
func brief(hex string) string { return strings.ToLower(hex[:12]) + "…" }

// listedInstead returns the list's checksum for the file that a checksum certainly belongs to.
func listedInstead(g *reading.Group, d reading.Digest, open []reading.Digest, found []bound, list source.List, own *detail) (sumlist.Sum, bool) {
	var free []sumlist.Sum
	for _, s := range list.Sums {
		taken := slices.ContainsFunc(found, func(b bound) bool { return b.file == s.File && sumlist.AlgorithmOf(b.Hex) == s.Algorithm })
		if s.Algorithm == sumlist.AlgorithmOf(d.Hex) && !taken && slices.ContainsFunc(g.From, func(a *reading.Address) bool { return matches(a, s.File) }) {
			free = append(free, s)
		}
	}
	if o := g.Stage.Owner(d, own.all); o.File != "" {
		if n := slices.IndexFunc(free, func(s sumlist.Sum) bool {
			return s.File == o.File || !strings.Contains(s.File, "://") && path.Base(s.File) == fileOf(o.File)
		}); n >= 0 {
			return free[n], true
		}
	}
	for _, arch := range reading.Architectures {
		if strings.HasSuffix(reading.Plain(d.Name), reading.Plain(arch)) {
			for _, s := range free {
				if strings.Contains(s.File, arch) {
					return s, true
				}
			}
		}
	}
	if len(free) > 0 && len(free) == len(open) {
		return free[0], true
	}
	return sumlist.Sum{}, false
}
