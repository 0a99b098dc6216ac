package policy

import (
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// below is wrong with every version before another one.
func below(fixed string) func(version.Version) bool {
	return func(v version.Version) bool { return version.Compare(v, dotted(fixed)) < 0 }
}

func TestFixes(t *testing.T) {
	for _, c := range []struct {
		name, pin, releases string
		wrong               []string // each is fixed in
		want                string
	}{
		{"nothing is wrong", "1.4.2", "1.4.3 1.5.0", nil, ""},
		{"nothing helps", "1.4.2", "1.4.3 2.0.0", []string{"9"}, ""},
		{"on the line, the newest first", "1.4.2", "1.4.3 1.4.4 1.4.5 1.5.0", []string{"1.4.4"}, "1.4.5 1.4.4; 1.5.0"},
		{"beyond the line, the nearest first", "1.4.2", "1.4.3 1.5.0 1.6.0 1.6.2 1.7.0 2.0.0", []string{"1.6.0"}, "1.6.2 1.6.0; 1.7.0; 2.0.0"},
		{"beyond the major, the nearest first", "1.4.2", "1.4.3 2.0.0 2.0.1 2.1.0 3.0.0", []string{"2.0.0"}, "2.0.1 2.0.0; 2.1.0; 3.0.0"},
		{"the smallest step first, also where it does not mend all", "1.4.2", "1.4.3 1.4.4 2.0.0", []string{"1.4.3", "2.0.0"}, "1.4.4 1.4.3; 2.0.0"},
		{"there what leaves the least first", "1.4.2", "1.4.3 1.4.4 1.4.5", []string{"1.4.3", "1.4.5"}, "1.4.5; 1.4.4 1.4.3"},
		{"then the rest", "1.4.4", "1.4.3 1.4.4 2.0.0", []string{"2.0.0"}, "2.0.0"},
		{"never a pre-release", "1.4.2", "1.4.3rc1 1.5.0", []string{"1.4.3rc1"}, "1.5.0"},
	} {
		q := Input{Pin: dotted(c.pin), Candidates: published(c.releases)}
		for _, fixed := range c.wrong {
			q.Affected = append(q.Affected, below(fixed))
		}
		var got []string
		for _, line := range (Policy{}).Choose(q).Fixes {
			var words []string
			for _, f := range line {
				words = append(words, f.Version.Text)
			}
			got = append(got, strings.Join(words, " "))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestMends(t *testing.T) {
	q := Input{Pin: dotted("1.4.2"), Candidates: published("1.4.5 1.4.3 1.5.0 2.0.0"), Affected: []func(version.Version) bool{below("1.4.3"), below("1.5.0"), below("2.0"), below("9")}}
	want := []string{"1.4.3 1.4.3 1.4.3", " 1.5.0 1.5.0", "  2.0.0", "  "}
	for n, m := range (Policy{}).Choose(q).FirstFixes {
		if got := strings.Join([]string{m.Safe.Text, m.Minor.Text, m.Any.Text}, " "); got != want[n] {
			t.Errorf("%d: %q, want %q", n, got, want[n])
		}
	}
}
