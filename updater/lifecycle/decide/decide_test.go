package decide

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/otherbots"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
)

// pinned is an update of a package in a file of its own, which a group of its own makes.
func pinned(name string) plan.Item {
	i := plan.Item{ID: name + ".txt#requirements:" + name + "#1", File: name + ".txt"}
	i.Dependency = ecosystems.Dependency{
		Ecosystem: "requirements", Name: name, Package: ecosystems.Package{Kind: "pypi", Name: name}, At: []ecosystems.Span{{File: i.File}},
	}
	i.Policy.Proposal.Group = policy.ByDependency
	i.Origin.Manifest = i.File
	i.Status, i.Band, i.Target = plan.Update, "patch", ecosystems.Target{Version: version.Version{Text: "1.0.1"}}
	i.Edits = []plan.Edit{{Edit: ecosystems.Edit{At: ecosystems.Span{File: i.File}, Old: "1.0.0", New: "1.0.1"}}}
	return i
}

// with changes an item.
func with(i plan.Item, change func(i *plan.Item)) plan.Item {
	change(&i)
	return i
}

// world is a repository with room for two pull requests, and a plan.
func world(items ...plan.Item) *State {
	b := &Base{Branch: "main", CanWrite: true}
	b.SetPlan(&plan.Plan{Items: items})
	s := &State{
		Repo: "acme/shop", Home: "main", Begun: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), Settings: config.Repository{Limit: 2},
		Memory: &Memory{Open: map[string]int{}}, Open: map[string]*Branch{}, Known: map[int]bool{}, Bases: []*Base{b},
		Orders: Orders{Rebuild: map[string]bool{}, Override: map[string]bool{}},
	}
	s.ReadTimes()
	return s
}

// opened adds our open pull request of an update, as it would be written now.
func (s *State) opened(number int, i plan.Item, change ...func(b *Branch)) *State {
	g := Group{Key: "requirements/" + i.Dependency.Package.Name, Updates: []plan.Item{i}}
	b := &Branch{
		forge.PullRequest{Number: number, Branch: g.Branch(), Base: "main", Head: "h", State: forge.Open},
		Metadata{Group: g.Key, Fingerprint: g.Fingerprint(nil), Over: g.Over(nil), Head: "h", Pairs: g.Pairs()},
	}
	for _, c := range change {
		c(b)
	}
	s.Open[b.Branch], s.Memory.Open[b.Branch], s.Known[number] = b, number, true
	return s
}

// played carries all actions out in memory: what is published is open, what is
// closed is not, and a tool refuses the packages named.
func played(s *State, refuses ...string) string {
	var did []string
	number := 100
	say := func(format string, args ...any) { did = append(did, fmt.Sprintf(format, args...)) }
	for a := range s.Actions() {
		if a.Do == Write {
			made := slices.DeleteFunc(slices.Clone(a.Group.Updates), func(i plan.Item) bool { return slices.Contains(refuses, i.Dependency.Name) })
			a.Group.Keep(made)
			a = s.Made(a, len(made))
		}
		o := a.Outcome
		switch a.Do {
		case Publish, Harden:
			number++
			o = s.Published(a, forge.PullRequest{Number: number, Branch: o.Branch, Base: o.Base, Head: "h"})
		case Close:
			s.Closed(a.Branch)
		case Answer:
			say("answer %s %s below #%d", a.Kind, a.About, a.Number)
			continue
		case Warn, Deny:
			say("%s: %s", a.Do, a.Why)
			continue
		}
		s.Note(o)
		why := ""
		if o.Why != "" {
			why = ": " + o.Why
		}
		say("%s %s %s%s", a.Do, o.What, strings.TrimPrefix(o.Group, "requirements/"), why)
	}
	return strings.Join(did, "\n")
}

