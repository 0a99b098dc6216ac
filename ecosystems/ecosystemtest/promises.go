package ecosystemtest

import (
	"context"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Example is a realistic file that uses every feature of the format, with its
// expected dependencies.
type Example struct {
	Files    map[string]string // repository, contents by path
	Path     string            // file to extract
	Names    []string          // of the expected dependencies, in order of their places
	Indirect []string          // those of Names that are not direct
	Foreign  []string          // paths that the ecosystem must not claim

	// Ignore returns the lines of the file with an ignore comment for line n, counted from 0.
	Ignore func(lines []string, n int) []string
	// Target returns the target of a dependency; the zero Target leaves it unchanged.
	Target func(ecosystems.Dependency) ecosystems.Target
	// Make returns the ecosystem with all its sources at an address.
	Make func(address string) ecosystems.Ecosystem
}

// Contract checks the whole contract of an ecosystem.
func Contract(t *testing.T, e Example) {
	t.Helper()
	EditsIn(t, e.Make(""), e.Files, e.Path, e.Target)
	for _, v := range Violations(t.Context(), e) {
		t.Error(v)
	}
}

// Violations returns the violations of the contract that EditsIn does not check,
// one line each.
func Violations(ctx context.Context, e Example) []string {
	c := &contract{Example: e, eco: e.Make("")}
	if err := guarded(ctx, c.read); err != nil {
		return []string{"extract: " + err.Error()}
	}
	for _, check := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"info", c.info}, {"names", c.names}, {"paths", c.paths}, {"fields", c.fields}, {"forms", c.sameInEveryForm}, {"repeat", c.repeats},
		{"ignore", c.ignores}, {"garbled", c.garbled}, {"truncated", c.truncated}, {"noise", c.noise}, {"hostile targets", c.hostileTargets},
		{"concurrent", c.concurrent}, {"not found", c.notFound}, {"broken answers", c.brokenAnswers}, {"cancelled", c.cancelled},
		{"optional interfaces", c.optional},
	} {
		if err := guarded(ctx, check.do); err != nil {
			c.found = append(c.found, check.name+": "+err.Error())
		}
	}
	return c.found
}

// guarded turns a panic into an error, because an ecosystem must not panic.
func guarded(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return do(ctx)
}

type contract struct {
	Example
	eco   ecosystems.Ecosystem
	deps  []ecosystems.Dependency // of the unchanged file
	found []string
}

// read extracts the unchanged file, which all checks need.
func (c *contract) read(context.Context) (err error) {
	c.deps, err = c.extract(c.Files[c.Path])
	return err
}

// extract extracts the example's file with data as its content.
func (c *contract) extract(data string) ([]ecosystems.Dependency, error) {
	return c.eco.Extract(c.repo(data), c.Path)
}

func (c *contract) repo(data string) fs.FS {
	repo := repoOf(c.Files)
	repo[c.Path] = &fstest.MapFile{Data: []byte(data)}
	return repo
}

// info checks that Info is complete and the same each time.
func (c *contract) info(context.Context) error {
	i := c.eco.Info()
	switch {
	case i.Name == "" || i.Files == "" || len(i.Kinds) == 0:
		return fmt.Errorf("the Info needs a name, what the files are called and a kind of package: %+v", i)
	case c.eco.Info().Name != i.Name:
		return fmt.Errorf("the Info calls it %q, and then %q", i.Name, c.eco.Info().Name)
	}
	for _, k := range i.Kinds {
		if k.Word == "" || k.Noun == "" || k.Plural == "" {
			return fmt.Errorf("a kind of package needs a word, a noun and a plural: %+v", k)
		}
	}
	return nil
}

func (c *contract) names(context.Context) error {
	deps := c.deps
	var got []string
	for _, d := range deps {
		got = append(got, d.Name)
	}
	if !slices.Equal(got, c.Names) {
		return fmt.Errorf("found %q in this order, want %q", got, c.Names)
	}
	return nil
}

