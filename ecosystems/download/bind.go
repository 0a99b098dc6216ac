package download

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

// An owner is the group that a checksum belongs to by where it stands and what
// it is called, and how sure that is.
type owner struct {
	group *group
	score int
	file  string // of the address beside it, where that is known in full
}

// The scores of an owner.
const (
	single = 1 // the only group of the stage
	near   = 2 // in the same instruction
	called = 3 // by the same name
)

// owner guesses which group a checksum belongs to. Only what no list has is decided by it.
func (st *stage) owner(d digest, groups []*group) (best owner) {
	distance := 1 << 30
	for _, g := range groups {
		o := owner{group: g}
		name := stem(d.name)
		switch {
		case name != "" && slices.Contains(g.stems(), name):
			o.score = called
		case !d.other && slices.ContainsFunc(g.from, func(a *address) bool { return a.step == d.step }):
			o.score = near
		case len(groups) == 1 && !d.other:
			o.score = single
		}
		if o.score == 0 {
			continue
		}
		gap := 1 << 29
		for _, a := range g.from {
			if n := st.gap(a.at, d.start); a.step == d.step && n < gap {
				gap = n
				if !strings.Contains(a.s, source.Open) {
					o.file = a.s
				}
			}
		}
		if o.score > best.score || o.score == best.score && gap < distance {
			best, distance = o, gap
		}
	}
	return best
}

var verifies = regexp.MustCompile(`(?i)sha\d*sum|shasum|Get-FileHash|openssl\s+dgst`)

// verified is the gap between what belongs to different files.
const verified = 1 << 20

// gap is how far an address and a checksum stand apart. Where something is
// verified between them, they belong to different files.
func (st *stage) gap(a, b int) int {
	from, to := min(a, b), min(max(a, b), len(st.src))
	if to-from > maxWord || verifies.MatchString(st.src[from:to]) {
		return to - from + verified
	}
	return to - from
}

// fileOf returns the name of the file that an address leads to.
func fileOf(address string) string {
	address, _, _ = strings.Cut(address, "?")
	address, _, _ = strings.Cut(address, "#")
	return path.Base(address)
}

// A bound checksum is one whose file is known: its value stands in the list of the publisher.
type bound struct {
	digest
	file  string
	trust ecosystems.Trust // of the list that has it
}

// wanted is what is asked about a version of a group. It is the same each time,
// so that one answer serves for all that is asked about a version.
func (g *group) wanted(version string, by demand) source.Wanted {
	w := source.Wanted{Tag: g.template.tag(version), Version: version, Trust: by.trust, Keys: by.keys}
	for _, d := range g.stage.digests {
		if a := source.AlgorithmOf(d.hex); !slices.Contains(w.Algorithms, a) && (!d.key || g.project.Source == "maven" || g.project.Source == "git") {
			w.Algorithms = append(w.Algorithms, a)
		}
	}
	for _, a := range g.from {
		for _, address := range g.whole(a) {
			if address = moved(address, g.version, version); !signature.MatchString(address) && !slices.Contains(w.Files, address) {
				w.Files = append(w.Files, address)
			}
		}
	}
	slices.Sort(w.Algorithms)
	return w
}

// signature is the end of a file beside the one that is downloaded.
var signature = regexp.MustCompile(`(?i)\.(?:asc|sig|sign|minisig|pem|sigstore|sha(?:1|256|384|512)(?:sums?)?|md5|sum)(?:\.txt)?$`)

// whole returns an address with the architectures that the stage names for what is not known in it.
func (g *group) whole(a *address) (list []string) {
	if !strings.Contains(a.s, source.Open) {
		return []string{a.s}
	}
	if strings.Count(a.s, source.Open) > 1 {
		return nil
	}
	for _, arch := range architectures {
		if g.stage.words[arch] || len(g.stage.words) == 0 && slices.Contains(architectures[:5], arch) {
			list = append(list, strings.ReplaceAll(a.s, source.Open, arch))
		}
	}
	return list
}

// looks reports whether a checksum of the stage may belong to the group, so that its list has to be read.
func (g *group) looks(groups []*group) bool {
	return slices.ContainsFunc(g.stage.digests, func(d digest) bool {
		o := g.stage.owner(d, groups)
		return !d.key && (o.group == g || o.score < called)
	})
}

// list reads what is published about the files of a version of a group.
func (e *Ecosystem) list(ctx context.Context, g *group, version string, by demand) (source.List, error) {
	w := g.wanted(version, by)
	var list source.List
	var err error
	switch {
	case len(g.from) == 0: // a version without an address
		return list, nil
	case g.beside():
		list, err = e.source.Beside(ctx, w)
	default:
		list, err = e.source.Files(ctx, g.files(), w)
	}
	if err != nil || !list.Alarm.IsZero() || by.trust != ecosystems.TrustCompute || !e.source.Computes() {
		return list, err
	}
	return e.compute(ctx, list, w)
}

