package decide

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/plan"
)

// Do is what an action asks for.
type Do string

// The kinds of actions.
const (
	Stand    Do = "stand"    // nothing: Outcome says how the group stands
	Answer   Do = "answer"   // say Kind about About below Number
	Warn     Do = "warn"     // tell the report
	Deny     Do = "deny"     // end the pass: the login may not do what is to be done
	Leave    Do = "leave"    // say once that the branch is left to the person who committed to it
	Close    Do = "close"    // close the pull request
	Complete Do = "complete" // add the labels and reviewers that a pass that was cut off may not have come to
	Write    Do = "write"    // make the updates of the group, and ask Made what then
	Publish  Do = "publish"  // push what was made, and open or renew the pull request
	Harden   Do = "harden"   // publish the safe fixes of the checklist
)

// An Action is one thing to be done.
type Action struct {
	Do      Do
	Base    *Base   // nil for what concerns no base
	Group   *Group  // nil but for groups of updates
	Branch  *Branch // the pull request; nil where there is none
	Outcome Outcome // as it is noted where the action succeeds

	Why    string // of Warn and Deny
	Number int    // of Answer: the pull request or issue
	Kind   string // of Answer: what is said
	About  string // of Answer: the name that it is about
}

// Actions yields what is to be done in this pass, in order. Before the next action
// is decided, the one before has to be carried out and noted (Note, Published,
// Closed). Actions changes nothing but the State and what its plans show.
func (s *State) Actions() iter.Seq[Action] {
	return func(yield func(Action) bool) {
		d := &deciding{State: s, yield: yield, current: map[string]bool{}}
		// Strays are closed first, because their branches may be needed again.
		if !d.answers() || !d.strays() {
			return
		}
		for _, b := range s.Readable() {
			if !d.base(b) {
				return
			}
		}
		s.noteTimes()
		if len(s.Readable()) == len(s.Bases) {
			s.Memory.ForgetVerdicts(d.current)
		}
		for _, b := range s.Readable() {
			if !d.fixes(b) {
				return
			}
		}
	}
}

// deciding is one walk over what is to be done. Its methods report whether to go on.
type deciding struct {
	*State
	yield   func(Action) bool
	current map[string]bool // fingerprints of the groups there are
}

// answers says what became of the ignores of this pass.
func (d *deciding) answers() bool {
	for _, i := range d.Orders.Ignores {
		kind := "ignored"
		if !d.Any(func(item *plan.Item) bool { return Named(item.Dependency, i.Name) }) {
			kind = "ignored-nothing"
			d.Memory.Ignored = slices.DeleteFunc(d.Memory.Ignored, func(old Ignore) bool { return old == i })
		}
		if !d.yield(Action{Do: Answer, Number: i.Number, Kind: kind, About: i.Name}) {
			return false
		}
	}
	return true
}

// strays closes the pull requests of branches that are no base any more, and
// leaves those alone whose base cannot be read.
func (d *deciding) strays() bool {
	for _, name := range slices.Sorted(maps.Keys(d.Open)) {
		b := d.Open[name]
		of := slices.IndexFunc(d.Bases, func(one *Base) bool {
			return one.Branch == b.PullRequest.Base && one.Err != nil || one.Err == nil && d.Owns(one, b)
		})
		a := Action{Do: Stand, Branch: b, Outcome: outcomeOf(b)}
		switch {
		case of >= 0 && d.Bases[of].Err == nil:
			continue
		case of >= 0 || d.unresolved(b):
			a.Outcome.What, a.Outcome.Why = Left, "its base branch could not be read, so it is left alone"
		default:
			a = d.shut(a, fmt.Sprintf("The settings do not name %s as a base branch any more.", b.PullRequest.Base))
		}
		if !d.yield(a) {
			return false
		}
	}
	return true
}

// unresolved reports whether a pull request may belong to a base that this pass does
// not know, because a pattern could not be resolved or matches too many branches.
func (s *State) unresolved(b *Branch) bool {
	return slices.ContainsFunc(s.Settings.Branches, func(one config.Branch) bool { return one.Fits(b.PullRequest.Base) }) && b.On == s.NameOf(b.PullRequest.Base)
}

