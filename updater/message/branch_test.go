package message

import (
	"strings"
	"testing"

	"github.com/freshpin/freshpin/updater/forge"
)

func TestBranch(t *testing.T) {
	for _, c := range [][2]string{
		{"dockerfile", "freshpin/dockerfile"},
		{"first-digests", "freshpin/first-digests"},
		{"gomod/golang.org/x/net", "freshpin/gomod-golang.org-x-net-b87deb74"},
		{"", "freshpin/e3b0c442"},
	} {
		if got := Branch(c[0]); got != c[1] {
			t.Errorf("Branch(%q) = %q, want %q", c[0], got, c[1])
		}
	}
	seen := map[string]string{}
	for _, group := range []string{
		"a", "A", "a/b", "a-b", "a b", "a..b", "a.lock", "a.lock.lock", ".a", "a.", "-a", "@", "@{", "HEAD", "~^:?*[\\", "é", "..", ".", "/", "a//b", "in/./gomod", "in/gomod",
		strings.Repeat("long/", 50) + "1", strings.Repeat("long/", 50) + "2", strings.Repeat("x", 91), strings.Repeat("x", 92), Branch("a/b")[len(forge.Prefix):],
	} {
		b := Branch(group)
		if other, taken := seen[b]; taken {
			t.Errorf("Branch(%q) = Branch(%q) = %q", group, other, b)
		}
		seen[b] = group
		checkRef(t, group, b)
	}
}

// checkRef holds a name to git-check-ref-format(1).
func checkRef(t *testing.T, group, b string) {
	t.Helper()
	rest, ok := strings.CutPrefix(b, forge.Prefix)
	if !ok || len(b) > maxBranch || rest == "" || strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("~^:?*[\\/@{}", r) }) ||
		strings.Contains(b, "..") || strings.HasSuffix(b, ".lock") || strings.HasPrefix(rest, ".") || strings.HasSuffix(b, ".") || strings.HasPrefix(rest, "-") || b != strings.ToLower(b) {
		t.Errorf("Branch(%q) = %q is no safe name", group, b)
	}
}

func FuzzBranch(f *testing.F) {
	f.Add("a/b", "a-b")
	f.Add("x.lock", "..")
	f.Fuzz(func(t *testing.T, a, b string) {
		checkRef(t, a, Branch(a))
		if a != b && Branch(a) == Branch(b) {
			t.Errorf("Branch(%q) = Branch(%q) = %q", a, b, Branch(a))
		}
	})
}
