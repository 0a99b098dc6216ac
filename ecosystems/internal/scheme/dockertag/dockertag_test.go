package dockertag

import (
	"slices"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/version"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		tag     string
		track   string
		release []uint64
		pre     bool
		base    string
	}{
		// not versions
		{"latest", "latest", nil, false, ""},
		{"bookworm", "bookworm", nil, false, ""},
		{"sha-1a2b3c4", "sha-1a2b3c4", nil, false, ""},
		{"sha-1234567", "sha-1234567", nil, false, ""},
		{"1a2b3c4", "1a2b3c4", nil, false, ""},
		{"309403913c7f0848e6616446edec909b55d53571", "309403913c7f0848e6616446edec909b55d53571", nil, false, ""}, // dependabot's update checker
		{"0a1b2c3d", "0a1b2c3d", nil, false, ""}, // renovate's docker versioning
		{"lts-alpine3.18", "lts-alpine3.18", nil, false, ""},
		{"alpine3.18", "alpine3.18", nil, false, ""},
		{"ltsc2022", "ltsc2022", nil, false, ""},
		{"jdk17-alpine", "jdk17-alpine", nil, false, ""},
		{"php8.2-apache", "php8.2-apache", nil, false, ""}, // wordpress's newest on that PHP
		{"amd64", "amd64", nil, false, ""},
		{"", "", nil, false, ""},
		{"99999999999999999999999", "99999999999999999999999", nil, false, ""},

		// plain ones
		{"3", "#", []uint64{3}, false, ""},
		{"3.6.1", "#.#.#", []uint64{3, 6, 1}, false, ""},
		{"v1.2.3", "v#.#.#", []uint64{1, 2, 3}, false, ""},
		{"1.2.3.4", "#.#.#.#", []uint64{1, 2, 3, 4}, false, ""},
		{"release-1.2", "release-#.#", []uint64{1, 2}, false, ""},
		{"3.6.1-slim", "#.#.#-slim", []uint64{3, 6, 1}, false, ""},
		{"foo8.2-bar", "foo#.#-bar", []uint64{8, 2}, false, ""},
		{"arm64v8-2.1.3", "arm64v8-#.#.#", []uint64{2, 1, 3}, false, ""},
		{"jdk-11.0.2.7-alpine-slim", "jdk-#.#.#.#-alpine-slim", []uint64{11, 0, 2, 7}, false, ""},
		{"20.04", "#.#", []uint64{20, 4}, false, ""},

		// bases
		{"3.6.1-alpine3.12", "#.#.#-alpine3.12", []uint64{3, 6, 1}, false, "#.#.#-alpine#.#"},
		{"3.6.1-slim-bookworm", "#.#.#-slim-bookworm", []uint64{3, 6, 1}, false, "#.#.#-slim-<debian>"},
		{"11.8.0-cudnn8-devel-ubuntu22.04", "#.#.#-cudnn8-devel-ubuntu22.04", []uint64{11, 8, 0}, false, "#.#.#-cudnn#-devel-ubuntu#.#"},
		{"4.5-24.04_stable", "#.#-24.04_stable", []uint64{4, 5}, false, "#.#-#.#_stable"},
		{"4.8-windowsservercore-ltsc2019", "#.#-windowsservercore-ltsc2019", []uint64{4, 8}, false, "#.#-windowsservercore-ltsc#"},
		{"2.426.1-lts-jdk17", "#.#.#-lts-jdk17", []uint64{2, 426, 1}, false, "#.#.#-lts-jdk#"},
		{"alpine3.18-1.2.3", "alpine3.18-#.#.#", []uint64{1, 2, 3}, false, "alpine#.#-#.#.#"},
		{"1.2.3-alpine3.18-amd64", "#.#.#-alpine3.18-amd64", []uint64{1, 2, 3}, false, "#.#.#-alpine#.#-amd64"}, // renovate #16974

		// build revisions
		{"8.7-1049", "#.#-#", []uint64{8, 7}, false, ""},
		{"8.7-923.1669829893", "#.#-#", []uint64{8, 7}, false, ""},
		{"17.0.9_9-jre", "#_#-jre", []uint64{17, 0, 9}, false, ""},
		{"5.7.38-debian-11-r12", "#.#.#-debian-11-r#", []uint64{5, 7, 38}, false, "#.#.#-debian-#-r#"},
		{"2.5.0-ls212", "#.#.#-ls#", []uint64{2, 5, 0}, false, ""},
		{"1803-KB4487017", "#-KB#", []uint64{1803}, false, ""},
		{"8u342-b07-jdk", "#u#-b#-jdk", []uint64{8}, false, ""},
		{"3.10-master-777", "#.#-master-#", []uint64{3, 10}, false, ""}, // dependabot's update checker
		{"v3.9.0-177-ged5bcde", "v#.#.#-#-@", []uint64{3, 9, 0}, false, ""},
		{"3.26.3.8.g8d771eb", "#.#.#.#.@", []uint64{3, 26, 3}, false, ""}, // dependabot's tag spec
		{"3.26.3-5.g87159cd", "#.#.#-#.@", []uint64{3, 26, 3}, false, ""},
		{"1.2.3-g12345", "#.#.#-@", []uint64{1, 2, 3}, false, ""},
		{"1.2.3-3f2a1b9", "#.#.#-@", []uint64{1, 2, 3}, false, ""},

		// stages
		{"1.3.0-rc1", "#.#.#", []uint64{1, 3, 0}, true, ""},
		{"3.13.0rc1-slim", "#.#.#-slim", []uint64{3, 13, 0}, true, ""},
		{"7.4.0RC6-fpm-buster", "#.#.#-fpm-buster", []uint64{7, 4, 0}, true, "#.#.#-fpm-<debian>"},
		{"16beta1", "#", []uint64{16}, true, ""},
		{"3.13-rc-slim", "#.#-slim", []uint64{3, 13}, true, ""},
		{"1.2.4-beta", "#.#.#", []uint64{1, 2, 4}, true, ""},
		{"3.8.3-SNAPSHOT", "#.#.#", []uint64{3, 8, 3}, true, ""},
		{"22-ea-7-windowsservercore-1809", "#-windowsservercore-1809", []uint64{22}, true, "#-windowsservercore-#"},
		{"1.0.0-rc.2-alpine3.17", "#.#.#-alpine3.17", []uint64{1, 0, 0}, true, "#.#.#-alpine#.#"},
		{"3.12-dev", "#.#-dev", []uint64{3, 12}, false, ""}, // a variant with a shell, not a stage

		// dates
		{"20240315", "D", []uint64{20240315}, false, ""},
		{"bookworm-20240110-slim", "bookworm-D-slim", []uint64{20240110}, false, "<debian>-D-slim"},
		{"2.0.20231101.0", "#.#.D.#", []uint64{2, 0, 20231101, 0}, false, ""},
		{"2026-07-28", "D-", []uint64{20260728}, false, ""},
		{"RELEASE.2024-01-16T16-07-38Z", "RELEASE.DT", []uint64{20240116160738}, false, ""},
		{"RELEASE.2024-01-16T16-07-38Z-cpuv1", "RELEASE.DT-cpuv1", []uint64{20240116160738}, false, "RELEASE.DT-cpuv#"},
		{"main-1a2b3c4-1700000000", "main-@-D", []uint64{1700000000}, false, ""},
	} {
		v := Parse(c.tag)
		if v.Text != c.tag || v.Track != c.track || !slices.Equal(v.Release, c.release) || v.Pre != c.pre || v.Base != c.base {
			t.Errorf("Parse(%q) = track %q release %v pre %v base %q, want %q %v %v %q", c.tag, v.Track, v.Release, v.Pre, v.Base, c.track, c.release, c.pre, c.base)
		}
	}
}