// base brings the pull requests of a base in step with its plan.
func (d *deciding) base(base *Base) bool {
	offers := d.leaveToOthers(base, d.Memory.Offers(base.Plan.Items))
	if len(offers) > 0 && !base.CanWrite {
		return d.yield(Action{Do: Deny, Why: fmt.Sprintf("%s may be read but not written, so %s %s not proposed", d.Repo, plan.Count(len(offers), "update"), plan.Are(len(offers)))})
	}
	unlocked := base.unlocked(offers)
	if n := len(offers) - len(unlocked); n > 0 && !d.yield(Action{Do: Warn, Why: fmt.Sprintf("%s %s not proposed: %s", plan.Count(n, "update"), plan.Are(n), base.Locked.Why)}) {
		return false
	}
	list := Groups(unlocked, d.Memory, base.Overrides.IsChosen)
	if !d.rest(base, list) { // first, because it makes room under the limit
		return false
	}
	for _, g := range d.byUrgency(list) {
		d.current[g.Fingerprint(base.Files)] = true
		d.recallVerdict(base, g)
		if !d.yield(d.group(base, g)) {
			return false
		}
		d.waits(base, g, d.Outcomes[len(d.Outcomes)-1])
	}
	return true
}

// unlocked leaves out the updates of files that the login may not change.
func (b *Base) unlocked(offers []plan.Item) []plan.Item {
	if len(b.Locked.Files) == 0 {
		return offers
	}
	return slices.DeleteFunc(slices.Clone(offers), func(i plan.Item) bool {
		locked := slices.ContainsFunc(i.Edits, func(e plan.Edit) bool { return slices.Contains(b.Locked.Files, e.At.File) })
		if locked {
			b.End(i.ID, plan.Held, ecosystems.Reason{Code: forge.NoPermission, Text: b.Locked.Why})
		}
		return locked
	})
}

// rest closes the pull requests that belong to no group any more.
func (d *deciding) rest(base *Base, list []*Group) bool {
	wanted := map[string]bool{}
	for _, g := range list {
		wanted[g.Branch()] = true
	}
	for _, name := range slices.Sorted(maps.Keys(d.Open)) {
		b := d.Open[name]
		if wanted[name] || b.Group == HardenKey || !d.Owns(base, b) {
			continue
		}
		if !d.yield(d.close(base, b, list)) {
			return false
		}
	}
	return true
}

// outcomeOf describes a pull request before anything is done about it.
func outcomeOf(b *Branch) Outcome {
	return Outcome{
		Group: b.Group, Base: b.PullRequest.Base, Branch: b.Branch, Number: b.Number, URL: b.URL, Title: b.Title, Updates: len(b.Pairs),
	}
}

// close closes a pull request of which nothing is left to do, where these are the
// groups that there are, unless that is not sure.
func (s *State) close(base *Base, b *Branch, list []*Group) Action {
	a := Action{Do: Stand, Base: base, Branch: b, Outcome: outcomeOf(b)}
	if why := base.unsettled(b); why != "" {
		a.Outcome.What, a.Outcome.Why = Left, why
		return a
	}
	return s.shut(a, s.whyClosed(base, b, list))
}

// shut closes a pull request, unless another author has committed to it.
func (s *State) shut(a Action, why string) Action {
	if a.Branch.Touched() && !s.Orders.Override[a.Branch.Branch] {
		return a.Leave()
	}
	a.Do, a.Outcome.What, a.Outcome.Why = Close, Closed, why
	return a
}

// Leave is the action where another author has committed to the branch.
func (a Action) Leave() Action {
	a.Do, a.Outcome.What = Leave, Touched
	a.Outcome.Why = "another author has committed to it, so it is left alone; /freshpin recreate would discard those commits"
	if a.Branch == nil {
		a.Do, a.Outcome.Why = Stand, "a branch of that name exists and is not ours"
	}
	return a
}

