package updater

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
)

// A counted ecosystem reads as a real one does, and counts what it is asked.
type counted struct {
	ecosystems.Ecosystem
	asked *atomic.Int64
	list  func(ecosystems.Package) ecosystems.Listing
}

func (c counted) Versions(_ context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	c.asked.Add(1)
	if c.list == nil {
		return ecosystems.Listing{}, errors.New("no list")
	}
	return c.list(pkg), nil
}

func (c counted) Pins(context.Context, ecosystems.Dependency, version.Version) (ecosystems.Target, error) {
	return ecosystems.Target{}, errors.New("no pins")
}

func countedAll(asked *atomic.Int64, list func(ecosystems.Package) ecosystems.Listing) (out []ecosystems.Ecosystem) {
	for _, e := range all.New(all.Options{Getenv: func(string) string { return "" }}) {
		out = append(out, counted{e, asked, list})
	}
	return out
}

func tree(files map[string]string) plan.Tree {
	repo := fstest.MapFS{}
	for name, text := range files {
		repo[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return plan.Tree{FS: repo, Rules: config.Load(repo, config.Overrides{})}
}

func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i)
	}
	return b.String()
}

func gomodOf(n int, comment string) string {
	return "module m\n\ngo 1.22\n\nrequire (\n" + lines(n, "\ta.b/c%d v1.0.0"+comment) + ")\n"
}

