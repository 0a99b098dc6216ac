package debversion

import (
	"os/exec"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// TestOrder is the examples of deb-version(7) and of real suites.
func TestOrder(t *testing.T) {
	for _, c := range [][2]string{
		{"1.0~rc1-1", "1.0-1"}, {"1.0-1", "1.0-1+deb12u1"}, {"1.0-1+deb12u1", "1.0-1+deb12u2"}, {"1.0-1+deb12u2", "1.0-1+deb12u10"}, {"7.88.1-10+deb12u5", "7.88.1-10+deb12u12"},
		{"2:8.39-13", "10:1.0"}, {"1.2-1", "1.2.1-1"}, {"1.2a", "1.2.1"}, {"1.2+x", "1.2.1"}, {"1.0-1~bpo12+1", "1.0-1"}, {"1.9", "1.10"}, {"0.1", "1"},
	} {
		a, okA := Parse(c[0])
		b, okB := Parse(c[1])
		if !okA || !okB || version.Compare(a, b) >= 0 {
			t.Errorf("%s is not before %s", c[0], c[1])
		}
	}
	for _, text := range []string{"", "a", "-1", "1:", "1 0", "1_0", "1.0\n"} {
		if v, ok := Parse(text); ok {
			t.Errorf("Parse(%q) = %v", text, v)
		}
	}
}

// TestAgainstDpkg compares with dpkg where it is installed.
func TestAgainstDpkg(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil || testing.Short() {
		t.Skip("dpkg is not asked")
	}
	text := rapid.StringMatching(`([12]:)?[0-9]{1,2}(\.[0-9]{1,2}){0,2}([a-c~+][0-9]?){0,2}(-[0-9]([.+~][a-c0-9]{1,2}){0,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		v, okV := Parse(a)
		w, okW := Parse(b)
		if !okV || !okW {
			t.Fatalf("Parse(%q) %v, Parse(%q) %v", a, okV, b, okW)
		}
		older := exec.Command("dpkg", "--compare-versions", a, "lt", b).Run() == nil
		if got := version.Compare(v, w) < 0; got != older {
			t.Errorf("%s before %s: %v, dpkg says %v", a, b, got, older)
		}
	})
}
