package decide

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
)

// item makes an update that writes at a place of a file.
func item(eco, name, band, digest string, release int, at int, group policy.Group) plan.Item {
	kind := map[string]string{"dockerfile": "oci", "compose": "oci", "requirements": "pypi", "gomod": "go"}[eco]
	i := plan.Item{
		ID: fmt.Sprintf("f#%s:%s#1", eco, name), File: "f",
		Dependency: ecosystems.Dependency{
			Ecosystem: eco, Name: name, Package: ecosystems.Package{Kind: kind, Name: name},
			Pin: ecosystems.Pin{Digest: digest, Version: version.Version{Text: "1", Release: make([]uint64, release)}},
		},
		Decision: plan.Decision{
			Status: plan.Update, Band: band, Target: ecosystems.Target{Version: version.Version{Text: "2"}, Digest: "sha256:new"},
		},
	}
	i.Dependency.At = []ecosystems.Span{{File: "f", Start: at}}
	i.Policy.Proposal.Group = group
	i.Edits = []plan.Edit{{Edit: ecosystems.Edit{At: ecosystems.Span{File: "f", Start: at}, Old: "1", New: "2"}}}
	return i
}

func TestGroups(t *testing.T) {
	chosen := func(d ecosystems.Dependency) bool { return d.Name == "ticked" }
	for _, c := range []struct {
		name  string
		split []string
		items []plan.Item
		want  string
	}{
		{"nothing", nil, nil, ""},
		{"one for each ecosystem", nil, []plan.Item{item("gomod", "m", "patch", "", 3, 1, 0), item("dockerfile", "a", "patch", "", 3, 2, 0), item("dockerfile", "b", "minor", "", 3, 3, 0)},
			"dockerfile: a b; gomod: m"},
		{"first digests apart, of all files", nil, []plan.Item{item("compose", "a", "digest", "", 2, 1, 0), item("dockerfile", "b", "digest", "", 2, 2, 0), item("dockerfile", "c", "patch", "", 3, 3, 0)},
			"dockerfile: c; first-digests: a b"},
		{"floating digests apart from rebuilt ones", nil, []plan.Item{item("dockerfile", "a", "digest", "sha256:old", 0, 1, 0), item("dockerfile", "b", "digest", "sha256:old", 1, 2, 0), item("dockerfile", "c", "digest", "sha256:old", 2, 3, 0)},
			"dockerfile: c; floating-digests: a b"},
		{"what is ticked is alone", nil, []plan.Item{item("dockerfile", "ticked", "major", "", 3, 1, 0), item("dockerfile", "b", "patch", "", 3, 2, 0)},
			"chosen/dockerfile/ticked: ticked; dockerfile: b"},
		{"by repository", nil, []plan.Item{item("gomod", "m", "patch", "", 3, 1, policy.ByRepository), item("dockerfile", "a", "patch", "", 3, 2, policy.ByRepository), item("dockerfile", "b", "digest", "", 3, 3, policy.ByRepository)},
			"all: m a; first-digests: b"},
		{"by dependency, digests too", nil, []plan.Item{item("dockerfile", "a", "patch", "", 3, 1, policy.ByDependency), item("dockerfile", "b", "digest", "", 3, 2, policy.ByDependency)},
			"dockerfile/a: a; dockerfile/b: b"},
		{"by directory", nil, []plan.Item{item("dockerfile", "a", "patch", "", 3, 1, policy.ByDirectory), item("gomod", "m", "patch", "", 3, 2, policy.ByDirectory)},
			"in/.: a m"},
		{"split", []string{"dockerfile"}, []plan.Item{item("dockerfile", "a", "patch", "", 3, 1, 0), item("dockerfile", "b", "patch", "", 3, 2, 0), item("gomod", "m", "patch", "", 3, 3, 0)},
			"dockerfile/a: a; dockerfile/b: b; gomod: m"},
		{"what is written in one place stays together", []string{"dockerfile"}, []plan.Item{item("dockerfile", "a", "patch", "", 3, 1, 0), item("dockerfile", "b", "patch", "", 3, 1, 0), item("dockerfile", "c", "patch", "", 3, 2, 0)},
			"dockerfile/a: a b; dockerfile/c: c"},
		{"a security fix takes what it needs, and what that needs", nil, []plan.Item{needs(item("requirements", "a", "patch", "", 3, 1, 0), true, 2), needs(item("requirements", "b", "patch", "", 3, 2, 0), false, 1, 3), item("requirements", "c", "patch", "", 3, 3, 0), item("requirements", "d", "patch", "", 3, 4, 0)},
			"requirements: d; security/requirements/a: a b c"},
		{"twins stay together where each comes alone", []string{"requirements"}, []plan.Item{needs(item("requirements", "a", "patch", "", 3, 1, 0), false, 2), needs(item("requirements", "b", "patch", "", 3, 2, 0), false, 1), item("requirements", "c", "patch", "", 3, 3, 0)},
			"requirements/a: a b; requirements/c: c"},
	} {
		var got []string
		for _, g := range Groups(c.items, &Memory{Split: c.split}, chosen) {
			names := g.Key + ":"
			for _, i := range g.Updates {
				names += " " + i.Dependency.Name
			}
			got = append(got, names)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// needs makes an item that cannot be made without those at some places.
func needs(i plan.Item, security bool, places ...int) plan.Item {
	i.Security = security
	for _, at := range places {
		i.With = append(i.With, ecosystems.Span{File: "f", Start: at})
	}
	return i
}

// TestPair holds what counts as the same proposal.
func TestPair(t *testing.T) {
	for _, c := range []struct{ band, digest, want string }{
		{"patch", "", "2"}, {"patch", "sha256:old", "2"}, {"major", "", "2"},
		{"digest", "", "2@first"}, // a refused first digest stays refused until its tag changes
		{"digest", "sha256:old", "2@sha256:new"},
	} {
		i := item("dockerfile", "a", c.band, c.digest, 2, 1, 0)
		if got := PairOf(&i); got.To != c.want {
			t.Errorf("%s %s: %s, want %s", c.band, c.digest, got.To, c.want)
		}
	}
}

// TestFingerprint changes with what is written and over what, and with nothing else.
func TestFingerprint(t *testing.T) {
	files := func(hash string) map[string]forge.Entry {
		return map[string]forge.Entry{"f": {Hash: hash}, "other": {Hash: hash}}
	}
	base := item("dockerfile", "a", "patch", "", 3, 1, 0)
	of := func(hash string, items ...plan.Item) string {
		return (&Group{Updates: items}).Fingerprint(files(hash))
	}
	other := base
	other.Target.Digest = "sha256:other"
	moved := base
	moved.Edits = slices.Clone(base.Edits)
	moved.Edits[0].At.Start = 99
	second := item("dockerfile", "b", "patch", "", 3, 2, 0)
	was := of("1", base)
	if of("1", base) != was || of("1", moved) != was {
		t.Error("the same content has another fingerprint")
	}
	for name, print := range map[string]string{"the file": of("2", base), "the digest": of("1", other), "another update": of("1", base, second)} {
		if print == was {
			t.Errorf("%s does not change the fingerprint", name)
		}
	}
	if of("1", base, second) != of("1", second, base) {
		t.Error("the order counts")
	}
}
