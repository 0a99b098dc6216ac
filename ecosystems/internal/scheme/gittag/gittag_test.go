package gittag

import (
	"fmt"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/version"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ tag, track, release string }{
		{"v4", "v#", "[4]"},
		{"v4.2", "v#.#.#", "[4 2]"},
		{"v4.2.1", "v#.#.#", "[4 2 1]"},
		{"1.2.3", "#.#.#", "[1 2 3]"},
		{"v1.2.3.4", "v#.#.#", "[1 2 3 4]"},
		{"name/v1.2.3", "name/v#.#.#", "[1 2 3]"},
		{"name-v1.2.3", "name-v#.#.#", "[1 2 3]"},
		{"@scope/name@1.2.3", "@scope/name@#.#.#", "[1 2 3]"},
		{"pkg@v1.2.3", "pkg@v#.#.#", "[1 2 3]"},
		{"release-1.2", "release-#.#.#", "[1 2]"},
		{"release/1.2", "release/#.#.#", "[1 2]"},
		{"rel_1_2_3", "rel_#.#.#", "[1 2 3]"},
		{"codeql-bundle-v2.16.0", "codeql-bundle-v#.#.#", "[2 16 0]"},
		{"cargo-llvm-cov-0.5.0", "cargo-llvm-cov-#.#.#", "[0 5 0]"},
		{"v1.2.3-rc.1", "v#.#.#", "[1 2 3]"},
		{"v1.2.3beta1", "v#.#.#", "[1 2 3]"},
		{"1.2.3b1", "#.#.#", "[1 2 3]"},
		{"20.8b1", "#.#.#", "[20 8]"},
		{"v3-node20", "v#-node20", "[3]"},
		{"v1.0.0-node20", "v#.#.#-node20", "[1 0 0]"},
		{"v2-beta", "v#", "[2]"},
		{"v1.2.3+build", "v#.#.#+build", "[1 2 3]"},
		{"2024.01.02", "Y.#.#", "[2024 1 2]"},
		{"main", "main", "[]"},
		{"v1.x", "v1.x", "[]"},
		{"feature/x", "feature/x", "[]"},
		{"stable", "stable", "[]"},
		{"", "", "[]"},
		{"/", "/", "[]"},
	} {
		v := Parse(c.tag)
		if v.Text != c.tag || v.Track != c.track || fmt.Sprint(v.Release) != c.release {
			t.Errorf("Parse(%q) = %q %v on %q, want %s on %q", c.tag, v.Text, v.Release, v.Track, c.release, c.track)
		}
	}
	if pre := Parse("v1.2.3-rc.1"); !pre.Pre || version.Compare(pre, Parse("v1.2.3")) >= 0 || version.Compare(pre, Parse("v1.2.2")) <= 0 {
		t.Errorf("a pre-release: %+v", pre)
	}
}

// tags reads "v1.2=a v1.2.3=b": names and commits.
func tags(text string) (list []Tag) {
	for _, word := range strings.Fields(text) {
		name, commit, _ := strings.Cut(word, "=")
		list = append(list, Tag{name, commit})
	}
	return list
}

// TestReader: what a repository says about its tags.
func TestReader(t *testing.T) {
	for _, c := range []struct {
		name, tags string
		a, b       string // on one track
		same       bool
		floats     string // those that are moved along
	}{
		{"two numbers are moved along", "v4=b v4.2=b v4.2.0=a v4.2.1=b", "v4.2", "v4.2.1", false, "v4 v4.2"},
		{"and then all of them are lines", "v4.1=x v4.2=b v4.2.1=b v4.3=y", "v4.1", "v4.3", true, "v4.1 v4.2 v4.3"},
		{"two numbers are releases", "v2.0=a v2.0.1=b v2.1=c", "v2.0", "v2.0.1", true, ""},
		{"only two numbers", "v1.9=a v1.10=b", "v1.9", "v1.10", true, ""},
		{"black: a pre-release has two", "20.8b1=a 22.3.0=b", "20.8b1", "22.3.0", true, ""},
		{"four numbers", "1.2.3=a 1.2.3.4=b", "1.2.3", "1.2.3.4", true, ""},
		{"the v came later", "1.2.3=a v1.3.0=b", "1.2.3", "v1.3.0", true, ""},
		{"the v came later, behind a name", "x-1.2.3=a x-v1.3.0=b", "x-1.2.3", "x-v1.3.0", true, ""},
		{"both spellings of a version", "1.2.3=a v1.2.3=a v1.3.0=b", "1.2.3", "v1.3.0", false, ""},
		{"names stay apart", "a/v1.0.0=a b/v1.1.0=b", "a/v1.0.0", "b/v1.1.0", false, ""},
		{"one number is a line", "v1=a v2=b", "v1", "v2", true, "v1 v2"},
		{"a variant is a track", "v1.0.0=a v1.1.0-node20=b", "v1.0.0", "v1.1.0-node20", false, ""},
	} {
		list := tags(c.tags)
		r := NewReader(list)
		if same := r.Parse(c.a).Track == r.Parse(c.b).Track; same != c.same {
			t.Errorf("%s: %s on %q, %s on %q", c.name, c.a, r.Parse(c.a).Track, c.b, r.Parse(c.b).Track)
		}
		var floats []string
		for _, tag := range list {
			if r.Floats(r.Parse(tag.Name)) {
				floats = append(floats, tag.Name)
			}
		}
		if got := strings.Join(floats, " "); got != c.floats {
			t.Errorf("%s: %q are moved along, want %q", c.name, got, c.floats)
		}
	}
}

// TestAnyTag: every text is taken apart or is a name, and keeps its text.
func TestAnyTag(t *testing.T) {
	part := rapid.SampledFrom([]string{"v", "V", "1", "2", "10", ".", "-", "_", "/", "@", "rc", "beta", "x", "release", "node20", "+", "é", ""})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 0, 9).Draw(t, "parts"), "")
		r := NewReader([]Tag{{text, "a"}, {"v1.2.3", "a"}, {"v1.2", "a"}})
		v := r.Parse(text)
		if v.Text != text || !strings.HasPrefix(text, v.Prefix) || v.Track == "" && text != "" && v.IsName() {
			t.Fatalf("Parse(%q) = %+v", text, v)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, tag := range []string{"v4.2.1", "name/v1.2-rc.1", "@a/b@1", "2024-01-01"} {
		f.Add(tag)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		if v := NewReader([]Tag{{tag, "a"}}).Parse(tag); v.Text != tag {
			t.Errorf("Parse(%q).Text = %q", tag, v.Text)
		}
	})
}