func (c *contract) paths(context.Context) error {
	for _, p := range []string{c.Path, "services/deep/" + c.Path} { // repositories may have several projects
		if !c.eco.Match(p) {
			return fmt.Errorf("Match(%q) = false", p)
		}
	}
	for _, p := range append([]string{"", ".", "/", "README.md", "main.c", c.Path + "/x.c"}, c.Foreign...) {
		if c.eco.Match(p) {
			return fmt.Errorf("Match(%q) = true", p)
		}
	}
	return nil
}

// fields checks the fields that the updater relies on: identity, place, and the text at that place.
func (c *contract) fields(context.Context) error {
	deps := c.deps
	last := -1
	for _, d := range deps {
		if err := placed(c.Files, c.Path, d); err != nil {
			return fmt.Errorf("%s %w", d.Name, err)
		}
		at := d.At[0]
		text := c.Files[fileOf(at, c.Path)][at.Start:at.End]
		switch {
		case d.Ecosystem != "":
			return fmt.Errorf("%s says that it is of ecosystem %q, but the updater sets that", d.Name, d.Ecosystem)
		case d.Name == "":
			return fmt.Errorf("a dependency at byte %d has no name", at.Start)
		case d.Skip.IsZero() && (d.Package.Kind == "" || d.Package.Name == ""):
			return fmt.Errorf("%s has no package: %+v", d.Name, d.Package)
		case d.Package.Kind != "" && c.eco.Info().KindOf(d.Package.Kind).Noun == "":
			return fmt.Errorf("%s is a package of kind %q, and Info knows no such kind", d.Name, d.Package.Kind)
		case d.Direct == slices.Contains(c.Indirect, d.Name):
			return fmt.Errorf("%s: Direct is %t", d.Name, d.Direct)
		case d.Skip.Code == "" != (d.Skip.Text == ""):
			return fmt.Errorf("%s: a reason has a code and a sentence, not %+v", d.Name, d.Skip)
		case d.Pin.Comment != nil && text == d.Pin.Digest: // the file has only the digest, and the version is in the comment
			if said := c.Files[fileOf(*d.Pin.Comment, c.Path)][d.Pin.Comment.Start:d.Pin.Comment.End]; said != d.Pin.Text {
				return fmt.Errorf("%s: %q stands in its comment, and the pin is %q", d.Name, said, d.Pin.Text)
			}
		case d.Skip.IsZero() && d.Pin.Text != "" && d.Pin.Text != d.Pin.Before+text+d.Pin.After:
			return fmt.Errorf("%s: %q stands at its place, and the pin is %q", d.Name, text, d.Pin.Text)
		case d.Skip.IsZero() && d.Pin.Version.IsZero() && d.Pin.Admits == nil && d.Pin.Digest == "":
			return fmt.Errorf("%s is to be looked up, and has neither a version nor a range", d.Name)
		case fileOf(at, c.Path) == c.Path && at.Start < last:
			return fmt.Errorf("%s stands at byte %d, behind one at byte %d", d.Name, at.Start, last)
		}
		if fileOf(at, c.Path) == c.Path {
			last = at.Start
		}
	}
	return nil
}

// said describes dependencies without their places.
func said(deps []ecosystems.Dependency) string {
	var lines []string
	for _, d := range deps {
		lines = append(lines, show(d))
	}
	return strings.Join(lines, "\n")
}

