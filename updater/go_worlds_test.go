package updater_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/goproxyserver"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/plan"
)

// A goWorld is what is published of some modules, and what each version says.
type goWorld struct {
	versions map[string][]string          // by module, the oldest first
	requires map[string]map[string]string // by "module version"
	language map[string]string
}

// newGoWorld makes modules of two lines each, whose releases require each other at random.
func newGoWorld(seed uint64) *goWorld {
	r := rand.New(rand.NewPCG(seed, 11))
	w := &goWorld{versions: map[string][]string{}, requires: map[string]map[string]string{}, language: map[string]string{}}
	names := []string{"a.test/m", "b.test/m", "c.test/m", "d.test/m"}[:2+r.IntN(3)]
	for _, name := range names {
		for minor := range 2 {
			for patch := range 1 + r.IntN(5) {
				w.versions[name] = append(w.versions[name], fmt.Sprintf("v1.%d.%d", minor, patch))
			}
		}
	}
	for _, name := range names {
		higher := false
		for n, v := range w.versions[name] {
			key := name + " " + v
			higher = higher || r.IntN(12) == 0
			w.language[key], w.requires[key] = "1.20", map[string]string{}
			if n == 0 {
				continue // what is in use requires nothing
			}
			if higher {
				w.language[key] = "1.21"
			}
			for _, other := range names {
				if other != name && r.IntN(3) == 0 {
					list := w.versions[other]
					w.requires[key][other] = list[r.IntN(len(list))]
				}
			}
		}
	}
	return w
}

func (w *goWorld) serve() *goproxyserver.Server {
	s := &goproxyserver.Server{}
	for name, list := range w.versions {
		for _, v := range list {
			key := name + " " + v
			m := goproxyserver.Module{Version: v, GoMod: fmt.Sprintf("module %s\n\ngo %s\n", name, w.language[key])}
			code := "package m\n"
			for _, other := range slices.Sorted(maps.Keys(w.requires[key])) {
				m.GoMod += fmt.Sprintf("\nrequire %s %s\n", other, w.requires[key][other])
				code += fmt.Sprintf("\nimport _ %q\n", other)
			}
			if len(w.requires[key]) > 0 { // imports in a circle do not compile; those of go.mod may be one
				code = "package m\n"
			}
			m.Files = map[string]string{"m.go": code}
			s.Add(name, m)
		}
	}
	return s
}

// module returns a go.mod and code that use every module at its oldest version.
func (w *goWorld) module() (gomod, code string) {
	gomod, code = "module m.test/m\n\ngo 1.20\n\nrequire (\n", "package m\n\nimport (\n"
	for _, name := range slices.Sorted(maps.Keys(w.versions)) {
		gomod += fmt.Sprintf("\t%s %s\n", name, w.versions[name][0])
		code += fmt.Sprintf("\t_ %q\n", name)
	}
	return gomod + ")\n", code + ")\n"
}

// fits reports whether a version can be taken when nothing else is asked for:
// where minimal version selection leads, every module is on its line, and none
// needs a newer Go.
func (w *goWorld) fits(name, v string) bool {
	at := map[string]string{name: v}
	for changed := true; changed; {
		changed = false
		for m, in := range maps.Clone(at) {
			for other, needs := range w.requires[m+" "+in] {
				now := at[other]
				if now == "" {
					now = w.versions[other][0]
				}
				if semver.Compare(needs, now) > 0 {
					at[other], changed = needs, true
				}
			}
		}
	}
	for m, in := range at {
		if semver.MajorMinor(in) != "v1.0" || w.language[m+" "+in] != "1.20" {
			return false
		}
	}
	return at[name] == v
}

// newest returns the newest version of the line in use that fits.
func (w *goWorld) newest(name string) string {
	for _, v := range slices.Backward(w.versions[name]) {
		if semver.MajorMinor(v) == "v1.0" && (v == w.versions[name][0] || w.fits(name, v)) {
			return v
		}
	}
	return ""
}

// TestGoWorlds: of generated modules the newest release that fits is proposed,
// and what outdated announces update makes, without a downgrade (case 18).
func TestGoWorlds(t *testing.T) {
	_, err := exec.LookPath("go")
	made := 4
	if err != nil || testing.Short() {
		made = 0 // worlds that are also updated
	}
	moved, fell := 0, 0
	for seed := range uint64(200) {
		w := newGoWorld(seed)
		server := httptest.NewServer(w.serve())
		gomod, code := w.module()
		dir := t.TempDir()
		put(t, dir, "go.mod", gomod)
		put(t, dir, "m.go", code)
		if int(seed) < made {
			goRun(t, dir, server.URL, "mod", "tidy")
		}
		planner, tree := goScan(t, dir, server.URL, "")
		p, err := planner.Plan(t.Context(), []plan.Tree{tree})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.Items {
			name, got := i.Dependency.Package.Name, i.Dependency.Pin.Text
			if i.Status == plan.Update {
				got = i.Target.Version.Text
				moved++
			}
			if i.Safe != got {
				fell++
			}
			if want := w.newest(name); got != want {
				t.Errorf("world %d: %s to %s (%s: %s), want %s", seed, name, got, i.Status, i.Reason.Text, want)
			}
		}
		if int(seed) < made {
			w.update(t, seed, tree, dir, server.URL, p)
		}
		server.Close()
	}
	if moved < 100 || fell < 100 {
		t.Errorf("%d updates and %d versions that fall back are too few to tell anything", moved, fell)
	}
}

// update makes the updates, and checks that all were made and nothing moved back.
func (w *goWorld) update(t *testing.T, seed uint64, tree plan.Tree, dir, proxy string, p *plan.Plan) {
	t.Helper()
	work, err := edit.Write(t.Context(), tree, p.Items, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range work.Held {
		t.Errorf("world %d: announced and then held: %s to %s: %s", seed, i.Dependency.Name, i.Target.Version, i.Reason.Text)
	}
	for _, f := range work.Files {
		put(t, dir, f.Path, string(f.Data))
		if f.Path != "go.mod" {
			continue
		}
		after, err := modfile.Parse(f.Path, f.Data, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range after.Require {
			if old := w.versions[r.Mod.Path][0]; semver.Compare(r.Mod.Version, old) < 0 || semver.MajorMinor(r.Mod.Version) != "v1.0" {
				t.Errorf("world %d: %s moved from %s to %s", seed, r.Mod.Path, old, r.Mod.Version)
			}
		}
		if strings.Contains(string(f.Data), "go 1.21") {
			t.Errorf("world %d: the go line moved", seed)
		}
	}
	goRun(t, dir, proxy, "mod", "tidy", "-diff")
	goRun(t, dir, proxy, "build", "./...")
}
