package ecosystemtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A trial is a small ecosystem that keeps the contract, but for its flaw: files
// named pins.txt with lines "name 1.2.3 # comment".
type trial struct {
	address string
	flaw    string
	seen    *state // which one flaw keeps
}

// A state is what one reading leaves to the next. It has a lock, so that the
// contract has to find the flaw by what is read, not by the race detector.
type state struct {
	mu   sync.Mutex
	deps []ecosystems.Dependency
}

// swap leaves dependencies, and returns those of the reading before.
func (s *state) swap(deps []ecosystems.Dependency) []ecosystems.Dependency {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.deps
	s.deps = deps
	return before
}

var line = regexp.MustCompile(`^([a-z]+) (\d+(?:\.\d+)*)( +#.*)?$`)

func (e trial) Info() ecosystems.Info {
	if e.flaw == "says nothing of its packages" {
		return ecosystems.Info{Name: "trial", Files: "pins", Kinds: []ecosystems.Kind{{Word: "other", Noun: "pin", Plural: "pins"}}}
	}
	return ecosystems.Info{Name: "trial", Files: "pins", Kinds: []ecosystems.Kind{{Word: "trial", Noun: "pin", Plural: "pins"}}}
}

func (e trial) Match(path string) bool {
	if e.flaw == "matches everything" {
		return true
	}
	return path == "pins.txt" || strings.HasSuffix(path, "/pins.txt")
}

func (e trial) Extract(repo fs.FS, path string) ([]ecosystems.Dependency, error) {
	raw, err := fs.ReadFile(repo, path)
	if err != nil {
		return nil, err
	}
	data, at := string(raw), 0
	if e.flaw != "forgets the byte order mark" {
		data = strings.TrimPrefix(data, "\uFEFF")
		at = len(raw) - len(data)
	}
	var deps []ecosystems.Dependency
	for text := range strings.Lines(data) {
		if d, ok := e.read(text, path, at); ok {
			deps = append(deps, d)
		}
		at += len(text)
		if e.flaw == "counts line ends as one byte" {
			at -= strings.Count(text, "\r")
		}
	}
	if e.flaw == "keeps state" {
		deps = append(deps, e.seen.swap(deps)...)
	}
	if e.flaw == "in the order of names" {
		slices.SortFunc(deps, func(a, b ecosystems.Dependency) int { return strings.Compare(a.Name, b.Name) })
	}
	return deps, nil
}

func (e trial) read(text, path string, at int) (ecosystems.Dependency, bool) {
	if e.flaw == "drops the last line" && !strings.HasSuffix(text, "\n") {
		return ecosystems.Dependency{}, false
	}
	bare := strings.TrimRight(text, "\r\n")
	d := ecosystems.Dependency{Direct: e.flaw != "forgets what is direct", Name: bare, At: []ecosystems.Span{{File: path, Start: at, End: at + len(bare)}}}
	m := line.FindStringSubmatchIndex(bare)
	switch {
	case strings.TrimSpace(bare) == "" || bare[0] == '#':
		return d, false
	case m == nil && e.flaw == "panics on what it cannot read":
		panic(bare)
	case m == nil && e.flaw == "is silent about what it cannot read":
		return d, false
	case m == nil:
		d.Package.Kind, d.Skip = "trial", ecosystems.Reason{Code: ecosystems.Malformed, Text: "no name and version"}
		return d, true
	}
	d.Name = bare[m[2]:m[3]]
	d.Package = ecosystems.Package{Kind: "trial", Name: d.Name}
	d.At[0].Start, d.At[0].End = at+m[4], at+m[5]
	d.Pin = ecosystems.Pin{Text: bare[m[4]:m[5]], Version: read(bare[m[4]:m[5]])}
	d.Ignored = strings.Contains(bare[m[5]:], "freshpin: ignore") && e.flaw != "obeys no comment"
	switch e.flaw {
	case "names itself":
		d.Ecosystem = "other"
	case "has no kind":
		d.Package.Kind = ""
	case "points at the name":
		d.At[0].Start, d.At[0].End = at+m[2], at+m[3]
	}
	return d, true
}