func (c *contract) sameInEveryForm(context.Context) error {
	deps := c.deps
	for _, form := range forms(c.Files[c.Path]) {
		got, err := c.extract(form)
		if err != nil || said(got) != said(deps) {
			return fmt.Errorf("the form %.20q… holds %d dependencies (%v):\n%s\nnot\n%s", form, len(got), err, said(got), said(deps))
		}
		for n, d := range got {
			if err := c.sameText(form, d, deps[n]); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameText checks that places point to the same text in another form of the file.
func (c *contract) sameText(form string, got, want ecosystems.Dependency) error {
	for n := range got.At {
		if fileOf(got.At[n], c.Path) != c.Path {
			continue
		}
		a, b := form[got.At[n].Start:got.At[n].End], c.Files[c.Path][want.At[n].Start:want.At[n].End]
		if a != b {
			return fmt.Errorf("%s stands at %q in the form %.20q…, not at %q", got.Name, a, form, b)
		}
	}
	return nil
}

func (c *contract) repeats(context.Context) error {
	// read has shown that this is no error.
	first, _ := c.extract(c.Files[c.Path])
	again, _ := c.extract(c.Files[c.Path])
	if said(first) != said(again) {
		return fmt.Errorf("a second reading gives something else:\n%s\nnot\n%s", said(again), said(first))
	}
	for n, d := range first {
		to := c.Target(d)
		if !d.Skip.IsLookup() || to.Version.IsZero() {
			continue
		}
		one, err1 := c.eco.Edit(d, to)
		two, err2 := c.eco.Edit(d, to)
		if !reflect.DeepEqual(one, two) || (err1 == nil) != (err2 == nil) {
			return fmt.Errorf("%s: two edits differ: %+v and %+v", d.Name, one, two)
		}
		if show(d) != show(again[n]) {
			return fmt.Errorf("%s: Edit changes the dependency", d.Name)
		}
	}
	return nil
}

// ignores checks that an ignore comment on the line of each dependency works.
func (c *contract) ignores(context.Context) error {
	data, deps := c.Files[c.Path], c.deps
	for n, d := range deps {
		if !d.Skip.IsZero() || fileOf(d.At[0], c.Path) != c.Path {
			continue
		}
		lines := strings.SplitAfter(data, "\n")
		row, _ := ecosystems.Position([]byte(data), d.At[0].Start)
		got, err := c.extract(strings.Join(c.Ignore(lines, row-1), ""))
		if err != nil || len(got) != len(deps) {
			return fmt.Errorf("%s: with the comment there are %d dependencies, not %d (%v)", d.Name, len(got), len(deps), err)
		}
		if !got[n].Ignored {
			return fmt.Errorf("%s is not ignored in spite of the comment", d.Name)
		}
		// A comment may be about several dependencies of one statement, so only distant ones count.
		if n+1 < len(deps) && deps[n+1].At[0].Start > d.At[0].End+len(d.Name)+200 && got[n+1].Ignored {
			return fmt.Errorf("%s is ignored by the comment of %s", deps[n+1].Name, d.Name)
		}
	}
	return nil
}

// hostile are versions, digests and hashes that must not get from a registry into a file.
var hostile = []ecosystems.Target{
	{Version: version.Version{Text: "1.0\nRUN evil"}}, {Version: version.Version{Text: "1.0 AS x"}}, {Version: version.Version{Text: ""}},
	{Version: version.Version{Text: "1.0\r"}}, {Version: version.Version{Text: "1.0\x00"}}, {Version: version.Version{Text: `1.0"`}},
	{Version: version.Version{Text: "1.0'"}}, {Version: version.Version{Text: "1.0;rm -rf"}}, {Version: version.Version{Text: "${EVIL}"}},
	{Version: version.Version{Text: "1.0 # x"}}, {Version: version.Version{Text: "1.0 // x"}}, {Version: version.Version{Text: "1.0\u2028x"}},
	{Version: version.Version{Text: "../../1.0"}}, {Version: version.Version{Text: "1.0\t--index-url=http://x"}}, {Version: version.Version{Text: strings.Repeat("9", 5000)}},
	{Version: version.Version{Text: "1.0: {x: y}"}}, {Version: version.Version{Text: "1.0`x`"}}, {Version: version.Version{Text: "1.0\\"}},
	{Digest: "sha256:abc\nRUN evil"}, {Digest: "sha256:" + strings.Repeat("g", 64)}, {Digest: "md5:x"}, {Digest: "sha256:abc def"},
	{Hashes: []string{"sha256:abc\nevil==1.0"}}, {Hashes: []string{"sha256:zz --index-url=http://x"}},
}
