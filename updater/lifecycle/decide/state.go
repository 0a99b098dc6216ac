package decide

import (
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/otherbots"
	"github.com/freshpin/freshpin/updater/plan"
)

// A State is what a pass observed of one repository, and what it has done so far.
type State struct {
	Repo     string // "acme/shop", for sentences
	Home     string // the default branch
	Begun    time.Time
	Settings config.Repository
	Quiet    string // why nothing new is opened and nothing is renewed; "" where it is
	// Next returns when a schedule of a rule comes first after a time, in a time
	// zone; nil where such schedules do not count.
	Next func(cron, zone string, after time.Time) time.Time

	Memory *Memory
	Open   map[string]*Branch   // our open pull requests, by branch
	Others []otherbots.Proposal // open pull requests of other bots
	Known  map[int]bool         // pull requests that were open at the end of the last pass
	Orders Orders
	Chosen map[string]bool // items whose box is ticked
	Bases  []*Base

	// What came of the actions so far.
	Outcomes  []Outcome
	Elsewhere bool // an update is left to another bot
	Postponed bool // something waits for the schedule of the repository

	due     map[string]bool // the schedules of rules whose time has come
	waiting map[string]bool // the schedules of rules some group of which is not up to date
}

// Orders are what people asked for since the last pass.
type Orders struct {
	Rebuild  map[string]bool // branches to be built again
	All      bool            // every branch is to be built again
	Override map[string]bool // also over the commits of others
	Ignores  []Ignore        // asked for since the last pass
}

// A Base is a branch that pull requests are merged into, and what was found on it.
type Base struct {
	Name      string                 // "" for the default branch, so that what is remembered of it outlives its renaming
	Branch    string                 // its name on the forge
	Err       error                  // why it could not be opened; the fields below are empty then
	CanWrite  bool                   // the login may write the repository
	Files     map[string]forge.Entry // of its commit, by path
	Overrides Overrides
	Plan      *plan.Plan // nil until it was made; see SetPlan
	Locked    Locked
	Fixes     Fixes

	items  map[string]*plan.Item // of Plan, by ID
	unread map[string]bool       // files of Plan that could not be read
}

// Locked are the files that the login may not change.
type Locked struct {
	Files []string
	Why   string
}

// SetPlan gives the base its plan. Items are found by their IDs from then on.
func (b *Base) SetPlan(p *plan.Plan) {
	b.Plan, b.items, b.unread = p, map[string]*plan.Item{}, map[string]bool{}
	for n := range p.Items {
		i := &p.Items[n]
		b.items[i.ID] = i
		if i.Dependency.Skip.Unread() {
			b.unread[i.File] = true
		}
	}
}

// End shows in the plan that an update is not proposed after all.
func (b *Base) End(id string, status plan.Status, why ecosystems.Reason) {
	if i := b.items[id]; i != nil {
		i.Status, i.Reason = status, why
	}
}

// A What is what was done with a group.
type What string

// Values of What.
const (
	Opened  What = "opened"
	Updated What = "updated"
	Kept    What = "kept"    // nothing changed
	Touched What = "touched" // another author has committed to the branch
	Left    What = "left"    // a lookup failed, or a newer version is in its cooldown
	Waiting What = "waiting" // for the limit on open pull requests or the schedule
	Held    What = "held"    // a tool refused all its updates
	Closed  What = "closed"
	Broken  What = "failed" // publishing failed
)

// An Outcome is the result for one group.
type Outcome struct {
	Group   string
	Base    string // the branch that it is to be merged into
	Branch  string
	What    What
	Number  int // of the pull request; 0 if there is none
	URL     string
	Title   string
	Updates int
	Fixes   bool     // the group fixes an advisory
	Items   []string // IDs of the plan's items that the group would update
	Why     string   // one sentence; "" if no explanation is needed
}

// Readable returns the bases that could be opened.
func (s *State) Readable() (list []*Base) {
	for _, b := range s.Bases {
		if b.Err == nil {
			list = append(list, b)
		}
	}
	return list
}

// Items goes over the items of all plans.
func (s *State) Items() iter.Seq[*plan.Item] {
	return func(yield func(*plan.Item) bool) {
		for _, b := range s.Bases {
			if b.Plan == nil {
				continue
			}
			for n := range b.Plan.Items {
				if !yield(&b.Plan.Items[n]) {
					return
				}
			}
		}
	}
}

// Any reports whether something holds for any item of any plan.
func (s *State) Any(is func(*plan.Item) bool) bool {
	for i := range s.Items() {
		if is(i) {
			return true
		}
	}
	return false
}

// OpenMark begins the ID of a box that opens a pull request in spite of schedule and limit.
const OpenMark = "open:"

// Owns reports whether a pull request is one of the base. One that was moved to
// another base, or whose base is the default branch no more, is of none.
func (s *State) Owns(base *Base, b *Branch) bool {
	return b.On == base.Name && (len(s.Settings.Branches) == 0 || b.PullRequest.Base == base.Branch)
}

// NameOf is the name of a base as it is remembered: "" for the default branch.
func (s *State) NameOf(branch string) string {
	if branch == s.Home {
		return ""
	}
	return branch
}

// Choose gathers what is ticked: in the dashboard as it is remembered (boxes is
// nil) or as it says, and elsewhere.
func (s *State) Choose(boxes, elsewhere []string) {
	if boxes == nil {
		boxes = s.Memory.Chosen
	}
	s.Memory.Chosen = boxes
	s.Chosen = map[string]bool{}
	for _, id := range slices.Concat(boxes, elsewhere) {
		s.Chosen[id] = true
	}
}

// Rebuilds reports whether people want a pull request to be built again. All are
// meant only where the dashboard is written, since its box would stay ticked.
func (s *State) Rebuilds(b *Branch) bool {
	return s.Orders.Rebuild[b.Branch] || s.Orders.All && s.Settings.Dashboard != "false"
}

// ToldTouched reports whether it was said before that the branch is left to
// another author. Until then another commit may be our own, of a pass that was
// cut off before it could note it; the forge tells them apart.
func (s *State) ToldTouched(b *Branch) bool { return slices.Contains(s.Memory.Told, b.Number) }

// Published notes that the pull request of a group was opened or built again.
func (s *State) Published(a Action, pr forge.PullRequest) Outcome {
	o := a.Outcome
	name := o.Branch
	s.Open[name] = &Branch{pr, Metadata{Group: o.Group, On: a.Base.Name, Head: pr.Head}}
	s.Memory.Open[name] = pr.Number
	o.What, o.Number, o.URL, o.Title = Opened, pr.Number, pr.URL, pr.Title
	switch {
	case a.Branch != nil:
		o.What = Updated
	case a.Group != nil && a.Group.LeavesLine():
		s.Memory.OpenedLine(Scoped(a.Group.On, a.Group.Key), s.Begun)
	}
	return o
}

// Closed notes that a pull request was closed.
func (s *State) Closed(b *Branch) {
	delete(s.Open, b.Branch)
	delete(s.Memory.Open, b.Branch)
}

// Note takes down what came of an action.
func (s *State) Note(o Outcome) { s.Outcomes = append(s.Outcomes, o) }

// Ref is how sentences name a pull request: "#7".
func Ref(n int) string {
	if n == 0 {
		return "an earlier pull request"
	}
	return "#" + strconv.Itoa(n)
}

// Scoped is a word about a base branch, "" for the default one, as it stands in
// names and in the memory. No key of a group begins with a colon, and git takes
// none in the name of a branch, so that no two are the same.
func Scoped(base, word string) string {
	if base == "" {
		return word
	}
	return ":" + base + ":" + word
}