func read(text string) version.Version {
	return version.Version{Text: text, Release: []uint64{uint64(len(text))}}
}

func (e trial) Versions(ctx context.Context, pkg ecosystems.Package) (l ecosystems.Listing, err error) {
	if e.flaw == "does not hear the end" {
		ctx = context.WithoutCancel(ctx)
	}
	var list []string
	client := fetch.New(fetch.Options{Retries: -1, Timeout: time.Second})
	response, err := client.Get(ctx, fetch.Request{URL: e.address + "/" + pkg.Name})
	if err == nil {
		err = json.Unmarshal(response.Body, &list)
	}
	if err != nil && e.flaw == "takes a fault for nothing new" {
		return l, nil
	}
	if err != nil && e.flaw == "tells faults apart by no code" {
		return l, fmt.Errorf("list %s: %v", pkg.Name, err)
	}
	for _, text := range list {
		l.Candidates = append(l.Candidates, version.Candidate{Version: read(text)})
	}
	return l, err
}

func (trial) Pins(_ context.Context, _ ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	return ecosystems.Target{Version: v}, nil
}

func (e trial) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if e.flaw != "writes whatever it is told" && !line.MatchString("a "+to.Version.Text) || len(to.Version.Text) > 100 {
		return nil, fmt.Errorf("%q is no version", to.Version.Text)
	}
	edit := ecosystems.Edit{At: d.At[0], Old: d.Pin.Text, New: to.Version.Text}
	if e.flaw == "changes what it is given" {
		d.At[0].End = d.At[0].Start
	}
	return []ecosystems.Edit{edit}, nil
}

// Advised makes the trial one that has an optional interface.
func (e trial) Advised(_ context.Context, pkg ecosystems.Package, v version.Version) (ecosystems.Subject, bool) {
	if e.flaw == "half a subject for advisories" {
		return ecosystems.Subject{Ecosystem: "Trial"}, true
	}
	return ecosystems.Subject{Ecosystem: "Trial", Name: pkg.Name, Version: v.Text}, true
}

func (trial) ReadVersion(_ ecosystems.Package, text string) (version.Version, bool) {
	return read(text), true
}

func example(flaw string) Example {
	return Example{
		Files: map[string]string{"pins.txt": "# what we use\nzebra 1.2.3\napple 1.0 # because\n\nmango 2.0\n"},
		Path:  "pins.txt", Names: []string{"zebra", "apple", "mango"}, Foreign: []string{"pins.txt.md", "Dockerfile"},
		Ignore: func(lines []string, n int) []string {
			end := lines[n][len(strings.TrimRight(lines[n], "\r\n")):]
			lines[n] = strings.TrimRight(lines[n], "\r\n") + " # freshpin: ignore" + end
			return lines
		},
		Target: func(d ecosystems.Dependency) ecosystems.Target { return ecosystems.Target{Version: read("9.9.9")} },
		Make: func(address string) ecosystems.Ecosystem {
			return trial{address: address, flaw: flaw, seen: &state{}}
		},
	}
}

// TestTrial passes the ecosystem without a flaw.
func TestTrial(t *testing.T) { Contract(t, example("")) }

// TestMutants wants the contract to bite: each flaw is found by it.
func TestMutants(t *testing.T) {
	for _, flaw := range []string{
		"matches everything", "forgets the byte order mark", "counts line ends as one byte", "in the order of names", "drops the last line",
		"forgets what is direct", "panics on what it cannot read", "is silent about what it cannot read", "obeys no comment",
		"names itself", "has no kind", "points at the name", "does not hear the end", "takes a fault for nothing new",
		"tells faults apart by no code", "writes whatever it is told", "changes what it is given", "half a subject for advisories", "says nothing of its packages", "keeps state",
	} {
		if found := Violations(t.Context(), example(flaw)); len(found) == 0 {
			t.Errorf("an ecosystem that %s keeps the contract", flaw)
		} else {
			t.Logf("%s: %.150s", flaw, found[0])
		}
	}
}
