package release

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// TestOrder is versions in the order in which they were published.
func TestOrder(t *testing.T) {
	for _, list := range [][]string{
		{"3.2.9", "3.2.13", "4.0.0-rc1", "4.0.0-rc2", "4.0.0", "4.0.1"},
		{"1.1.1", "1.1.1a", "1.1.1t", "1.1.1w", "3.0.0"},
		{"1.21rc2", "1.21.0", "1.21.1"},
		{"3.12.0a7", "3.12.0b1", "3.12.0rc3", "3.12.0"},
		{"17.0.8+7", "17.0.8.1+1", "17.0.9+9", "21+35"},
		{"1_81_0", "1_82_0"}, {"7_88_1", "8_0_0"}, {"72-1", "73-2"},
		{"1.2.3", "1.2.3-1", "1.2.3-2", "1.2.3-10"},
		{"2.35.1", "2.35.1.windows.1"}, // the second is a variant
		{"1.0-SNAPSHOT", "1.0"}, {"5.0.0-M3", "5.0.0.Final"},
		{"2023-07-07T07-13-57Z", "2023-07-11T21-29-34Z"}, {"20230701", "20230801"},
		{"1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"},
		{"6.0", "6.0.1", "6.1"}, {"1.27.4+k3s1", "1.27.4+k3s2"}, {"9.6p1", "9.7p1"},
	} {
		for n := 1; n < len(list); n++ {
			a, okA := Parse(list[n-1])
			b, okB := Parse(list[n])
			if !okA || !okB || a.Track == b.Track && version.Compare(a, b) >= 0 {
				t.Errorf("%s (%+v) is not before %s (%+v)", list[n-1], a, list[n], b)
			}
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, track string
		pre, ok     bool
	}{
		{"3.2.13", "", false, true}, {"4.0.0-rc.1", "", true, true}, {"1.0-SNAPSHOT", "", true, true}, {"1.2.3-linux-amd64", "-linux-amd64", false, true},
		{"2.35.1.windows.2", ".windows.2", false, true}, {"1.2.3-nightly-20230101", "", true, true}, {"5", "", false, true},
		{"v1", "", false, false}, {"", "", false, false}, {"latest", "", false, false}, {"99999999999999999999", "", false, false},
	} {
		v, ok := Parse(c.text)
		if ok != c.ok || v.Track != c.track || v.Pre != c.pre {
			t.Errorf("Parse(%q) = %+v, %v", c.text, v, ok)
		}
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"v1.2.3", "1.2.3"}, {"1.2.3", "1.2.3"}, {"redis-3.2.9", "3.2.9"}, {"curl-7_88_1", "7_88_1"}, {"jdk-17.0.9+9", "17.0.9+9"}, {"kustomize/v5.0.0", "5.0.0"},
		{"go1.21rc2", "1.21rc2"}, {"release-4.0.0-rc1", "4.0.0-rc1"}, {"httpd-2.4.57.tar.bz2", "2.4.57"}, {"openssl-1.1.1t.tar.gz", "1.1.1t"}, {"gcc-13.1.0", "13.1.0"},
		{"docker-24.0.5.tgz", "24.0.5"}, {"apache-maven-3.9.4-bin.tar.gz", "3.9.4"}, {"REL_15_3", "15_3"}, {"r8", "8"}, {"v5", "5"}, {"latest", ""}, {"x86", ""},
		{"RELEASE.2023-07-07T07-13-57Z", "2023-07-07T07-13-57Z"}, {"v2.35.1.windows.2", "2.35.1.windows.2"}, {"20230701", "20230701"},
	} {
		got := ""
		if start, end, ok := Find(c.text); ok {
			got = c.text[start:end]
		}
		if got != c.want {
			t.Errorf("Find(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1.2.3-rc.1")
	f.Fuzz(func(t *testing.T, text string) {
		if v, ok := Parse(text); ok && (v.Text != text || len(v.Release) == 0) {
			t.Fatalf("%+v", v)
		}
		if start, end, ok := Find(text); ok && (start >= end || end > len(text)) {
			t.Fatal(start, end)
		}
	})
}
