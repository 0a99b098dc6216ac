package version

import "testing"

func plain(text string, release ...uint64) Version {
	return Version{Text: text, Release: release, Order: []Part{{Class: 1}}}
}

func TestCompare(t *testing.T) {
	rc := plain("1.0rc1", 1, 0)
	rc.Pre, rc.Order = true, []Part{{Class: 0, N: 1}}
	for _, c := range []struct {
		a, b Version
		want int
	}{
		{plain("1.9", 1, 9), plain("1.10", 1, 10), -1},
		{plain("1.0", 1, 0), plain("1.0.0", 1, 0, 0), 0},
		{rc, plain("1.0", 1, 0), -1},
		{Version{Text: "1!0", Epoch: 1, Release: []uint64{0}}, plain("9", 9), 1},
		{Version{Text: "latest"}, Version{Text: "stable"}, 0},
	} {
		if got := Compare(c.a, c.b); got != c.want {
			t.Errorf("Compare(%s, %s) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Compare(c.b, c.a); got != -c.want {
			t.Errorf("Compare(%s, %s) = %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

func TestBetween(t *testing.T) {
	date := func(text string, n uint64) Version { return Version{Text: text, Release: []uint64{n}, NamedDate: true} }
	for _, c := range []struct {
		a, b Version
		line Line
		want Level
	}{
		{plain("3.6.1", 3, 6, 1), plain("3.6.1", 3, 6, 1), LineMinor, Digest},
		{plain("3.6.1", 3, 6, 1), plain("3.6.9", 3, 6, 9), LineMinor, Patch},
		{plain("3.6.1", 3, 6, 1), plain("3.7.0", 3, 7, 0), LineMinor, Minor},
		{plain("3.6.1", 3, 6, 1), plain("3.7.0", 3, 7, 0), LineMajor, Patch},
		{plain("3.6.1", 3, 6, 1), plain("4.0.0", 4, 0, 0), LineMajor, Major},
		{plain("3.6.1", 3, 6, 1), plain("4.0.0", 4, 0, 0), LineAny, Patch},
		{plain("0.12", 0, 12), plain("0.13", 0, 13), LineMinor, Minor},
		{date("bookworm-20240110", 20240110), date("bookworm-20240211", 20240211), LineMinor, Patch},
		{plain("20240315", 20240315), plain("20250108", 20250108), LineMinor, Major},
	} {
		if got := Between(c.a, c.b, c.line); got != c.want {
			t.Errorf("Between(%s, %s, %d) = %s, want %s", c.a, c.b, c.line, got, c.want)
		}
	}
}

func TestLineName(t *testing.T) {
	for _, c := range []struct {
		line Line
		v    Version
		want string
	}{
		{LineMinor, plain("3.6.1", 3, 6, 1), "3.6"},
		{LineMinor, plain("3", 3), "3"},
		{LineMajor, plain("16.2", 16, 2), "16"},
		{LineAny, plain("2017.4", 2017, 4), ""},
		{LineMinor, Version{Text: "20.04", Release: []uint64{20, 4}, Padded: true}, "20.04"},
		{LineMinor, Version{Text: "latest"}, ""},
	} {
		if got := c.line.Name(c.v); got != c.want {
			t.Errorf("Line(%d).Name(%s) = %q, want %q", c.line, c.v, got, c.want)
		}
	}
}

func TestNewerBase(t *testing.T) {
	on := func(parts ...Part) Version { return Version{Base: "#-cudnn#-ubuntu#.#", BaseOrder: parts} }
	old := on(Part{1, 8, ""}, Part{2, 22, ""}, Part{2, 4, ""})
	for _, c := range []struct {
		v    Version
		want bool
	}{
		{old, false},
		{on(Part{1, 8, ""}, Part{2, 24, ""}, Part{2, 4, ""}), true},
		{on(Part{1, 9, ""}, Part{2, 22, ""}, Part{2, 4, ""}), true},
		{on(Part{1, 9, ""}, Part{2, 20, ""}, Part{2, 4, ""}), false}, // one newer, one older
		{Version{Base: "#-debian#", BaseOrder: []Part{{1, 12, ""}}}, false},
		{Version{}, false},
	} {
		if got := c.v.NewerBase(old); got != c.want {
			t.Errorf("%v newer than %v: %v, want %v", c.v.BaseOrder, old.BaseOrder, got, c.want)
		}
	}
}