// TestHostileAmounts: whatever strangers write too much of fails, says which
// setting counts, and leaves the rest of the tree as it is (reports F2, F4, F20, F21).
func TestHostileAmounts(t *testing.T) {
	deep := strings.Repeat("d/", 70)
	many := map[string]string{}
	for i := range 30 {
		many[fmt.Sprintf("%02d/requirements.txt", i)] = lines(10, fmt.Sprint("p", i, "x%d==1"))
	}
	for _, test := range []struct {
		name   string
		files  map[string]string
		limits plan.Limits
		failed int    // items with the code limit or malformed
		text   string // part of the first such reason
		asked  int64
	}{
		{"a pin for each of 400,000 lines", map[string]string{"requirements.txt": lines(400_000, "a==1.%d"), "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "more than", 1},
		{"the same pin again and again", map[string]string{"requirements.txt": lines(100_000, "a==1#%d"), "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "more than", 1},
		{"a million short lines", map[string]string{"requirements.txt": strings.Repeat("a\n", 1_000_000), "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "more than", 1},
		{"8 MiB of line ends", map[string]string{"requirements.txt": strings.Repeat("\n", 8<<20), "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "more than", 1},
		{"more than 8 MiB", map[string]string{"requirements.txt": strings.Repeat("#", 8<<20+1), "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "limit of 8", 1},
		{"20,000 names in one file", map[string]string{"requirements.txt": lines(20_000, "p%d==1"), "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "limits.file_pins", 1},
		{"15,000 requirements of a module", map[string]string{"go.mod": gomodOf(15_000, ""), "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "limits.file_pins", 1},
		{"30,000 indirect ones", map[string]string{"go.mod": gomodOf(30_000, " // indirect"), "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "more than", 1},
		{"a million empty lines of a module", map[string]string{"go.mod": "module m\n" + strings.Repeat("\n", 1_000_000), "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "more than", 1},
		{"as many pins as a file may have", map[string]string{"requirements.txt": lines(10, "p%d==1")}, plan.Limits{FilePins: 10}, 0, "", 10},
		{"one pin too many", map[string]string{"requirements.txt": lines(11, "p%d==1"), "x/requirements.txt": "b==1"}, plan.Limits{FilePins: 10}, 1, "11 pins, more than the limit of 10", 1},
		{"a limit that the operator took away", map[string]string{"requirements.txt": lines(6000, "p%d==1")}, plan.Limits{FilePins: -1}, 0, "", 6000},
		{"many files: pins", many, plan.Limits{Pins: 100}, 20, "limits.pins", 100},
		{"many files: lookups", many, plan.Limits{Lookups: 100}, 200, "limits.lookups", 100},
		{"70 folders deep", map[string]string{deep + "requirements.txt": "a==1", "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "more than 64 folders deep", 1},
		{"21,000 requirements of a module", map[string]string{"go.mod": gomodOf(21_000, ""), "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "more than 20000", 1},
		{"a file of a kind that is none", map[string]string{"requirements.txt": "\x00\x00", "x/requirements.txt": "b==1"}, plan.Limits{}, 1, "not a text file", 1},
	} {
		var asked atomic.Int64
		s := Planner{Ecosystems: countedAll(&asked, nil), Limits: test.limits}
		p, err := s.Plan(t.Context(), []plan.Tree{tree(test.files)})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		failed, text := 0, ""
		for _, i := range p.Items {
			if i.Status == plan.Failed && (i.Reason.Code == ecosystems.Limit || i.Reason.Code == ecosystems.Malformed) {
				if failed++; text == "" {
					text = i.Reason.Text
				}
			}
		}
		if failed != test.failed || asked.Load() != test.asked || !strings.Contains(text, test.text) {
			t.Errorf("%s: %d failed, %d asked, %q; want %d, %d, %q", test.name, failed, asked.Load(), text, test.failed, test.asked, test.text)
		}
	}
}

// tagged is a version as images have them: 1.0.N with a suffix, or a name.
func tagged(format string, n int) version.Version {
	text := fmt.Sprintf(format, n)
	if !strings.HasPrefix(format, "1.0.%d") {
		return version.Version{Text: text, Track: text, Family: text}
	}
	suffix := strings.TrimPrefix(format, "1.0.%d")
	return version.Version{Text: text, Track: "#.#.#" + suffix, Family: suffix, Release: []uint64{1, 0, uint64(n)}}
}

// TestHostileCandidates: of a hundred thousand tags only those are held that the
// pins ask for, and all that is held for one run is bounded (report F1).
func TestHostileCandidates(t *testing.T) {
	list := func(format string, n int) ecosystems.Listing {
		var l ecosystems.Listing
		for i := range n {
			l.Candidates = append(l.Candidates, version.Candidate{Version: tagged(format, i)})
		}
		return l
	}
	for _, test := range []struct {
		name, format string
		n, limit     int
		files        map[string]string
		kept         int // of each listing
		failed       int
	}{
		{"another track", "1.0.%d-other", 6000, 0, map[string]string{"Dockerfile": "FROM evil.example/x:1.0.0\n"}, 2, 0}, // one with a patch, one without
		{"the very track", "1.0.%d", 6000, 0, map[string]string{"Dockerfile": "FROM evil.example/x:1.0.0\n"}, 6000, 0},
		{"names", "n%dx", 6000, 0, map[string]string{"Dockerfile": "FROM evil.example/x:1.0.0\n"}, 0, 0},
		{"four images, two too many", "1.0.%d", 6000, 13000, map[string]string{"Dockerfile": "FROM evil.example/a:1.0.0\nFROM evil.example/b:1.0.0\nFROM evil.example/c:1.0.0\nFROM evil.example/d:1.0.0\n"}, 6000, 2},
		{"four images of other tracks", "1.0.%d-z", 6000, 13000, map[string]string{"Dockerfile": "FROM evil.example/a:1.0.0\nFROM evil.example/b:1.0.0\nFROM evil.example/c:1.0.0\nFROM evil.example/d:1.0.0\n"}, 2, 0},
	} {
		var asked atomic.Int64
		s := Planner{Ecosystems: countedAll(&asked, func(ecosystems.Package) ecosystems.Listing { return list(test.format, test.n) }), Limits: plan.Limits{Candidates: test.limit}}
		r, p, err := s.begin([]plan.Tree{tree(test.files)})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.lookUp(t.Context(), p.Items); err != nil {
			t.Fatal(err)
		}
		failed := 0
		for _, l := range r.listings {
			if fetch.Code(l.err) == fetch.Limit && l.err != nil {
				failed++
			} else if len(l.result.Candidates) != test.kept || l.listed != test.n {
				t.Errorf("%s: %d of %d kept, want %d", test.name, len(l.result.Candidates), l.listed, test.kept)
			}
		}
		if failed != test.failed || len(r.listings) == 0 {
			t.Errorf("%s: %d failed, want %d", test.name, failed, test.failed)
		}
	}
}

// TestHostileDecisions: many pins on one image with a hundred thousand tags
// do not copy these all at once, and not for ever.
func TestHostileDecisions(t *testing.T) {
	const n = 30_000
	var l ecosystems.Listing
	for i := range n {
		l.Candidates = append(l.Candidates, version.Candidate{Version: tagged("1.0.%d", i)})
	}
	var files strings.Builder
	for i := range 40 {
		fmt.Fprintf(&files, "FROM evil.example/x:1.0.%d\n", i)
	}
	var asked atomic.Int64
	s := Planner{Ecosystems: countedAll(&asked, func(ecosystems.Package) ecosystems.Listing {
		return ecosystems.Listing{Candidates: append([]version.Candidate{}, l.Candidates...)}
	}), Limits: plan.Limits{Candidates: n + n/10}}
	var most uint64
	var once sync.Mutex
	s.Progress = func(int, int) {
		var m runtime.MemStats
		once.Lock()
		defer once.Unlock()
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	}
	p, err := s.Plan(t.Context(), []plan.Tree{tree(map[string]string{"Dockerfile": files.String()})})
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, i := range p.Items {
		if i.Reason.Code == ecosystems.Limit && strings.Contains(i.Reason.Text, "limits.candidates") {
			failed++
		}
	}
	if failed == 0 || failed == len(p.Items) {
		t.Errorf("%d of %d pins failed: want those beyond the limit", failed, len(p.Items))
	}
	if most > 250<<20 {
		t.Errorf("%d MB were in use at once", most>>20)
	}
	t.Logf("at most %d MB in use", most>>20)
}
