package lifecycle

import "testing"

func TestHabit(t *testing.T) {
	for _, c := range []struct {
		want     string
		subjects []string
	}{
		{"plain", nil},
		{"plain", []string{"Fix the tests", "Merge pull request #1", "feat: one"}},
		{"conventional", []string{"feat: one", "fix(api)!: two", "Merge branch 'x'", "Update README"}},
		{"plain", []string{"api: do this", "net/http: do that", "Fix"}},
	} {
		if got := habit(c.subjects); got != c.want {
			t.Errorf("%v: %s, want %s", c.subjects, got, c.want)
		}
	}
}