// whyClosed says in one sentence why nothing is left to do here.
func (s *State) whyClosed(base *Base, b *Branch, list []*Group) string {
	if slices.Contains(s.Memory.Split, Scoped(b.On, Unparted(b.Group))) {
		return "Its updates come one by one now, as /freshpin split asked."
	}
	if elsewhere := holding(list, b.Pairs); len(elsewhere) > 0 {
		return "Its updates are grouped otherwise now: they belong to " + strings.Join(elsewhere, ", ") + "."
	}
	for _, p := range b.Pairs {
		if i := base.items[p.ID]; i != nil && i.Status == plan.Skipped {
			return fmt.Sprintf("Nothing is left to update here: %s: %s.", i.Dependency.Name, i.Reason.Text)
		}
	}
	return "Nothing is left to update here: " + base.Branch + " has all of it, or what was updated is gone."
}

// holding returns the branches, formatted as code, of the groups that contain some of the pairs.
func holding(list []*Group, pairs []Pair) (branches []string) {
	asked := map[string]bool{}
	for _, p := range pairs {
		asked[p.ID] = true
	}
	for _, g := range list {
		if slices.ContainsFunc(g.Updates, func(i plan.Item) bool { return asked[i.ID] }) {
			branches = append(branches, "`"+g.Branch()+"`")
		}
	}
	return branches
}

// byUrgency sorts groups with a pull request first, since they do not count against
// the limit for new ones. Within both parts, security fixes come first.
func (s *State) byUrgency(list []*Group) []*Group {
	rank := func(g *Group) (rank int) {
		if s.Open[g.Branch()] == nil {
			rank = 2
		}
		if !Urgent(g.Key) {
			rank++
		}
		return rank
	}
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b *Group) int { return rank(a) - rank(b) })
	return sorted
}

// recallVerdict drops the updates that a tool has refused before for the same content.
func (s *State) recallVerdict(base *Base, g *Group) {
	verdicts := s.Memory.Verdict[g.Fingerprint(base.Files)]
	g.Updates = slices.DeleteFunc(g.Updates, func(i plan.Item) bool {
		why, refused := verdicts[i.ID]
		if refused {
			base.End(i.ID, plan.Held, why)
		}
		return refused
	})
}

// group says what is to be done about a group.
func (s *State) group(base *Base, g *Group) Action {
	b := s.Open[g.Branch()]
	a := Action{Do: Stand, Base: base, Group: g, Branch: b, Outcome: Outcome{
		Group: g.Key, Base: base.Branch, Branch: g.Branch(), Updates: len(g.Updates), Fixes: g.Fixes(), Items: g.IDs(),
	}}
	o := &a.Outcome
	if b != nil {
		o.Number, o.URL, o.Title = b.Number, b.URL, b.Title
	}
	switch o.What = s.what(base, g, b); o.What {
	case Opened, Updated:
		a.Do = Write
	case Touched:
		return a.Leave()
	case Closed:
		return s.close(base, b, nil)
	case Kept:
		if !s.Known[b.Number] {
			a.Do = Complete
		}
	case Left:
		o.Why = base.unsettled(b)
	case Waiting:
		o.Why = s.whyWaiting(base, g)
	case Held:
		o.Why = nothingMade
	}
	return a
}

const nothingMade = "nothing of it can be made"

// what is done about a group that has a pull request, or has none (nil).
func (s *State) what(base *Base, g *Group, b *Branch) What {
	switch {
	case b != nil && base.unsettled(b) != "":
		return Left
	case len(g.Updates) == 0 && b != nil:
		return Closed
	case len(g.Updates) == 0:
		return Held
	case b == nil && !Urgent(g.Key) && !s.Chosen[OpenMark+Scoped(g.On, g.Key)] && s.whyWaiting(base, g) != "":
		return Waiting
	case b == nil:
		return Opened
	case b.Touched() && !s.Orders.Override[b.Branch] && s.ToldTouched(b):
		return Touched
	case s.Rebuilds(b), b.Touched():
		return Updated
	case b.Fingerprint == g.Fingerprint(base.Files):
		return Kept
	case s.quiet(base, g) != "" && b.Metadata.Over == g.Over(base.Files):
		return Kept // it is only not the newest
	}
	return Updated
}

