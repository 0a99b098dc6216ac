package dockertag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A made tag knows what it means: which tags it may replace, and its place among them.
type made struct {
	text  string
	track string   // what must be equal; its precision too
	order []uint64 // release, then stage, then builds
}

// A habit is how a publisher writes tags.
type habit struct {
	prefixes, variants []string
	sep                string // between the numbers of the release
	build              string // how a build is written; "" for none
	seconds            []string
	stages             bool
}

func publishers() []habit {
	variants := []string{"", "-alpine", "-alpine3.18", "-alpine3.19", "-slim-bookworm", "-slim-trixie", "-tomcat-9", "-tomcat-10", "-amazoncorretto-11-alpine",
		"-u22.04", "-jdk-21-and-23", "-cuda12.1-cudnn8", "-windowsservercore-1809", "-nanoserver-ltsc2022", "-otp-26", "-chrome", "-amd64", "-arm64-v8"}
	prefixes := []string{"", "v", "release-", "debian-12-", "ubuntu-18.04-v", "alpine3.18-v", "jammy-"}
	return []habit{
		{prefixes: prefixes, variants: variants, sep: ".", stages: true},
		{prefixes: prefixes, variants: variants, sep: ".", build: "-%d"},
		{prefixes: prefixes, variants: []string{"-debian-11", "-debian-12", "-photon-5"}, sep: ".", build: "after -r%d"},
		{prefixes: prefixes, variants: variants, sep: ".", build: "-ls%d"},
		{prefixes: []string{"v"}, variants: []string{"", "-arm64"}, sep: ".", build: "-k3s%d"},
		{prefixes: []string{""}, variants: []string{"", "-x86_64"}, sep: ".", build: "-v%d"},
		{prefixes: []string{"", "v"}, variants: variants, sep: ".", build: "-202401%02d"},
		{prefixes: []string{"", "v"}, variants: variants, sep: ".", build: "-2024-01-%02d"},
		{prefixes: []string{"", "RELEASE_", "v"}, variants: []string{"", "-alpine", "-R-4.3.2"}, sep: "_"},
		{prefixes: []string{"", "v"}, variants: []string{"", "-alpine"}, sep: "-"},
		{prefixes: prefixes, variants: variants, sep: ".", seconds: []string{"-3.3", "-3.4", "-4.0"}},
		{prefixes: []string{"", "v"}, variants: []string{"", "-minimal", "-bookworm"}, sep: ".", seconds: []string{"-14", "-16", "-18"}},
	}
}

// repositories generates the tags of one repository.
func repositories(t *rapid.T) []made {
	h := rapid.SampledFrom(publishers()).Draw(t, "habit")
	depth := 3
	if h.build == "" && len(h.seconds) == 0 && rapid.Bool().Draw(t, "short") {
		depth = 2
	}
	releases := rapid.SliceOfNDistinct(rapid.SliceOfN(rapid.Uint64Range(0, 12), depth, depth), 3, 8, func(r []uint64) string { return fmt.Sprint(r) }).Draw(t, "releases")
	prefixes := rapid.SliceOfNDistinct(rapid.SampledFrom(h.prefixes), 1, 2, rapid.ID).Draw(t, "prefixes")
	variants := rapid.SliceOfNDistinct(rapid.SampledFrom(h.variants), 1, min(3, len(h.variants)), rapid.ID).Draw(t, "variants")
	seconds := h.seconds
	if seconds == nil {
		seconds = []string{""}
	}
	var all []made
	for _, r := range releases {
		for _, p := range prefixes {
			for _, second := range seconds {
				for _, v := range variants {
					all = append(all, h.builds(t, made{p + joinNumbers(r, h.sep), p + " " + second + v, slices.Clone(r)}, second, v)...)
				}
			}
		}
	}
	return all
}