// TestActions: what was observed on the left, what is done on the right.
func TestActions(t *testing.T) {
	a, b, c := pinned("a"), pinned("b"), pinned("c")
	current := func(i *plan.Item) { i.Status, i.Edits = plan.Current, nil }
	failed := func(i *plan.Item) {
		i.Status, i.Reason = plan.Failed, ecosystems.Reason{Code: fetch.Unreachable, Text: "no answer"}
	}
	young := func(i *plan.Item) {
		i.Status, i.Reason = plan.Held, ecosystems.Reason{Code: ecosystems.Cooldown, Text: "1.0.2 is a day old"}
	}
	urgent := func(i *plan.Item) { i.Security = true }
	older := func(b *Branch) { b.Fingerprint = "older" }
	moved := func(b *Branch) { b.Fingerprint, b.Metadata.Over = "older", "other files" }
	foreign := func(b *Branch) { b.PullRequest.Head = "somebody's" }
	for _, c := range []struct {
		name    string
		state   *State
		refuses string
		want    string
	}{
		{"nothing", world(), "", ""},
		{"nothing newer", world(with(a, current)), "", ""},
		{"room for two", world(a, b, c), "", "publish opened a\npublish opened b\nstand waiting c: 2 pull requests are open, the limit is 2"},
		{"what a tool refuses takes no room", world(a, b, c), "a", "stand held a: nothing of it can be made\npublish opened b\npublish opened c"},
		{"a security fix waits for no room", world(a, b, with(c, urgent)), "", "publish opened security/requirements/c\npublish opened a\npublish opened b"},
		{"kept", world(a).opened(7, a), "", "stand kept a"},
		{"kept, but cut off before its labels", func() *State { s := world(a).opened(7, a); s.Known = nil; return s }(), "", "complete kept a"},
		{"newer", world(a).opened(7, a, older), "", "publish updated a"},
		{"newer, and tools refuse it now", world(a).opened(7, a, older), "a", "close closed a: Nothing is left to update here: main has all of it, or what was updated is gone."},
		{"merged", world(with(a, current)).opened(7, a), "", "close closed a: Nothing is left to update here: main has all of it, or what was updated is gone."},
		{"merged makes room", world(with(a, current), b, pinned("d")).opened(7, a), "", "close closed a: Nothing is left to update here: main has all of it, or what was updated is gone.\npublish opened b\npublish opened d"},
		{"not looked up", world(with(a, failed)).opened(7, a), "", "stand left a: something in it could not be looked up, so it is left alone"},
		{"newer waits", world(with(a, young)).opened(7, a), "", "stand left a: it stays while something newer waits: 1.0.2 is a day old"},
		{"gone from a file that was not read", world(plan.Item{ID: "a.txt", File: "a.txt", Dependency: ecosystems.Dependency{Skip: ecosystems.Reason{Code: ecosystems.Malformed}}}).opened(7, a), "", "stand left a: something in it could not be looked up, so it is left alone"},
		{"touched for the first time", world(a).opened(7, a, foreign, older), "", "publish updated a"}, // the forge refuses it, see Action.Leave
		{"touched, and said so", func() *State { s := world(a).opened(7, a, foreign); s.Memory.Told = []int{7}; return s }(), "", "leave touched a: another author has committed to it, so it is left alone; /freshpin recreate would discard those commits"},
		{"touched and not wanted", world(with(a, current)).opened(7, a, foreign), "", "leave touched a: another author has committed to it, so it is left alone; /freshpin recreate would discard those commits"},
		{"touched, but recreate", func() *State {
			s := world(a).opened(7, a, foreign)
			s.Memory.Told, s.Orders.Override[message.Branch("requirements/a")] = []int{7}, true
			return s
		}(), "", "publish updated a"},
		{"rebase", func() *State {
			s := world(a).opened(7, a)
			s.Orders.Rebuild[message.Branch("requirements/a")] = true
			return s
		}(), "", "publish updated a"},
		{"rebuild all", func() *State { s := world(a).opened(7, a); s.Orders.All = true; return s }(), "", "publish updated a"},
		{"rebuild all, and no dashboard whose box could be unticked", func() *State {
			s := world(a).opened(7, a)
			s.Orders.All, s.Settings.Dashboard = true, "false"
			return s
		}(), "", "stand kept a"},
		{"not the time", func() *State { s := world(a, b).opened(7, b, older); s.Quiet = "it is night"; return s }(), "", "stand kept b\nstand waiting a: it is night"},
		{"not the time, but the files changed", func() *State { s := world(a).opened(7, a, moved); s.Quiet = "it is night"; return s }(), "", "publish updated a"},
		{"not the time, but ticked", func() *State {
			s := world(a)
			s.Quiet, s.Chosen = "it is night", map[string]bool{OpenMark + "requirements/a": true}
			return s
		}(), "", "publish opened a"},
		{"refused", func() *State { s := world(a); s.Memory.Refused = []Declined{{PairOf(&a), 3, "closed"}}; return s }(), "", ""},
		{"refused by a tool for the same content", func() *State {
			s := world(a)
			g := Group{Updates: []plan.Item{a}}
			s.Memory.Verdict = map[string]Verdicts{g.Fingerprint(nil): {a.ID: {Text: "no"}}}
			return s
		}(), "", "stand held a: nothing of it can be made"},
		{"another bot was first", func() *State {
			s := world(a)
			s.Others = []otherbots.Proposal{{Bot: otherbots.Renovate, Number: 9, Base: "main", Moves: []otherbots.Move{{Name: "a", To: "1.0.1"}}}}
			return s
		}(), "", ""},
		{"may only be read", func() *State { s := world(a); s.Bases[0].CanWrite = false; return s }(), "", "deny: acme/shop may be read but not written, so 1 update is not proposed"},
		{"a locked file stops no other", func() *State {
			s := world(a, b)
			s.Bases[0].Locked = Locked{[]string{"a.txt"}, "no permission"}
			return s
		}(), "", "warn: 1 update is not proposed: no permission\npublish opened b"},
		{"ignores", func() *State {
			s := world(with(a, current))
			s.Orders.Ignores = []Ignore{{Name: "A", Number: 7}, {Name: "zzz", Number: 7}}
			return s
		}(), "", "answer ignored A below #7\nanswer ignored-nothing zzz below #7"},
		{"no base any more", func() *State {
			s := world(a).opened(7, a, func(b *Branch) { b.On, b.PullRequest.Base = "old", "old" })
			s.Settings.Branches = config.ParseBranches([]string{"main"})
			return s
		}(),
			"", "close closed a: The settings do not name old as a base branch any more.\npublish opened a"},
		{"a base that cannot be read", func() *State {
			s := world().opened(7, a, func(b *Branch) { b.On, b.PullRequest.Base = "old", "old" })
			s.Bases = append(s.Bases, &Base{Name: "old", Branch: "old", Err: errors.New("502")})
			return s
		}(), "", "stand left a: its base branch could not be read, so it is left alone"},
		{"grouped otherwise", func() *State {
			s := world(a)
			return s.opened(7, a, func(b *Branch) { b.Group, b.PullRequest.Branch = "requirements", "freshpin/requirements" })
		}(), "", "close closed requirements: Its updates are grouped otherwise now: they belong to `" + message.Branch("requirements/a") + "`.\npublish opened a"},
	} {
		var refuses []string
		if c.refuses != "" {
			refuses = []string{c.refuses}
		}
		if got := played(c.state, refuses...); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestSafeFixes: the pull request of the checklist's fixes, beside those of updates.
func TestSafeFixes(t *testing.T) {
	fixes := func(n int) Fixes {
		f := Fixes{Judged: true, Group: &Group{Key: HardenKey}}
		for k := range n {
			f.Made = append(f.Made, check.Finding{ID: fmt.Sprint(k)})
			f.Pairs = append(f.Pairs, FixPair("", &f.Made[k]))
		}
		return f
	}
	open := func(s *State, change func(b *Branch)) *State {
		f := fixes(1)
		b := &Branch{
			forge.PullRequest{Number: 9, Branch: message.Branch(HardenKey), Base: "main", Head: "h", State: forge.Open},
			Metadata{Group: HardenKey, Head: "h", Fingerprint: f.Fingerprint(nil)},
		}
		change(b)
		s.Open[b.Branch] = b
		return s
	}
	same := func(*Branch) {}
	for _, c := range []struct {
		name  string
		state *State
		fixes Fixes
		want  string
	}{
		{"none", world(), fixes(0), ""},
		{"some", world(), fixes(1), "harden opened"},
		{"no room", world(pinned("a"), pinned("b")), fixes(1), "publish opened, publish opened, stand waiting"},
		{"not the time", func() *State { s := world(); s.Quiet = "night"; return s }(), fixes(1), "stand waiting"},
		{"may only be read", func() *State { s := world(); s.Bases[0].CanWrite = false; return s }(), fixes(1), "stand waiting"},
		{"the same", open(world(), same), fixes(1), "stand kept"},
		{"more", open(world(), same), fixes(2), "harden updated"},
		{"all done", open(world(), same), fixes(0), "close closed"},
		{"not judged", open(world(), same), Fixes{}, "stand left"},
		{"touched", func() *State {
			s := open(world(), func(b *Branch) { b.PullRequest.Head = "somebody's" })
			s.Memory.Told = []int{9}
			return s
		}(), fixes(1), "leave touched"},
	} {
		c.state.Bases[0].Fixes = c.fixes
		var got []string
		for line := range strings.SplitSeq(played(c.state), "\n") {
			words := strings.Fields(line)
			got = append(got, strings.Join(words[:min(2, len(words))], " "))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestActionsStop: nothing more is decided after whoever carries actions out stops.
func TestActionsStop(t *testing.T) {
	s := world(pinned("a"), pinned("b"))
	n := 0
	for range s.Actions() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d actions", n)
	}
}
