package updater_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/updater/plan"
)

// A bound is one requirement of a release: of which package, and what of it.
type bound struct {
	name, op string
	v        [3]int
}

// A small is a world of a few packages, whose releases are known by their numbers alone.
type small struct {
	names    []string
	releases map[string][][3]int // in order
	requires map[string][]bound  // by "name 1.0.0"
	pins     map[string][3]int
	minor    bool // allow: minor
}

func dotted(v [3]int) string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// randomSmall makes a world: releases require each other at random, twins exactly.
func randomSmall(r *rand.Rand) small {
	s := small{names: []string{"a", "b", "c", "d"}[:2+r.IntN(3)], releases: map[string][][3]int{}, requires: map[string][]bound{}, pins: map[string][3]int{}, minor: r.IntN(2) == 0}
	for _, n := range s.names {
		for i := range 2 + r.IntN(4) {
			s.releases[n] = append(s.releases[n], [3]int{1, i / 3, i % 3})
		}
		s.pins[n] = s.releases[n][r.IntN(2)]
	}
	for _, n := range s.names {
		for _, v := range s.releases[n] {
			for _, other := range s.names {
				if other == n || r.IntN(3) > 0 {
					continue
				}
				of := s.releases[other]
				b := bound{other, []string{"==", ">=", "<", "<=", "!="}[r.IntN(5)], of[r.IntN(len(of))]}
				s.requires[n+" "+dotted(v)] = append(s.requires[n+" "+dotted(v)], b)
			}
		}
	}
	return s
}

// text describes the world, and the file that pins everything in it.
func (s small) text() (world, file string) {
	for _, n := range s.names {
		for _, v := range s.releases[n] {
			world += "pypi " + n + " " + dotted(v)
			var dists []string
			for _, b := range s.requires[n+" "+dotted(v)] {
				dists = append(dists, b.name+b.op+dotted(b.v))
			}
			if dists != nil {
				world += " requires=" + strings.Join(dists, ";")
			}
			world += "\n"
		}
		file += n + "==" + dotted(s.pins[n]) + "\n"
	}
	return world, file
}

func (b bound) admits(v [3]int) bool {
	c := slices.Compare(v[:], b.v[:])
	switch b.op {
	case "==":
		return c == 0
	case ">=":
		return c >= 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	}
	return c != 0
}

// broken returns the pairs of packages of which the first requires what the second is not.
func (s small) broken(at map[string][3]int) map[[2]string]bool {
	out := map[[2]string]bool{}
	for _, n := range s.names {
		for _, b := range s.requires[n+" "+dotted(at[n])] {
			if !b.admits(at[b.name]) {
				out[[2]string{n, b.name}] = true
			}
		}
	}
	return out
}

// fits reports whether everything is satisfied that was before.
func (s small) fits(at map[string][3]int) bool {
	before := s.broken(s.pins)
	for pair := range s.broken(at) {
		if !before[pair] {
			return false
		}
	}
	return true
}

// may returns where a pin may go: the newest first, itself last.
func (s small) may(name string) (out [][3]int) {
	is := s.pins[name]
	for _, v := range slices.Backward(s.releases[name]) {
		if slices.Compare(v[:], is[:]) >= 0 && (s.minor || v[1] == is[1]) {
			out = append(out, v)
		}
	}
	return out
}

// cost counts what is worse than the newest of all: first the pins that stay
// although they might move, then those that fall back, then how far.
func (s small) cost(at map[string][3]int) (out [3]int) {
	for _, n := range s.names {
		all := s.may(n)
		k := slices.Index(all, at[n])
		switch {
		case k == 0:
		case at[n] == s.pins[n]:
			out[0]++
		default:
			out[1]++
			out[2] += k
		}
	}
	return out
}

// best tries everything.
func (s small) best() (best [3]int) {
	best[0] = 99
	at := map[string][3]int{}
	var try func(n int)
	try = func(n int) {
		if n == len(s.names) {
			if c := s.cost(at); s.fits(at) && slices.Compare(c[:], best[:]) < 0 {
				best = c
			}
			return
		}
		for _, v := range s.may(s.names[n]) {
			at[s.names[n]] = v
			try(n + 1)
		}
	}
	try(0)
	return best
}