// builds completes the tags of one release.
func (h habit) builds(t *rapid.T, m made, second, variant string) []made {
	if h.build == "" {
		list := []made{{m.text + second + variant, m.track, append(m.order, 99, 0)}}
		if h.stages && rapid.Bool().Draw(t, "staged") {
			n := rapid.Uint64Range(1, 20).Draw(t, "stage")
			list = append(list, made{fmt.Sprintf("%s-rc%d%s%s", m.text, n, second, variant), m.track, append(slices.Clone(m.order), 1, n)})
		}
		return list
	}
	var list []made
	// Counts begin at 1, as they do.
	for n := range rapid.Uint64Range(1, 3).Draw(t, "builds") {
		form, behind := strings.CutPrefix(h.build, "after ")
		b := fmt.Sprintf(form, n+1)
		text := m.text + b + variant
		if behind {
			text = m.text + variant + b
		}
		list = append(list, made{text, m.track, append(slices.Clone(m.order), 99, n+1)})
	}
	return list
}

func joinNumbers(r []uint64, sep string) string {
	words := make([]string, len(r))
	for i, n := range r {
		words[i] = fmt.Sprint(n)
	}
	return strings.Join(words, sep)
}

// TestGenerated: never another variant, prefix or precision; the order is the
// publisher's; the order of the list changes nothing.
func TestGenerated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := repositories(t)
		tags := make([]string, len(all))
		for i, m := range all {
			tags[i] = m.text
		}
		r := NewReader(tags)
		shuffled := NewReader(rapid.Permutation(tags).Draw(t, "order"))
		read := make([]version.Version, len(all))
		for i, m := range all {
			read[i] = r.Parse(m.text)
			if other := shuffled.Parse(m.text); other.Track != read[i].Track || version.Compare(other, read[i]) != 0 {
				t.Fatalf("%s reads %q and %q by the order of %v", m.text, read[i].Track, other.Track, tags)
			}
			if read[i].IsName() {
				t.Fatalf("%s is a name among %v", m.text, tags)
			}
		}
		for i, a := range all {
			for j, b := range all {
				agree(t, a, b, read[i], read[j])
			}
		}
	})
}

// agree compares what two tags mean with how they are read.
func agree(t *rapid.T, a, b made, v, w version.Version) {
	if (a.track == b.track) != (v.Track == w.Track) {
		t.Fatalf("%s and %s: tracks %q and %q, want same %v", a.text, b.text, v.Track, w.Track, a.track == b.track)
	}
	if a.track != b.track {
		return
	}
	want := slices.Compare(a.order, b.order)
	if got := version.Compare(v, w); cmp.Compare(got, 0) != want {
		t.Fatalf("Compare(%s, %s) = %d, want %d", a.text, b.text, got, want)
	}
	inLine := a.order[0] == b.order[0] && a.order[1] == b.order[1]
	if level := version.Between(v, w, version.LineMinor); (level <= version.Patch) != inLine {
		t.Fatalf("%s to %s is %s", a.text, b.text, level)
	}
}

// TestAnything: every text is read, the same each time, and is equal to itself alone on its track.
func TestAnything(t *testing.T) {
	word := rapid.SampledFrom([]string{"1", "2.3", "18", "2024", "01", "16", "20240116", "v1.2", "alpine", "debian", "12", "rc", "rc1", "3f2a1b9", "1234567", "r4", "10.0.17763.1", "jdk", "T16", "bookworm", "386"})
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for i := range rapid.IntRange(1, 6).Draw(t, "words") {
			if i > 0 {
				b.WriteString(rapid.SampledFrom([]string{"-", "_", "."}).Draw(t, "separator"))
			}
			b.WriteString(word.Draw(t, "word"))
		}
		list := []string{b.String(), "1.0-18", "1.1-18", "15-3.3", "16-3.3", "1_2"}
		v := NewReader(list).Parse(b.String())
		if again := NewReader(list).Parse(b.String()); version.Compare(v, again) != 0 || v.Track != again.Track {
			t.Fatalf("%s reads %q, then %q", b.String(), v.Track, again.Track)
		}
		if v.IsName() != (v.Track == b.String() && len(v.Order) == 0) {
			t.Fatalf("%s: release %v, track %q", b.String(), v.Release, v.Track)
		}
	})
}