func TestOrder(t *testing.T) {
	for _, tags := range [][]string{
		{"1.2.3-rc1", "1.2.3-rc2", "1.2.3-rc10", "1.2.3", "1.2.10"},
		{"3.13.0a1", "3.13.0a7", "3.13.0b1", "3.13.0rc1", "3.13.0"},
		{"1.0.0-9", "1.0.0-14"}, // updatecli #1321
		{"8.7-923.1669829893", "8.7-1049", "8.8-1"},
		{"5.7.38-debian-11-r12", "5.7.38-debian-11-r40", "5.7.40-debian-11-r3"},
		{"17.0.9_9-jre", "17.0.9_10-jre", "17.0.13_11-jre"},
		{"v3.9.0-177-ged5bcde", "v3.9.0-180-g0000000", "v3.10.0-169-gfe040d3"},
		{"21-ea-9", "21-ea-32", "22-ea-7"},
		{"1.0.0-rc.1.1", "1.0.0-rc.1.2", "1.0.0-rc.2"},
		{"8u332-b09-jdk", "8u342-b01-jdk", "8u342-b07-jdk"},
		{"bookworm-20240110-slim", "bookworm-20240211-slim"},
		{"v0.4.6rc1-cu124", "v0.4.6-cu124", "v0.4.6.post1-cu124", "v0.4.6.post5-cu124", "v0.4.7rc1-cu124", "v0.4.7-cu124"}, // lmsysorg/sglang
	} {
		for i := range len(tags) - 1 {
			a, b := Parse(tags[i]), Parse(tags[i+1])
			if version.Compare(a, b) >= 0 || version.Compare(b, a) <= 0 {
				t.Errorf("Compare(%s, %s) = %d, want less", a, b, version.Compare(a, b))
			}
			if a.Track != b.Track {
				t.Errorf("tracks of %s and %s: %q, %q; want the same", a, b, a.Track, b.Track)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "3.6.1-alpine3.12", "v3.9.0-177-ged5bcde", "RELEASE.2024-01-16T16-07-38Z", "-.-", "8u342-b07"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		v := Parse(tag)
		if v.Text != tag || version.Compare(v, v) != 0 {
			t.Errorf("Parse(%q) = %+v", tag, v)
		}
		if v.IsName() && v.Track != tag {
			t.Errorf("Parse(%q).Track = %q of a name", tag, v.Track)
		}
	})
}
