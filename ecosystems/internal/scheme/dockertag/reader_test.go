package dockertag

import (
	"slices"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// TestReader: what a tag means beside the other tags of its repository.
func TestReader(t *testing.T) {
	for _, c := range []struct {
		name, tags string
		tag, track string
	}{
		{"alone, behind one number", "", "15-3.3", "#-3.3"},
		{"alone, behind several", "", "1.1.5-3.11", "#.#.#-#.#"},
		{"a second version", "15-3.3 16-3.3", "15-3.3", "#-3.3"},
		{"a second version, one of whose numbers recurs", "1.1.5-3.11 1.1.10-3.11 1.1.10-3.12 1.1.10-3.13", "1.1.10-3.13", "#.#.#-3.13"},
		{"one first number in two precisions proves nothing", "1.1-3.11 1.1.5-3.11 1-3.11", "1.1.5-3.11", "#.#.#-#.#"},
		{"Percona: dotted revisions of one release", "8.0.35-27.1 8.0.36-28.1 8.4.0-1.1", "8.0.35-27.1", "#.#.#-#.#"},
		{"Percona: counts that start over", "8.0.35-27.1 8.0.36-28.1 8.1.0-1.1 8.2.0-1.1 8.4.0-1.1", "8.0.35-27.1", "#.#.#-#.#"},
		{"dependabot: the same", "7.1-0.1 7.1-0.2 7.2-0.1 7.2-0.2 7.2-0.3.1", "7.2-0.2", "#.#-#.#"},
		{"Node-RED: plain second versions", "3.0.2-14 3.0.2-16 3.0.2-18 3.1.0-14 3.1.0-16 3.1.0-18", "3.1.0-18", "#.#.#-18"},
		{"Debian revisions start over", "1.0.0-1 1.0.0-2 1.0.1-1 1.0.1-2 1.1.0-1", "1.0.1-2", "#.#.#-#"},
		{"Java builds recur", "17.0.2_8 17.0.4_8 11.0.24_8 17.0.9_9 11.0.20_9", "17.0.4_8", "#_#"},
		{"versions of Java behind an application", "1.0.0_11 1.0.0_17 1.1.0_11 1.1.0_17", "1.0.0_17", "#.#.#_17"},
		{"releases of Ubuntu", "1.2.3-1804 1.2.3-2004", "1.2.3-1804", "#.#.#-1804"},
		{"builds that look like one", "8.7-1804 8.7-1811", "8.7-1804", "#.#-#"},
		{"commits since a release recur", "v3.9.0-177-ged5bcde v3.10.0-177-gfe040d3 v3.9.0-180-g0000000", "v3.9.0-177-ged5bcde", "v#.#.#-#-@"},
		{"also beside second versions", "v3.9.0-177-ged5bcde 3.0.2-14 3.1.0-14 3.0.2-16 3.1.0-16", "v3.9.0-177-ged5bcde", "v#.#.#-#-@"},
		{"builds counted on", "8.7-1049 8.7-1085 8.8-1072", "8.7-1049", "#.#-#"},
		{"and so behind MAJOR", "8.7-1049 8-1049", "8-1049", "#-#"},
		{"Red Hat: a time stamp tells that builds are counted", "1-71 1-71.1698060565 1-72", "1-71", "#-#"},
		{"without that they are dots", "1-71 1-72", "1-71", "#-#"},
		{"dependabot #15718: an architecture of digits", "0.156.0 0.156.0-386 0.156.0-amd64", "0.156.0-386", "#.#.#-386"},
		{"a build 386", "8.7-385 8.7-386", "8.7-386", "#.#-#"},
		{"dependabot #15530: devcontainers", "4.0.13-24-trixie 4.0.13-22-trixie 4.0.12-24-trixie 4-22-trixie", "4.0.13-24-trixie", "#.#.#-24-trixie"},
		{"one release with two of them, under two names", "4.0.13-24 4.0.13-26 4-24 4-26", "4.0.13-24", "#.#.#-24"},
		{"runs of one pipeline under two names", "1.2.3-345 1.2-345 1.2.4-346 1.2-346", "1.2.3-345", "#.#.#-#"},
		{"an unknown word in front", "suse-15.4-1.2.3", "plan9-4.2-1.2.3", "plan9-#.#-1.2.3"},
		{"a known one", "", "v8.0.35-27.1", "v#.#.#-#.#"},
		{"a word alone in front", "", "acme-8.0.35-27.1", "acme-#.#.#-27.1"},
		{"an architecture in front", "", "arm64-8.0.35-27.1", "arm64-#.#.#-#.#"},
		{"days with dots recur as well", "1.0.0-2024.05.01 1.0.1-2024.05.01", "1.0.0-2024.05.01", "#.#.#-D."},
		{"a day recurs, and is no version", "3.4.1-20240501 3.5.0-20240501", "3.4.1-20240501", "#.#.#-D"},

		{"a hash of digits among hashes", "3f2a1b9 a8c3f10 8e5c2a1 1234567", "1234567", "1234567"},
		{"a number among numbers", "1234567 1234890 3f2a1b9", "1234567", "D"},
		{"prow: a hash of digits behind a date", "v20231205-3f2a1b9 v20231206-a8c3f10 v20231207-8e5c2a1 v20231208-1234567", "v20231208-1234567", "vD-@"},

		{"years", "2.13.1 2021.12.16", "2021.12.16", "Y.#.#"},
		{"a counter that passes 1990", "1.0 1989.0 1990.0", "1990.0", "#.#"},
		{"and one behind a letter", "r1989 r1990", "r1990", "r#"},
		{"Windows 1909, then 2004", "1809 1909 2004", "2004", "#"},
		{"years of two digits of a former scheme", "4.3.9 4.4.0 20.04.1 20.10.2", "20.10.2", "Y.#.#"},
		{"years of two digits", "18.04 20.04 20.10", "20.04", "#.#"},
		{"a project that reached 20 has 20.10", "9.0.0 20.1.0 20.04.1 20.10.0", "20.10.0", "#.#.#"},
	} {
		for _, tags := range permuted(strings.Fields(c.tags)) {
			if v := NewReader(tags).Parse(c.tag); v.Track != c.track {
				t.Errorf("%s: track of %s in %v is %q, want %q", c.name, c.tag, tags, v.Track, c.track)
			}
		}
	}
}

// permuted returns the tags in three orders.
func permuted(tags []string) [][]string {
	back := slices.Clone(tags)
	slices.Reverse(back)
	sorted := slices.Sorted(slices.Values(tags))
	return [][]string{tags, back, sorted}
}

// TestReaderRelease: where the list decides which numbers are the release.
func TestReaderRelease(t *testing.T) {
	for _, c := range []struct {
		tags, tag string
		release   []uint64
	}{
		{"", "1-71", []uint64{1, 71}},
		{"1-71.1698060565", "1-71", []uint64{1}},
		{"8.7-1049", "8-1049", []uint64{8}},
		{"3.1.0-18 3.0.2-18 3.1.0-16 3.0.2-16", "3-18", []uint64{3, 18}}, // second versions are no builds
		{"", "21_35-jre", []uint64{21}},
		{"", "21_35", []uint64{21, 35}},
		{"21.0.1_12", "21_35", []uint64{21}},
		{"21.0.1_12", "RELEASE_3_18", []uint64{3, 18}}, // another prefix
	} {
		v := NewReader(strings.Fields(c.tags)).Parse(c.tag)
		if !slices.Equal(v.Release, c.release) {
			t.Errorf("%s beside %q: release %v, want %v", c.tag, c.tags, v.Release, c.release)
		}
	}
}

// TestJava: a build behind "_" orders by all numbers, with missing ones as 0.
func TestJava(t *testing.T) {
	tags := strings.Fields("11.0.14.1_1-jre 11.0.15_10-jre 11.0.16_8-jre 11.0.16.1_1-jre 11.0.24_8-jre 17_35-jre 17.0.4_8-jre 17.0.4.1_1-jre 21_35-jre 21.0.5_11-jre")
	r := NewReader(tags)
	for i := range len(tags) - 1 {
		a, b := r.Parse(tags[i]), r.Parse(tags[i+1])
		if a.Track != "#_#-jre" || version.Compare(a, b) >= 0 {
			t.Errorf("%s (%s) is not before %s", a, a.Track, b)
		}
		if level := version.Between(a, b, version.LineMinor); a.Major() == b.Major() && level != version.Patch {
			t.Errorf("%s to %s is %s, want patch", a, b, level)
		}
	}
}