// beside reports whether the files lie at a host that is no source, so that only what lies beside them is known.
func (g *group) beside() bool {
	return g.annotation != nil && !slices.ContainsFunc(g.from, func(a *address) bool { return a.known })
}

// files returns the source of the files, which a comment may have named another project for.
func (g *group) files() source.Project {
	for _, a := range g.from {
		if a.known {
			return a.place.Project
		}
	}
	return g.project
}

// compute adds checksums that nothing publishes.
func (e *Ecosystem) compute(ctx context.Context, list source.List, w source.Wanted) (source.List, error) {
	list.Sums = slices.Clone(list.Sums)
	for _, address := range w.Files {
		for _, a := range w.Algorithms {
			if slices.ContainsFunc(list.Sums, func(s source.Sum) bool { return path.Base(s.File) == fileOf(address) && s.Algorithm == a }) {
				continue
			}
			sum, err := e.source.Compute(ctx, address, a)
			if fetch.Code(err) == fetch.NotFound && err != nil {
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

// bind finds the files of the checksums of a stage in the list of a group.
func (g *group) bind(list source.List) (found []bound) {
	for _, d := range g.stage.digests {
		var files []string
		var trust ecosystems.Trust
		for _, s := range list.Sums {
			if !strings.EqualFold(s.Hex, d.hex) {
				continue
			}
			trust = max(trust, s.Trust)
			if !slices.Contains(files, s.File) {
				files = append(files, s.File)
			}
		}
		if len(files) > 0 {
			found = append(found, bound{d, g.likeliest(files), trust})
		}
	}
	return found
}

// likeliest returns the one of several files of equal content that the stage names.
func (g *group) likeliest(files []string) string {
	for _, f := range files {
		for _, a := range g.from {
			if matches(a, f) {
				return f
			}
		}
	}
	return files[0]
}

// matches reports whether an address can lead to a file, which a list names by
// its name or by its own address.
func matches(a *address, file string) bool {
	if strings.Contains(file, "://") {
		whole := strings.ReplaceAll(regexp.QuoteMeta(a.s), regexp.QuoteMeta(source.Open), `[A-Za-z0-9_-]+`)
		ok, err := regexp.MatchString("^"+whole+"$", file)
		return ok && err == nil
	}
	name := regexp.QuoteMeta(fileOf(a.s))
	name = strings.ReplaceAll(name, regexp.QuoteMeta(source.Open), `[A-Za-z0-9_-]+`)
	ok, err := regexp.MatchString("^"+name+"$", path.Base(file))
	return ok && err == nil
}

// Prove looks up the checksums of the version in use. What is not what its
// publisher says is a reason not to touch the group.
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

// prove binds the checksums of a group to files. The reason is for one that belongs to the group and that its publisher does not list.
func (e *Ecosystem) prove(ctx context.Context, own *detail, by demand) ([]bound, ecosystems.Reason, error) {
	g := own.group
	if !g.looks(own.all) {
		return nil, ecosystems.Reason{}, nil
	}
	list, err := e.list(ctx, g, g.version, by)
	if fetch.Code(err) == fetch.NotFound && err != nil {
		return nil, ecosystems.Reason{Code: ecosystems.ChecksumUnknown, Text: fmt.Sprintf(
			"what is published of %s of %s is not there any more, so its checksums cannot be checked", g.version, g.name())}, nil
	}
	if err != nil || !list.Alarm.IsZero() {
		return nil, list.Alarm, err
	}
	found := g.bind(list)
	if why := contradicted(found, list); !why.IsZero() {
		return nil, why, nil
	}
	var open []digest
	for _, d := range g.stage.digests {
		isBound := slices.ContainsFunc(found, func(b bound) bool { return b.start == d.start })
		if !isBound && !d.key && g.may(d, found, own.all) && !e.elsewhere(ctx, own, d, by) {
			open = append(open, d)
		}
	}
	if len(open) == 0 {
		return found, ecosystems.Reason{}, nil
	}
	return found, g.unproved(open, found, list, own), nil
}

// contradicted says which checksum of the file a list is surer of with other digits.
func contradicted(found []bound, list source.List) ecosystems.Reason {
	for _, b := range found {
		for _, s := range list.Sums {
			if s.File == b.file && s.Algorithm == source.AlgorithmOf(b.hex) && s.Trust > b.trust && !strings.EqualFold(s.Hex, b.hex) {
				return ecosystems.Reason{Code: ecosystems.ChecksumMismatch, Text: fmt.Sprintf(
					"the %s of %s is %s in the file, and %s says %s: the file was changed after it was published, or the checksum is wrong", s.Algorithm, path.Base(s.File), brief(b.hex), s.From, brief(s.Hex))}
			}
		}
	}
	return ecosystems.Reason{}
}

// may reports whether a checksum that is in no list of the group may be its own:
// it is nearest, or it stands in the same instruction with nothing verified
// between, and not all files of the group are accounted for.
func (g *group) may(d digest, found []bound, all []*group) bool {
	o := g.stage.owner(d, all)
	return o.group == g || o.score == near && g.besides(d) && !g.complete(found)
}

// besides reports whether an address of the group stands in the same instruction as a checksum, with nothing verified between.
func (g *group) besides(d digest) bool {
	return !d.other && slices.ContainsFunc(g.from, func(a *address) bool { return a.step == d.step && g.stage.gap(a.at, d.start) < verified })
}

// complete reports whether each address of the group leads to a file whose checksum is known.
func (g *group) complete(found []bound) bool {
	return !slices.ContainsFunc(g.from, func(a *address) bool {
		return !signature.MatchString(a.s) && !slices.ContainsFunc(found, func(b bound) bool { return matches(a, b.file) })
	})
}

// elsewhere reports whether another group of the stage has a checksum in its list.
func (e *Ecosystem) elsewhere(ctx context.Context, own *detail, d digest, by demand) bool {
	for _, o := range own.all {
		if o == own.group || o.hidden || !o.skip.IsZero() {
			continue
		}
		list, err := e.list(ctx, o, o.version, by)
		if err == nil && slices.ContainsFunc(o.bind(list), func(b bound) bool { return b.start == d.start }) {
			return true
		}
	}
	return false
}

// unproved says what is wrong with checksums that are in no list.
func (g *group) unproved(open []digest, found []bound, list source.List, own *detail) ecosystems.Reason {
	for _, d := range open {
		algorithm := source.AlgorithmOf(d.hex)
		if s, ok := g.instead(d, open, found, list, own); ok && g.alone(d, own.all) {
			return ecosystems.Reason{Code: ecosystems.ChecksumMismatch, Text: fmt.Sprintf(
				"the %s of %s is %s in the file, and %s says %s: the file was changed after it was published, or the checksum is wrong", algorithm, path.Base(s.File), brief(d.hex), s.From, brief(s.Hex))}
		}
	}
	d := open[0]
	algorithm := source.AlgorithmOf(d.hex)
	why := fmt.Sprintf("the %s %s is of no file that is listed for %s of %s", algorithm, brief(d.hex), g.version, g.name())
	switch {
	case len(list.Sums) == 0:
		why = fmt.Sprintf("no checksum is published for %s of %s, so the %s %s cannot be checked; downloads: {trust: compute} would download the file", g.version, g.name(), algorithm, brief(d.hex))
	case !slices.ContainsFunc(list.Sums, func(s source.Sum) bool { return s.Algorithm == algorithm }):
		why = fmt.Sprintf("no %s is published for %s of %s, only %s", algorithm, g.version, g.name(), list.Sums[0].Algorithm)
	}
	return ecosystems.Reason{Code: ecosystems.ChecksumUnknown, Text: why}
}

// alone reports whether a checksum can be of no other group.
func (g *group) alone(d digest, all []*group) bool {
	if o := g.stage.owner(d, all); o.group != g || o.score == called {
		return o.group == g
	}
	return !slices.ContainsFunc(all, func(o *group) bool { return o != g && o.besides(d) })
}

// brief is the beginning of a checksum, for people.
func brief(hex string) string { return strings.ToLower(hex[:12]) + "…" }

// instead finds what the list says about the file that a checksum is surely of.
func (g *group) instead(d digest, open []digest, found []bound, list source.List, own *detail) (source.Sum, bool) {
	var free []source.Sum
	for _, s := range list.Sums {
		taken := slices.ContainsFunc(found, func(b bound) bool { return b.file == s.File && source.AlgorithmOf(b.hex) == s.Algorithm })
		if s.Algorithm == source.AlgorithmOf(d.hex) && !taken && slices.ContainsFunc(g.from, func(a *address) bool { return matches(a, s.File) }) {
			free = append(free, s)
		}
	}
	if o := g.stage.owner(d, own.all); o.file != "" {
		if n := slices.IndexFunc(free, func(s source.Sum) bool {
			return s.File == o.file || !strings.Contains(s.File, "://") && path.Base(s.File) == fileOf(o.file)
		}); n >= 0 {
			return free[n], true
		}
	}
	for _, arch := range architectures {
		if strings.HasSuffix(plain(d.name), plain(arch)) {
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
	return source.Sum{}, false
}
