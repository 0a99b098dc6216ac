package download

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/download/reading"
	"github.com/freshpin/freshpin/ecosystems/download/spelling"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Pins looks up the files of a version. Each file of the version in use must exist
// for it, and each checksum gets a replacement of the same algorithm.
func (e *Ecosystem) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	if other := e.others[d.Package.Kind]; other != nil {
		t, err := other.Pins(ctx, inner(d), v)
		t.Digest, t.Version = "", v // a version in a script has no place for a digest
		return t, err
	}
	own, ok := d.Own.(*detail)
	t := ecosystems.Target{Version: v}
	if !ok {
		return t, nil
	}
	by, err := demandOf(d, own)
	if err != nil {
		t.Hold = ecosystems.Reason{Code: ecosystems.Signature, Text: err.Error()}
		return t, nil
	}
	found, why, err := e.prove(ctx, own, by)
	if err != nil || !why.IsZero() {
		t.Hold = why
		return t, err
	}
	g := own.group
	if len(found) == 0 && (len(g.From) == 0 || sourceOf(g).Source == "git" || !source.Publishes(sourceOf(g).Source) || perFile(g)) {
		return t, nil
	}
	list, err := e.list(ctx, g, v.Text, by)
	if err != nil {
		return t, err
	}
	if !list.Alarm.IsZero() {
		t.Hold = ecosystems.Reason{Code: list.Alarm.Code, Text: v.Text + ": " + list.Alarm.Text}
		return t, nil
	}
	if list.Pre && !d.Pin.Version.Pre {
		t.Hold = ecosystems.Reason{Code: ecosystems.Unsupported, Text: v.Text + " is marked as a pre-release by its publisher"}
		return t, nil
	}
	if t.Missing, err = e.missing(ctx, g, found, list, v.Text, by); err != nil || len(t.Missing) > 0 {
		return t, err
	}
	replace(g, &t, found, list, by)
	t.Notes = sources(t.Files)
	return t, nil
}

// how describes each Trust.
var how = map[string]string{
	"signed": "a signed list of the publisher", "elsewhere": "the publisher's list on another host", "beside": "the publisher's list beside the file",
	"digest": "computed by GitHub when the file was uploaded", "computed": "no list has it: this program downloaded the file once",
}

// sources returns a note with the source of each checksum.
func sources(files []ecosystems.File) (notes []ecosystems.Note) {
	for _, f := range files {
		algorithm, _, _ := strings.Cut(f.Checksum, ":")
		note := ecosystems.Note{Code: ecosystems.ChecksumFrom, Text: fmt.Sprintf("the %s of %s is from %s (%s)", algorithm, f.Name, f.From, how[f.Trust])}
		if len(notes) < maxNotes && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	return notes
}

// maxNotes limits the notes about checksums.
const maxNotes = 12

// perFile reports whether the source is requested for each file, so that without a checksum no request is needed.
func perFile(g *reading.Group) bool {
	switch sourceOf(g).Source {
	case "github-release", "go", "node", "python", "hashicorp", "redis", "php", "npm", "git":
		return false
	}
	return true
}

// missing returns the files of the version in use that a version lacks.
func (e *Ecosystem) missing(ctx context.Context, g *reading.Group, found []bound, list source.List, v string, by demand) (names []string, err error) {
	if list.Names == nil { // the source does not list files
		return nil, nil
	}
	was := map[string]bool{}
	for _, b := range found {
		was[b.file] = true
	}
	old, err := e.list(ctx, g, g.Version, by)
	if fetch.Code(err) == fetch.NotFound { // the version in use was withdrawn, so its files are known only by the addresses
		old, err = source.List{Names: namesOf(g)}, nil
	}
	if err != nil {
		return nil, err
	}
	for _, name := range old.Names {
		if !reading.Signature.MatchString(name) && slices.ContainsFunc(g.From, func(a *reading.Address) bool {
			return matches(a, name) && (len(found) == 0 || strings.Contains(a.S, source.Open))
		}) {
			was[name] = true
		}
	}
	for name := range was {
		now := spelling.Moved(name, g.Version, v)
		if !slices.ContainsFunc(list.Names, func(n string) bool { return n == now }) {
			names = append(names, now)
		}
	}
	slices.Sort(names)
	return names, nil
}

// namesOf returns the names of the files with completely known addresses.
func namesOf(g *reading.Group) (names []string) {
	for _, a := range g.From {
		if !strings.Contains(a.S, source.Open) {
			names = append(names, fileOf(a.S))
		}
	}
	return names
}

// replace finds the new checksum for each one of the version in use. The new one
// has at least the trust that the settings require, and it is signed if the one in
// use is.
func replace(g *reading.Group, t *ecosystems.Target, found []bound, list source.List, by demand) {
	hold := func(code, format string, args ...any) {
		t.Files, t.Hold = nil, ecosystems.Reason{Code: code, Text: t.Version.Text + ": " + fmt.Sprintf(format, args...)}
	}
	for _, b := range found {
		algorithm, name := sumlist.AlgorithmOf(b.Hex), spelling.Moved(b.file, g.Version, t.Version.Text)
		var sums []sumlist.Sum
		for _, s := range list.Sums {
			if s.File == name && s.Algorithm == algorithm && s.Trust >= by.trust {
				sums = append(sums, s)
			}
		}
		slices.SortStableFunc(sums, func(a, b sumlist.Sum) int { return int(b.Trust) - int(a.Trust) })
		switch {
		case len(sums) == 0:
			hold(ecosystems.ChecksumUnknown, "no %s of %s is published that downloads: {trust: %s} accepts", algorithm, name, accepted(by.trust))
			return
		case slices.ContainsFunc(sums, func(s sumlist.Sum) bool { return s.Hex != sums[0].Hex }):
			hold(ecosystems.ChecksumMismatch, "%s and %s say different things about the %s of %s", sums[0].From, sums[len(sums)-1].From, algorithm, name)
			return
		case b.trust == ecosystems.TrustSigned && sums[0].Trust != ecosystems.TrustSigned:
			hold(ecosystems.Signature, "the list that has the %s of %s is signed, and that of %s is not", algorithm, path.Base(b.file), name)
			return
		}
		t.Files = append(t.Files, ecosystems.File{Name: path.Base(name), Checksum: algorithm + ":" + sums[0].Hex, Was: algorithm + ":" + strings.ToLower(b.Hex), Trust: sums[0].Trust.String(), From: sums[0].From})
	}
}

// accepted returns the word of the settings for a trust.
func accepted(t ecosystems.Trust) string {
	switch t {
	case ecosystems.TrustCompute:
		return "compute"
	case ecosystems.TrustListed:
		return "listed"
	case ecosystems.TrustSigned:
		return "signed"
	}
	return "digest"
}

// Published returns when a version was published, if the source has dates of files.
func (e *Ecosystem) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	own, ok := d.Own.(*detail)
	if other := e.others[d.Package.Kind]; other != nil || !ok {
		if dater, dates := other.(ecosystems.Dater); dates {
			return dater.Published(ctx, inner(d), v)
		}
		return time.Time{}, nil
	}
	if s := sourceOf(own.group).Source; s != "github-release" && s != "php" || beside(own.group) || len(own.group.From) == 0 {
		return time.Time{}, nil
	}
	by, err := demandOf(d, own)
	if err != nil {
		return time.Time{}, nil // Pins reports the reason
	}
	list, err := e.list(ctx, own.group, v.Text, by)
	return version.Date(list.Published), err
}

