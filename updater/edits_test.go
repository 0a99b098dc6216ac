package updater_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// unasked returns every ecosystem, without sources.
func unasked() map[string]ecosystems.Ecosystem {
	ecos := map[string]ecosystems.Ecosystem{}
	for _, e := range all.New(all.Options{HTTP: fetch.New(fetch.Options{}), Getenv: func(string) string { return "" }}) {
		ecos[e.Info().Name] = e
	}
	return ecos
}

// A trial is one manifest of a small repository, whose edits are tried.
type trial struct {
	eco   ecosystems.Ecosystem
	files map[string]string
	path  string
}

func (tr trial) extract() ([]ecosystems.Dependency, error) {
	repo := fstest.MapFS{}
	for name, data := range tr.files {
		repo[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return tr.eco.Extract(repo, tr.path)
}

// parse reads a version as the ecosystem does. It is the zero version where it is none.
func (tr trial) parse(name, text string) version.Version {
	path, data := "Dockerfile", "FROM x:"+text+"\n"
	eco := tr.eco
	switch {
	case eco.Info().Name == "requirements":
		path, data = "requirements.txt", "x=="+text+"\n"
	case name == "toolchain" && eco.Info().Name == "gomod":
		path, data = "go.mod", "module m\ntoolchain "+text+"\n"
	case eco.Info().Name == "gomod":
		path, data = "go.mod", "module m\nrequire "+name+" "+text+"\n"
	default:
		eco = unasked()["dockerfile"]
	}
	deps, err := trial{eco, map[string]string{path: data}, path}.extract()
	if err != nil || len(deps) != 1 {
		return version.Version{}
	}
	return deps[0].Pin.Version
}

var release = regexp.MustCompile(`[0-9]+(\.[0-9]+)*`)

// raised returns a version with one number of its first release one higher: the
// last one, or the first. It is "" where there is none.
func raised(text string, first bool) string {
	at := release.FindStringIndex(text)
	if at == nil {
		return ""
	}
	parts := strings.Split(text[at[0]:at[1]], ".")
	n := len(parts) - 1
	if first {
		n = 0
	}
	number, err := strconv.ParseInt(parts[n], 10, 62)
	if err != nil {
		return ""
	}
	parts[n] = strconv.FormatInt(number+1, 10)
	return text[:at[0]] + strings.Join(parts, ".") + text[at[1]:]
}

var sums = []string{"sha256:" + strings.Repeat("1a", 32), "sha256:" + strings.Repeat("2b", 32)}

// targets returns where a dependency might go: a little up, far up, and for an
// image to a digest, with and without another tag.
func (tr trial) targets(d ecosystems.Dependency) []ecosystems.Target {
	if !d.Skip.IsLookup() || d.Ignored {
		return nil
	}
	if d.Package.Kind == "oci" {
		return tr.images(d)
	}
	var out []ecosystems.Target
	for _, text := range release.FindAllString(d.Pin.Text, -1) {
		for _, first := range []bool{false, true} {
			to := raised(text, first)
			if d.Package.Kind == "go" && d.Package.Name != "toolchain" {
				if to = "v" + to; strings.HasSuffix(d.Pin.Text, "+incompatible") {
					to += "+incompatible"
				}
			} else if d.Package.Kind == "go" {
				to = "go" + to
			}
			if v := tr.parse(d.Package.Name, to); !v.IsName() && v.Text != "" {
				out = append(out, ecosystems.Target{Version: v, Hashes: sums})
			}
		}
		if d.Package.Kind == "go" {
			break // the other numbers are those of a pseudo-version
		}
	}
	return out
}

func (tr trial) images(d ecosystems.Dependency) []ecosystems.Target {
	digest := sums[0]
	p := d.Pin
	if p.NoDigest != "" {
		digest = ""
	}
	var out []ecosystems.Target
	if digest != "" {
		out = append(out, ecosystems.Target{Version: tr.parse("", cmp.Or(p.Text, "latest")), Digest: digest})
	}
	inner := strings.TrimSuffix(strings.TrimPrefix(p.Text, p.Before), p.After)
	for _, first := range []bool{false, true} {
		if to := raised(inner, first); to != "" && d.Skip.IsZero() {
			out = append(out, ecosystems.Target{Version: tr.parse("", p.Before+to+p.After), Digest: digest})
		}
	}
	return out
}

// try moves one of the dependencies, and returns the repository behind it: nil
// where the ecosystem refuses. The error is what an edit must never do.
func (tr trial) try(before []ecosystems.Dependency, n int, to ecosystems.Target) (map[string]string, error) {
	d := before[n]
	edits, err := tr.eco.Edit(d, to)
	if err != nil {
		return nil, nil // it may refuse
	}
	after, err := tr.apply(edits)
	if err != nil {
		return nil, err
	}
	now := trial{tr.eco, after, tr.path}
	deps, err := now.extract()
	if err != nil || len(deps) != len(before) {
		return nil, fmt.Errorf("%d dependencies became %d: %v", len(before), len(deps), err)
	}
	for i, was := range before {
		if i != n && was.At[0] != d.At[0] && said(was) != said(deps[i]) {
			return nil, fmt.Errorf("%s became %s", said(was), said(deps[i]))
		}
	}
	if err := cmp.Or(at(d, deps[n], to), hashed(d, edits, to), tr.within(d, edits)); err != nil {
		return nil, err
	}
	return after, now.still(deps[n], to)
}

// still reports what a second edit to the same target would change.
func (tr trial) still(d ecosystems.Dependency, to ecosystems.Target) error {
	edits, err := tr.eco.Edit(d, to)
	if err != nil {
		return fmt.Errorf("the second edit: %w", err)
	}
	again, err := tr.apply(edits)
	if err == nil && !maps.Equal(again, tr.files) {
		err = fmt.Errorf("the second edit still changes %+v", edits)
	}
	return err
}

// said is equal for dependencies that say the same. The sentence of a reason
// may quote a text that is shared, and follow it.
func said(d ecosystems.Dependency) string {
	return fmt.Sprintf("%s %+v %q %q %q %s %v %v", d.Name, d.Package, d.Pin.Text, d.Pin.Digest, d.Pin.Platform, d.Skip.Code, d.Direct, d.Ignored)
}

// at reports whether a dependency stands where it should.
func at(was, is ecosystems.Dependency, to ecosystems.Target) error {
	switch {
	case is.Name != was.Name || is.Package.Name != was.Package.Name || is.Direct != was.Direct || !is.Skip.IsLookup():
		return fmt.Errorf("%s became %s", said(was), said(is))
	case is.Pin.Admits != nil && !is.Pin.Admits(to.Version),
		is.Pin.Admits == nil && is.Pin.Version.Text != to.Version.Text:
		return fmt.Errorf("%s arrived at %q, not at %s", was.Name, is.Pin.Text, to.Version.Text)
	case to.Digest != "" && is.Pin.Digest != to.Digest:
		return fmt.Errorf("%s has the digest %q, not %s", was.Name, is.Pin.Digest, to.Digest)
	}
	return nil
}

// hashed reports whether an edit of a line with hashes writes those of the target.
func hashed(d ecosystems.Dependency, edits []ecosystems.Edit, to ecosystems.Target) error {
	for _, e := range edits {
		if strings.Contains(e.Old, "sha256:") && d.Package.Kind == "pypi" && (strings.Count(e.New, "sha256:") != len(to.Hashes) || !strings.Contains(e.New, to.Hashes[1])) {
			return fmt.Errorf("the hashes became %q", e.New)
		}
	}
	return nil
}

// within reports an edit of an image or a module that is not in the place of its pin.
func (tr trial) within(d ecosystems.Dependency, edits []ecosystems.Edit) error {
	for _, e := range edits {
		first, last := d.At[0], d.At[len(d.At)-1]
		inside := e.At.File == first.File && e.At.Start >= first.Start && e.At.End <= last.End
		comment := d.Pin.Comment != nil && e.At == *d.Pin.Comment
		if !inside && !comment && d.Package.Kind != "pypi" {
			return fmt.Errorf("the edit at %+v is not in the place of the pin %+v", e.At, d.At)
		}
	}
	return nil
}

// apply makes edits in all files, and compares what lies around them byte for byte.
func (tr trial) apply(edits []ecosystems.Edit) (map[string]string, error) {
	byFile, out := map[string][]ecosystems.Edit{}, maps.Clone(tr.files)
	for _, e := range edits {
		name := cmp.Or(e.At.File, tr.path)
		byFile[name] = append(byFile[name], e)
	}
	for name, list := range byFile {
		data, err := ecosystems.Apply([]byte(tr.files[name]), list)
		if err != nil {
			return nil, err
		}
		if err := cmp.Or(around(tr.files[name], string(data), list), framed(tr.files[name], string(data))); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = string(data)
	}
	return out, nil
}

// around reports whether a file differs in anything but the spans of its edits.
func around(before, after string, edits []ecosystems.Edit) error {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b ecosystems.Edit) int { return cmp.Compare(a.At.Start, b.At.Start) })
	last, rest := 0, after
	for _, e := range slices.Compact(edits) {
		var ok bool
		if rest, ok = strings.CutPrefix(rest, before[last:e.At.Start]+e.New); !ok {
			return fmt.Errorf("other bytes than those of the edit at %d have changed", e.At.Start)
		}
		last = e.At.End
	}
	if rest != before[last:] {
		return fmt.Errorf("the bytes behind %d have changed", last)
	}
	return nil
}

// framed reports whether the byte order mark, the kinds of line ends or the end of a file have changed.
func framed(before, after string) error {
	frame := func(s string) string {
		windows := strings.Count(s, "\r\n")
		return fmt.Sprint(strings.HasPrefix(s, "\uFEFF"), strings.HasSuffix(s, "\n"), windows > 0, strings.Count(s, "\n") > windows, bytes.Count([]byte(s), []byte("\r")) == windows)
	}
	if frame(before) != frame(after) {
		return fmt.Errorf("byte order mark, end, \\r\\n, \\n and bare \\r: %s became %s", frame(before), frame(after))
	}
	return nil
}