// TestSetsByForce: on small worlds the plan leads to what trying everything
// finds: all that was satisfied is satisfied, nothing goes back, and no other
// choice holds fewer pins, or lets fewer fall back, or less far.
func TestSetsByForce(t *testing.T) {
	rounds := uint64(150)
	if testing.Short() {
		rounds = 40
	}
	for seed := range rounds {
		s := randomSmall(rand.New(rand.NewPCG(seed, 3)))
		world, file := s.text()
		settings := ""
		if s.minor {
			settings = "allow: minor\n"
		}
		tree := fstest.MapFS{"requirements.txt": {Data: []byte(file)}, ".freshpin.yaml": {Data: []byte(settings + "line: minor\n")}}
		p := worldPlan(t, world, tree)
		text := after(t, tree, "requirements.txt", p)
		at := map[string][3]int{}
		for line := range strings.Lines(text) {
			var v [3]int
			name, version, _ := strings.Cut(strings.TrimSpace(line), "==")
			if _, err := fmt.Sscanf(version, "%d.%d.%d", &v[0], &v[1], &v[2]); err != nil {
				t.Fatal(err)
			}
			at[name] = v
			if was := s.pins[name]; slices.Compare(v[:], was[:]) < 0 {
				t.Errorf("seed %d: %s went back to %s", seed, name, version)
			}
		}
		if !s.fits(at) {
			t.Errorf("seed %d: not installable any more:\n%s%sbecame\n%s", seed, world, file, text)
		}
		if got, want := s.cost(at), s.best(); got != want {
			t.Errorf("seed %d: %v, and %v is possible:\n%s%sbecame\n%s", seed, got, want, world, file, text)
		}
		for _, i := range p.Items {
			newest := s.may(i.Dependency.Name)[0]
			if is := at[i.Dependency.Name]; is != newest && (i.Status == plan.Current || i.Status == plan.Held && i.Reason.Text == "" || i.Status == plan.Update && len(i.Notes) == 0) {
				t.Errorf("seed %d: %s is %s at %s, and nothing says why not %s", seed, i.Dependency.Name, i.Status, dotted(is), dotted(newest))
			}
		}
	}
}

// nearest returns the line on which the first package can be mended with the
// others wherever they may go, by trying everything.
func (s small) nearest(fixed [3]int) (line [2]int, ok bool) {
	at := map[string][3]int{}
	var try func(n int) bool
	try = func(n int) bool {
		if n == len(s.names) {
			return s.fits(at)
		}
		for _, v := range s.may(s.names[n]) {
			at[s.names[n]] = v
			if try(n + 1) {
				return true
			}
		}
		return false
	}
	for _, v := range s.releases[s.names[0]] {
		if slices.Compare(v[:], fixed[:]) < 0 {
			continue
		}
		if at[s.names[0]] = v; try(1) {
			return [2]int(v[:2]), true
		}
	}
	return line, false
}

// TestFixesByForce: on small worlds a fix goes to the nearest line on which it
// can be installed, whatever stays or falls back for its sake.
func TestFixesByForce(t *testing.T) {
	rounds, farther := uint64(150), 0
	if testing.Short() {
		rounds = 40
	}
	for seed := range rounds {
		r := rand.New(rand.NewPCG(seed, 7))
		s := randomSmall(r)
		s.minor = false
		name := s.names[0]
		newer := s.releases[name][1:]
		s.pins[name] = s.releases[name][0]
		fixed := newer[r.IntN(len(newer))]
		for major := 2; major < 4; major++ {
			s.releases[name] = append(s.releases[name], [3]int{major, 0, 0}, [3]int{major, 0, 1})
		}
		for _, v := range s.releases[name][1:] { // most of them ask for something
			if r.IntN(3) > 0 {
				of := s.releases[s.names[1]]
				s.requires[name+" "+dotted(v)] = append(s.requires[name+" "+dotted(v)], bound{s.names[1], []string{"==", ">=", "<"}[r.IntN(3)], of[r.IntN(len(of))]})
			}
		}
		world, file := s.text()
		world += "osv PYSEC-1 PyPI:" + name + " introduced=0 fixed=" + dotted(fixed) + "\n"
		tree := fstest.MapFS{"requirements.txt": {Data: []byte(file)}, ".freshpin.yaml": {Data: []byte("line: minor\n")}}
		i := worldPlan(t, world, tree).Items[0]
		line, ok := s.nearest(fixed)
		want, got := "none", "none"
		if ok {
			want = fmt.Sprintf("%d.%d", line[0], line[1])
		}
		if i.Status == plan.Update && i.Security {
			got = i.Target.Version.Text[:strings.LastIndex(i.Target.Version.Text, ".")]
		}
		if got != want {
			t.Errorf("seed %d: the fix of %s is on %s, and may be on %s: %s %s:\n%s%s", seed, name, got, want, i.Status, i.Reason.Text, world, file)
		}
		if ok && line != [2]int(fixed[:2]) {
			farther++
		}
	}
	if farther < 3 {
		t.Errorf("only %d worlds need a farther line", farther)
	}
}
