package decide

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/plan"
)

func TestMemory(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"empty", "{}", ""},
		{"cut", `{"schema":1,`, "state.json"},
		{"of tomorrow", `{"schema":2}`, "newer version"},
		{"another form", `[]`, "state.json"},
		{"endless", strings.Repeat(" ", maxMemory+1), "limit"},
	} {
		_, err := ParseMemory([]byte(c.text))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestMemoryIsStable(t *testing.T) {
	m := &Memory{Schema: 1, Packages: []string{"oci:b", "go:a", "oci:b"}, Open: map[string]int{"freshpin/b": 2, "freshpin/a": 1}}
	first := m.Document()
	again, err := ParseMemory(first)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), string(again.Document())); diff != "" {
		t.Error(diff)
	}
}

// TestFollow tells what became of pull requests since the last run.
func TestFollow(t *testing.T) {
	a, b := Pair{"Dockerfile#dockerfile:x#1", "1.2.3"}, Pair{"Dockerfile#dockerfile:y#1", "4.5"}
	at := func(number int, state, body string, pairs ...Pair) *Branch {
		return &Branch{forge.PullRequest{Number: number, State: state, Body: body, Branch: "freshpin/x"}, Metadata{Group: "x", Pairs: pairs}}
	}
	for _, c := range []struct {
		name    string
		list    []*Branch // newest first
		refused []Declined
		merged  []Pair
		open    []int
	}{
		{"nothing", nil, nil, nil, []int{}},
		{"open", []*Branch{at(1, forge.Open, "", a)}, nil, nil, []int{1}},
		{"a person closed it", []*Branch{at(1, forge.Closed, "", a, b)}, []Declined{{a, 1, "closed"}, {b, 1, "closed"}}, nil, []int{}},
		{"we closed it", []*Branch{at(1, forge.Closed, "x"+forge.ClosedMark, a)}, nil, nil, []int{}},
		{"merged", []*Branch{at(1, forge.Merged, "", a)}, nil, []Pair{a}, []int{}},
		{"merged twice: the newest counts", []*Branch{at(2, forge.Merged, "", Pair{a.ID, "2"}), at(1, forge.Merged, "", a)}, nil, []Pair{{a.ID, "2"}}, []int{}},
		{"closed, then another", []*Branch{at(2, forge.Open, "", b), at(1, forge.Closed, "", a)}, []Declined{{a, 1, "closed"}}, nil, []int{2}},
	} {
		m := &Memory{}
		m.Follow(c.list, nil)
		if diff := cmp.Diff(c.refused, m.Refused); diff != "" {
			t.Errorf("%s: refused: %s", c.name, diff)
		}
		if diff := cmp.Diff(c.merged, m.Merged); diff != "" {
			t.Errorf("%s: merged: %s", c.name, diff)
		}
		if diff := cmp.Diff(c.open, m.Numbers(true)); diff != "" {
			t.Errorf("%s: open: %s", c.name, diff)
		}
	}
}

// TestSightings holds the rule of the cooldown where nobody is looking: the
// publisher's date may lengthen a wait but never shorten it.
func TestSightings(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	known := ecosystems.Package{Kind: "pypi", Name: "known"}
	m := &Memory{Packages: []string{"pypi:known"}, Seen: map[string]time.Time{"pypi:known 1.1": now.Add(-2 * day)}}
	for _, c := range []struct {
		name      string
		pkg       ecosystems.Package
		id        string
		published time.Time
		want      time.Time
	}{
		{"there when we first came: its own date", ecosystems.Package{Kind: "pypi", Name: "new"}, "9", now.Add(-90 * day), now.Add(-90 * day)},
		{"there when we first came, no date", ecosystems.Package{Kind: "pypi", Name: "new"}, "9", time.Time{}, time.Time{}},
		{"seen before", known, "1.1", now.Add(-90 * day), now.Add(-2 * day)},
		{"seen before, published later by its own word", known, "1.1", now.Add(-day), now.Add(-day)},
		{"not seen before, and old by its own word", known, "1.2", now.Add(-90 * day), now},
		{"not seen before, no date", known, "1.2", time.Time{}, now},
		{"of tomorrow by its own word", known, "1.2", now.Add(day), now.Add(day)},
	} {
		if got := m.Sightings(now).FirstSeen(c.pkg, c.id, c.published); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestLearn keeps the sightings of packages that are there, looked up or not, and drops the others.
func TestLearn(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	m := &Memory{Packages: []string{"go:a", "go:b"}, Seen: map[string]time.Time{"go:a 1": now, "go:b 1": now, "go:bb 1": now}}
	s := m.Sightings(now)
	item := func(name string, status plan.Status) plan.Item {
		return plan.Item{Decision: plan.Decision{Status: status}, Dependency: ecosystems.Dependency{Package: ecosystems.Package{Kind: "go", Name: name}}}
	}
	items := []plan.Item{item("a", plan.Current), item("b", plan.Failed), item("c", plan.Update)}
	all := func(yield func(*plan.Item) bool) {
		for n := range items {
			if !yield(&items[n]) {
				return
			}
		}
	}
	m.Learn(s, all, false)
	if len(m.Seen) != 3 {
		t.Errorf("a base could not be read, and of 3 sightings %d are left", len(m.Seen))
	}
	m.Learn(s, all, true)
	if diff := cmp.Diff(map[string]time.Time{"go:a 1": now, "go:b 1": now}, m.Seen); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"go:a", "go:b", "go:c"}, m.Packages); diff != "" {
		t.Error(diff)
	}
}