// Edit returns the replacements of the version in all places of the group, and of each checksum.
func (e *Ecosystem) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if p, is := d.Own.(*packaged); is {
		return p.edit(e.others[d.Package.Kind], d, to)
	}
	own, ok := d.Own.(*detail)
	switch {
	case !ok:
		return nil, errors.New("nothing of " + d.Name + " can be written")
	case !writable.MatchString(to.Version.Text):
		return nil, fmt.Errorf("%q cannot be written as a version of %s", to.Version.Text, d.Name)
	}
	g := own.group
	if why := g.Admits(to.Version.Text); why != "" {
		return nil, errors.New(why)
	}
	if to.Version.Text == g.Version {
		return nil, nil
	}
	var edits []ecosystems.Edit
	for n, p := range g.Places {
		edits = append(edits, ecosystems.Edit{At: d.At[n], Old: own.src[p.Start:p.End], New: spelling.Spelled(to.Version.Text, '.', p.Separator)})
	}
	for _, digest := range g.Stage.Digests {
		if hex, ok := checksumFor(digest.Hex, to.Files); ok {
			edits = append(edits, ecosystems.Edit{At: ecosystems.Span{File: own.file, Start: digest.Start, End: digest.Start + len(digest.Hex)}, Old: digest.Hex, New: hex})
		}
	}
	return edits, nil
}

// writable matches a version that is safe with any quotes and shell around it.
var writable = lazyregexp.New(`^[0-9A-Za-z][0-9A-Za-z.+_~-]{0,127}$`)

var hexOnly = lazyregexp.New(`^[0-9a-f]+$`)

// checksumFor returns the replacement of a checksum, with digits of the same case.
func checksumFor(was string, files []ecosystems.File) (string, bool) {
	for _, f := range files {
		_, old, _ := strings.Cut(f.Was, ":")
		_, hex, _ := strings.Cut(f.Checksum, ":")
		if !strings.EqualFold(old, was) || len(hex) != len(was) || !hexOnly.MatchString(hex) {
			continue
		}
		// A number without letters has no case.
		if was == strings.ToUpper(was) && strings.ContainsAny(was, "ABCDEF") {
			return strings.ToUpper(hex), true
		}
		return hex, true
	}
	return "", false
}

// Inspect returns an error unless, after an edit, every address has the new
// version, none has the old one, and there are as many checksums as before.
func (e *Ecosystem) Inspect(was, is ecosystems.Dependency, to ecosystems.Target) error {
	before, ok := was.Own.(*detail)
	after, also := is.Own.(*detail)
	if !ok || !also {
		return nil
	}
	b, a := before.group, after.group
	if len(b.From) != len(a.From) || len(b.Places) != len(a.Places) || len(b.Stage.Digests) != len(a.Stage.Digests) {
		return fmt.Errorf("the edit changes how many addresses, versions or checksums %s has", was.Name)
	}
	for _, one := range a.From {
		if len(spelling.Occurrences(one.S, to.Version.Text)) == 0 {
			return fmt.Errorf("the edit leaves %s without %s", reading.Shown(one.S), to.Version)
		}
	}
	for n, d := range a.Stage.Digests {
		if len(d.Hex) != len(b.Stage.Digests[n].Hex) {
			return fmt.Errorf("the edit changes the kind of a checksum of %s", was.Name)
		}
	}
	for _, f := range to.Files {
		_, hex, _ := strings.Cut(f.Checksum, ":")
		if !slices.ContainsFunc(a.Stage.Digests, func(d reading.Digest) bool { return strings.EqualFold(d.Hex, hex) }) {
			return fmt.Errorf("the edit does not write the checksum of %s", f.Name)
		}
	}
	return nil
}
