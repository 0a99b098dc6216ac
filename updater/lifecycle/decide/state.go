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

// A State holds what a pass has observed of one repository and done so far.
type State struct {
	Repo     string // "acme/shop", for messages
	Home     string // the default branch
	Begun    time.Time
	Settings config.Repository
	Quiet    string // why no pull requests are opened and rebuilt because of the schedule; "" if they are
	// Next returns when the schedule of a rule is due after a time, in a time zone; nil
	// to ignore such schedules.
	Next func(cron, zone string, after time.Time) time.Time

	Memory *Memory
	Open   map[string]*Branch   // our open pull requests, by branch
	Others []otherbots.Proposal // open pull requests of other bots
	Known  map[int]bool         // open pull requests at the end of the last pass
	Orders Orders
	Chosen map[string]bool // items with a ticked box
	Bases  []*Base

	// Results of the actions so far.
	Outcomes  []Outcome
	Elsewhere bool // an update is left to another bot
	Postponed bool // something waits for the schedule of the repository

	due     map[string]bool // schedules of rules that are due
	waiting map[string]bool // schedules of rules with a group that is not up to date
}

// Orders are the commands since the last pass.
type Orders struct {
	Rebuild  map[string]bool // branches to rebuild
	All      bool            // rebuild every branch
	Override map[string]bool // branches to rebuild even over the commits of others
	Ignores  []Ignore        // new since the last pass
}

// A Base is a base branch with the results of the pass for it.
type Base struct {
	Name      string                 // "" for the default branch, so that its memory survives a renaming
	Branch    string                 // name on the forge
	Err       error                  // why it could not be opened; then the fields below are empty
	CanWrite  bool                   // the login may write to the repository
	Files     map[string]forge.Entry // of its commit, by path
	Overrides Overrides
	Plan      *plan.Plan // nil until SetPlan
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

// SetPlan sets the plan of the base and indexes its items by ID.
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

// End marks an update in the plan as not proposed.
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

// Items returns the items of all plans.
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

// Any reports whether is returns true for any item of any plan.
func (s *State) Any(is func(*plan.Item) bool) bool {
	for i := range s.Items() {
		if is(i) {
			return true
		}
	}
	return false
}

// OpenMark is the prefix of the ID of a box that opens a pull request regardless of schedule and limit.
const OpenMark = "open:"

// Owns reports whether a pull request belongs to the base. One that was moved to
// another base, or whose base is no longer the default branch, belongs to none.
func (s *State) Owns(base *Base, b *Branch) bool {
	return b.On == base.Name && (len(s.Settings.Branches) == 0 || b.PullRequest.Base == base.Branch)
}

// NameOf returns the name of a base in the memory: "" for the default branch.
func (s *State) NameOf(branch string) string {
	if branch == s.Home {
		return ""
	}
	return branch
}

// Choose sets the ticked items: those of the dashboard (boxes; nil uses the memory) and
// those ticked elsewhere.
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

// Rebuilds reports whether a user has requested a rebuild of a pull request. The
// request for all applies only if this pass writes the dashboard, since otherwise its
// box would stay ticked.
func (s *State) Rebuilds(b *Branch) bool {
	return s.Orders.Rebuild[b.Branch] || s.Orders.All && s.Settings.Dashboard != "false"
}

// ToldTouched reports whether there already is a comment that the branch is left alone.
// Without one, an unknown commit may be our own, from a pass that was interrupted before
// it could record it; the forge distinguishes the two.
func (s *State) ToldTouched(b *Branch) bool { return slices.Contains(s.Memory.Told, b.Number) }

// Published records that the pull request of a group was opened or rebuilt.
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

// Closed records that a pull request was closed.
func (s *State) Closed(b *Branch) {
	delete(s.Open, b.Branch)
	delete(s.Memory.Open, b.Branch)
}

// Note records the outcome of an action.
func (s *State) Note(o Outcome) { s.Outcomes = append(s.Outcomes, o) }

// Ref returns the reference to a pull request in sentences: "#7".
func Ref(n int) string {
	if n == 0 {
		return "an earlier pull request"
	}
	return "#" + strconv.Itoa(n)
}

// Scoped qualifies a word with a base branch, "" for the default branch, for names of
// branches and for the memory. The result is unique, because keys of groups do not
// begin with a colon and git does not allow one in branch names.
func Scoped(base, word string) string {
	if base == "" {
		return word
	}
	return ":" + base + ":" + word
}
