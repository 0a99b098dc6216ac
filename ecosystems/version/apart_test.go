package version

import (
	"slices"
	"strings"
	"testing"
)

// tagged makes a version of a track from its three parts.
func tagged(prefix, shape, variant string, release ...uint64) Version {
	v := plain(prefix+shape+variant, release...)
	v.Prefix, v.Variant, v.Track = prefix, variant, prefix+shape+variant
	return v
}

func TestApart(t *testing.T) {
	pin := tagged("", "#.#.#", "-alpine", 1, 2, 3)
	for _, c := range []struct {
		w    Version
		want string
	}{
		{pin, ""},
		{tagged("v", "#.#.#", "-alpine", 1, 2, 4), "prefix"},
		{tagged("", "#.#", "-alpine", 1, 3), "precision"},
		{tagged("", "#", "-alpine", 2), "precision"},
		{tagged("", "D", "-alpine", 20240101), "numbering"},
		{tagged("", "10.0.17763.#", "-alpine", 10, 0, 17763, 1), "variant"},
		{tagged("", "Y.#.#", "-alpine", 2021, 12, 16), "numbering"},
		{tagged("", "#_#_#", "-alpine", 1, 2, 4), "numbering"},
		{tagged("", "#.#.#", "", 1, 2, 4), "variant"},
		{tagged("v", "#.#", "-slim", 1, 3), "prefix precision variant"},
	} {
		if got := strings.Join(Apart(pin, c.w), " "); got != c.want {
			t.Errorf("Apart(%s, %s) = %q, want %q", pin, c.w, got, c.want)
		}
	}
}

func TestElsewhere(t *testing.T) {
	pin := tagged("", "#.#.#", "-alpine", 1, 2, 3)
	var all []Candidate
	add := func(v Version) { all = append(all, Candidate{Version: v}) }
	add(pin)
	add(tagged("", "#.#.#", "-alpine", 1, 2, 9)) // on the track
	add(tagged("", "#.#.#", "", 1, 2, 3))        // not newer
	add(tagged("", "#.#.#", "", 1, 2, 9))
	add(tagged("", "#.#.#", "-slim", 1, 3, 0))
	add(tagged("v", "#.#.#", "-alpine", 1, 2, 5))
	add(Version{Text: "latest", Track: "latest"})
	pre := tagged("", "#.#.#", "-slim", 9, 0, 0)
	pre.Pre = true
	add(pre)
	for range 2 { // in both orders
		var got []string
		for _, g := range Elsewhere(pin, all) {
			got = append(got, strings.Join(g.Why, " ")+" "+g.Newest.Variant+strings.Repeat("+", g.Count))
		}
		if want := []string{"prefix -alpine+", "variant -slim++"}; !slices.Equal(got, want) {
			t.Errorf("Elsewhere = %q, want %q", got, want)
		}
		slices.Reverse(all)
	}
}
