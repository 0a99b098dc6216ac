package gosemver

import (
	"go/version"
	"reflect"
	"testing"

	gover "golang.org/x/mod/semver"
	"pgregory.net/rapid"

	ours "github.com/freshpin/freshpin/ecosystems/version"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text    string
		release []uint64
		pre, ok bool
	}{
		{"v0.0.0-20191109021931-daa7c04131f5", []uint64{0, 0, 0}, true, true},
		{"v2.0.1-0.20200102030405-daa7c04131f5+incompatible", []uint64{2, 0, 1}, true, true},
		{"v29.8.2+incompatible", []uint64{29, 8, 2}, false, true},
		{"v1.0.0-rc.4", []uint64{1, 0, 0}, true, true},
		{"v1.0.0--", []uint64{1, 0, 0}, true, true},
		{"v1.2.3", []uint64{1, 2, 3}, false, true},
		{"v1.2.3+meta", nil, false, false}, // not canonical
		{"v1.2", nil, false, false},
		{"v1", nil, false, false},
		{"1.2.3", nil, false, false},
		{"v01.2.3", nil, false, false},
		{"v1.2.3-01", nil, false, false},
		{"v99999999999999999999.0.0", nil, false, false}, // over 64 bits
		{"master", nil, false, false},
		{"latest", nil, false, false},
		{"", nil, false, false},
	} {
		v, ok := Parse(c.text)
		if ok != c.ok || v.Pre != c.pre || !reflect.DeepEqual(v.Release, c.release) || ok && v.Text != c.text {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", c.text, v, ok, c)
		}
	}
}

// The order is that of golang.org/x/mod/semver.
func TestOrder(t *testing.T) {
	text := rapid.StringMatching(`v[0-2]\.[0-2]\.[0-2](-([0-9]|1[0-9]{20}|[a-c-]|[0-9a-c-]{1,3})(\.([0-9]|1[0-9]{20,21}|[a-z-]{1,2})){0,3})?(\+incompatible)?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		v, okV := Parse(a)
		w, okW := Parse(b)
		if okV != gover.IsValid(a) || okW != gover.IsValid(b) {
			t.Fatalf("Parse(%q) %v, Parse(%q) %v", a, okV, b, okW)
		}
		if !okV || !okW {
			return
		}
		if got, want := ours.Compare(v, w), gover.Compare(a, b); got != want {
			t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
		}
	})
}

func TestToolchain(t *testing.T) {
	for _, c := range []struct {
		text    string
		release []uint64
		pre     bool
	}{
		{"go1.26.1", []uint64{1, 26, 1}, false},
		{"go1.27rc2", []uint64{1, 27}, true},
		{"go1.21beta1", []uint64{1, 21}, true},
		{"go1.20", []uint64{1, 20}, false},
		{"go1.26.1-custom", nil, false},
		{"go1.26.01", nil, false},
		{"go1.rc1", nil, false},
		{"go1.26rc", nil, false},
		{"go1", nil, false},
		{"1.26.1", nil, false},
		{"default", nil, false},
		{"", nil, false},
	} {
		v, ok := ParseToolchain(c.text)
		if ok != (c.release != nil) || v.Pre != c.pre || ok && !reflect.DeepEqual(v.Release, c.release) {
			t.Errorf("ParseToolchain(%q) = %+v, %v, want %+v", c.text, v, ok, c)
		}
	}
}

// The order is that of go/version, for the names in use since Go 1.21.
func TestToolchainOrder(t *testing.T) {
	text := rapid.StringMatching(`go1\.2[1-3](rc[0-9]{1,2}|beta[1-2]|\.[0-9]{1,2})`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		v, okV := ParseToolchain(a)
		w, okW := ParseToolchain(b)
		if okV && okW && ours.Compare(v, w) != version.Compare(a, b) {
			t.Errorf("Compare(%s, %s) = %d, want %d", a, b, ours.Compare(v, w), version.Compare(a, b))
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"v1.2.3-rc.1+incompatible", "v0.0.0-20191109021931-daa7c04131f5", "go1.27rc2", "v1.0.0-18446744073709551616"} {
		f.Add(s, "v1.2.3")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		v, okV := Parse(a)
		w, okW := Parse(b)
		if okV && okW && ours.Compare(v, w) != gover.Compare(a, b) {
			t.Errorf("Compare(%q, %q) = %d, want %d", a, b, ours.Compare(v, w), gover.Compare(a, b))
		}
		if _, ok := ParseToolchain(a); ok && okV {
			t.Errorf("%q is a version and a toolchain", a)
		}
	})
}