// whyWaiting says why a group that has no pull request gets none yet; "" where it may have one.
func (s *State) whyWaiting(base *Base, g *Group) string {
	if why := s.quiet(base, g); why != "" {
		return why
	}
	if s.tooSoon(g) {
		return fmt.Sprintf("the last draft for it was opened on %s, and one a month is opened", s.Memory.Lines[Scoped(g.On, g.Key)].Format(time.DateOnly))
	}
	return s.full(base)
}

// full says that as many pull requests are open as may be; "" where there is room.
// The limit is about those of the base, without security fixes.
func (s *State) full(base *Base) string {
	n := 0
	for _, b := range s.Open {
		if !Urgent(b.Group) && s.Owns(base, b) {
			n++
		}
	}
	if n < s.Settings.Limit {
		return ""
	}
	return fmt.Sprintf("%s %s open, the limit is %d", plan.Count(n, "pull request"), plan.Are(n), s.Settings.Limit)
}

// quiet returns why a group waits in this pass; "" if it does not.
func (s *State) quiet(base *Base, g *Group) string {
	switch {
	case slices.ContainsFunc(g.Updates, func(i plan.Item) bool { return base.Overrides.IsChosen(i.Dependency) }) || Urgent(g.Key):
		return ""
	case g.Schedule() != "" && s.Next != nil:
		return s.notItsTime(g)
	}
	return s.Quiet
}

// waits takes down what is left for another pass because of the time.
func (s *State) waits(base *Base, g *Group, o Outcome) {
	if o.What == Waiting || o.What == Broken {
		s.waiting[g.Schedule()] = true
	}
	if g.Schedule() == "" && (o.What == Waiting || o.What == Kept) && s.quiet(base, g) != "" {
		s.Postponed = true
	}
}

// unsettled says why a pull request is left alone in this pass: a dependency of
// it could not be looked up, or is not to be seen in a file that could not be
// read, or something newer than it offers is too young yet. "" if nothing is.
func (b *Base) unsettled(pull *Branch) string {
	if Urgent(pull.Group) && b.Plan.Advised.Err != nil {
		return "it mends what is vulnerable, and what that is could not be asked, so it is left alone"
	}
	if b.anyFailed(pull) {
		return "something in it could not be looked up, so it is left alone"
	}
	for _, p := range pull.Pairs {
		if i := b.items[p.ID]; i != nil && i.Status == plan.Held && i.Reason.Code == ecosystems.Cooldown {
			return "it stays while something newer waits: " + i.Reason.Text
		}
	}
	return ""
}

func (b *Base) anyFailed(pull *Branch) bool {
	return slices.ContainsFunc(pull.Pairs, func(p Pair) bool {
		if i := b.items[p.ID]; i != nil {
			return i.Status == plan.Failed
		}
		file, _, _ := strings.Cut(p.ID, "#")
		return b.unread[file]
	})
}

// Made says what is done about a group after its tools have made what they can of
// it: its Updates are what is left, and files is how many differ.
func (s *State) Made(a Action, files int) Action {
	g, b := a.Group, a.Branch
	a.Do, a.Outcome.Updates = Stand, len(g.Updates)
	nothing := len(g.Updates) == 0 || files == 0
	switch {
	case b != nil && a.Base.anyFailed(b):
		a.Outcome.What, a.Outcome.Why = Left, a.Base.unsettled(b)
	case nothing && b != nil:
		return s.close(a.Base, b, nil)
	case nothing:
		a.Outcome.What, a.Outcome.Why = Held, nothingMade
	case b != nil && !b.Touched() && b.Fingerprint == g.Fingerprint(a.Base.Files) && !s.Rebuilds(b):
		a.Outcome.What = Kept // a tool has refused the update that made the difference
	default:
		a.Do = Publish
	}
	return a
}
