package policy

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems/version"
)

func release(numbers ...uint64) version.Version { return version.Version{Text: "x", Release: numbers} }

func TestVersions(t *testing.T) {
	for _, test := range []struct {
		text    string
		of      version.Version
		allowed bool
	}{
		{"<17", release(16, 9), true}, {"<17", release(17), false}, {"<17", release(17, 0, 1), false},
		{"< v17.0", release(17), false}, {">=4.2, <5, !=4.2.3", release(4, 2, 3), false}, {">=4.2, <5, !=4.2.3", release(4, 2, 4), true},
		{">=4.2,<5", release(4, 1, 9), false}, {"4.*", release(4, 9), true}, {"4.x", release(5), false}, {"==4.2", release(4, 2, 0), true},
		{"4.2", release(4, 2, 1), false}, {"!=4.*", release(4, 2), false}, {"!=4.*", release(5), true},
		{"~=4.2", release(4, 9), true}, {"~=4.2", release(5), false}, {"~=4.2.1", release(4, 3), false}, {"~=4.2.1", release(4, 2, 9), true},
		{"~1.2", release(1, 2, 9), true}, {"~1.2", release(1, 3), false}, {"^1.2", release(1, 9), true}, {"^1.2", release(2), false},
		{"^0.2", release(0, 2, 9), true}, {"^0.2", release(0, 3), false}, {"<=4.*", release(4, 9), true}, {">4.*", release(4, 9), false},
		{"/^2\\./", version.Version{Text: "2.1-alpine"}, true}, {"/^2\\./", version.Version{Text: "12.1"}, false},
	} {
		v, err := ParseVersions(test.text)
		if err != nil || v.Allow(test.of) != test.allowed {
			t.Errorf("%s allows %v: %v, want %v (%v)", test.text, test.of.Release, v.Allow(test.of), test.allowed, err)
		}
	}
	for _, text := range []string{"", "x", "<", "<17 and more", "~=4", "1.2.3.4.5.6.7", "99999999999999999999", "/(/", "<17,"} {
		if v, err := ParseVersions(text); err == nil {
			t.Errorf("%q is read as %v", text, v)
		}
	}
	if !(Versions{}).Allow(release(1)) {
		t.Error("the zero Versions refuse something")
	}
}
