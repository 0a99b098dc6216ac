package plan

import "testing"

func TestCount(t *testing.T) {
	for _, c := range []struct {
		n          int
		noun, want string
	}{
		{0, "repository", "0 repositories"},
		{1, "repository", "1 repository"},
		{2, "security fix", "2 security fixes"},
		{3, "branch", "3 branches"},
		{2, "day", "2 days"},
		{1, "pull request", "1 pull request"},
		{21, "file", "21 files"},
	} {
		if got := Count(c.n, c.noun); got != c.want {
			t.Errorf("Count(%d, %q) = %q, want %q", c.n, c.noun, got, c.want)
		}
	}
}
