package pep440

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems/version"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, normal, track string
		padded              bool
	}{
		{" V1!01.0-RC_1-2.DEV+Ubuntu-01 ", "1!1.0rc1.post2.dev0+ubuntu.1", "+ubuntu.1", false}, // number separated from the second post
		{"1.0a-", "1.0a0", "", false}, // a separator without a number
		{"1.0a--1", "1.0a0.post1", "", false},
		{"20.04", "20.4", "", true},
		{"2017.04.17", "2017.4.17", "", true},
		{"3.10.00", "3.10.0", "", false},
		{"1.0+99999999999999999999999999", "1.0+99999999999999999999999999", "+99999999999999999999999999", false},
		{"2.1.0+CU118", "2.1.0+cu118", "+cu118", false},
	} {
		v, ok := Parse(c.text)
		if !ok || v.Text != c.normal || v.Track != c.track || v.Padded != c.padded {
			t.Errorf("Parse(%q) = %q, %q, %t, %t", c.text, v.Text, v.Track, v.Padded, ok)
		}
	}
	for _, text := range []string{"", "v", "1.0.*", "1.0+", "latest", "1,0", "1.99999999999999999999", "1.0\u00a0", "1.0 1", "1.0+a+b"} {
		if v, ok := Parse(text); ok {
			t.Errorf("Parse(%q) = %s, want none", text, v)
		}
	}
}

// TestContains holds the rows on which releases of packaging differ: the newest is right.
func TestContains(t *testing.T) {
	for _, c := range []struct {
		spec, version string
		want          bool
	}{
		{"==1!1.0.*", "1!1", true}, // an epoch with padding
		{"==1!1.*", "1.5", false},
		{"==1.0.0.*", "1.0rc1", true}, // a wildcard longer than the release
		{"==1.0.0.*", "1.0.1rc1", false},
		{"==v01.0.*", "1.0.5", true}, // not in normal form
		{"~=1.4.5A4", "1.4.5a5", true},
		{"~=2!1.4", "2!1.9", true},
		{"~=2!1.4", "1.9", false},
		{"===1.0", "1.0.0", false},
		{"", "1.0", true},
		{">=1.0,", "1.0", true},
		{"<3.1", "3.1.dev0", false},
		{"<3.1", "3.0.dev0", true},
		{">1.7", "1.7.0.post1", false},
		{">1.7.post2", "1.7.0.post3", true},
		{">1.0", "1.0+local", false},
		{"!=1.0", "1.0+local", false},
		{"<=1.0", "1.0+local", true},
	} {
		s, err := ParseSpecifiers(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := Parse(c.version)
		if got := s.Contains(v, true); got != c.want {
			t.Errorf("%q contains %s = %t, want %t", c.spec, c.version, got, c.want)
		}
		if got := s.Contains(version.Version{Text: c.version}, true); got != c.want {
			t.Errorf("%q contains the mere text %s = %t, want %t", c.spec, c.version, got, c.want)
		}
	}
}

func TestClauses(t *testing.T) {
	const text = " >= 1.4 ,<1.5,!=1.4.*,,===x "
	s, err := ParseSpecifiers(text)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{">=1.4", "<1.5", "!=1.4.*", "===x"}
	for i, c := range s {
		if c.String() != want[i] || text[c.Start:c.End] != c.Text {
			t.Errorf("clause %d = %s at %q, want %s", i, c, text[c.Start:c.End], want[i])
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1!2.0rc1.post2.dev3+ubuntu.1", "v1.0-1", "1.0a--1", "20.04"} {
		f.Add(s, "1.0")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		v, ok := Parse(a)
		if !ok {
			return
		}
		if again, ok := Parse(v.Text); !ok || again.Text != v.Text || version.Compare(v, again) != 0 {
			t.Errorf("Parse(%q) = %s, which reads as %s", a, v, again)
		}
		if w, ok := Parse(b); ok && version.Compare(v, w) != -version.Compare(w, v) {
			t.Errorf("Compare(%s, %s) is not the reverse of the other", v, w)
		}
	})
}

func FuzzParseSpecifiers(f *testing.F) {
	for _, s := range []string{">=1.4,<1.5", "~= 1.4.2, !=1.5", "==1.*", "===x", "==1.0+l"} {
		f.Add(s, "1.4.9")
	}
	f.Fuzz(func(t *testing.T, text, of string) {
		s, err := ParseSpecifiers(text)
		if err != nil {
			return
		}
		for _, c := range s {
			if text[c.Start:c.End] != c.Text {
				t.Errorf("%q: clause %s stands at %q", text, c, text[c.Start:c.End])
			}
		}
		if v, ok := Parse(of); ok && s.Contains(v, false) && !s.Contains(v, true) {
			t.Errorf("%q contains %s only without pre-releases", text, v)
		}
	})
}
