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

// A Do is the kind of an action.
type Do string

// Kinds of actions.
const (
	Stand    Do = "stand"    // do nothing; Outcome has the state of the group
	Answer   Do = "answer"   // comment on Number with the text Kind about About
	Warn     Do = "warn"     // add a warning to the report
	Deny     Do = "deny"     // end the pass, because the login lacks a permission
	Leave    Do = "leave"    // comment once that the branch is left to the person who committed to it
	Close    Do = "close"    // close the pull request
	Complete Do = "complete" // add labels and reviewers that an interrupted pass may not have set
	Write    Do = "write"    // make the updates of the group, then call Made
	Publish  Do = "publish"  // push the changes, and open or update the pull request
	Harden   Do = "harden"   // publish the safe fixes of the checklist
)

// An Action is one step to carry out.
type Action struct {
	Do      Do
	Base    *Base   // nil if the action concerns no base
	Group   *Group  // nil unless the action is for a group of updates
	Branch  *Branch // pull request; nil if there is none
	Outcome Outcome // to record if the action succeeds

	Why    string // of Warn and Deny
	Number int    // of Answer: pull request or issue
	Kind   string // of Answer: the kind of comment
	About  string // of Answer: the name in the command
}

// Actions yields the actions of this pass in order. The caller has to carry out each
// action and record the result (Note, Published, Closed) before it takes the next one.
// Actions changes only the State and its plans.
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
		// The groups of a base that could not be read are not known.
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

// deciding is one run of Actions. Its methods report whether to continue.
type deciding struct {
	*State
	yield   func(Action) bool
	current map[string]bool // fingerprints of the current groups
}

// answers yields the replies to the ignore commands of this pass.
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

// strays closes the pull requests whose base is no longer a base branch, and leaves
// those whose base cannot be read.
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

// base yields the actions that update the pull requests of a base according to its plan.
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

// unlocked returns the updates without those of files that the login may not change.
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

// rest closes the pull requests that no longer belong to a group.
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

// outcomeOf returns the outcome for an unchanged pull request.
func outcomeOf(b *Branch) Outcome {
	return Outcome{
		Group: b.Group, Base: b.PullRequest.Base, Branch: b.Branch, Number: b.Number, URL: b.URL, Title: b.Title, Updates: len(b.Pairs),
	}
}

// close returns the action for a pull request without a current group: it is closed,
// unless it is uncertain that nothing is left to do.
func (s *State) close(base *Base, b *Branch, list []*Group) Action {
	a := Action{Do: Stand, Base: base, Branch: b, Outcome: outcomeOf(b)}
	if why := base.unsettled(b); why != "" {
		a.Outcome.What, a.Outcome.Why = Left, why
		return a
	}
	return s.shut(a, s.whyClosed(base, b, list))
}

// shut returns the action that closes a pull request, or Leave if another author has committed to it.
func (s *State) shut(a Action, why string) Action {
	if a.Branch.Touched() && !s.Orders.Override[a.Branch.Branch] {
		return a.Leave()
	}
	a.Do, a.Outcome.What, a.Outcome.Why = Close, Closed, why
	return a
}

// Leave returns the action for a branch with commits of another author.
func (a Action) Leave() Action {
	a.Do, a.Outcome.What = Leave, Touched
	a.Outcome.Why = "another author has committed to it, so it is left alone; /freshpin recreate would discard those commits"
	if a.Branch == nil {
		a.Do, a.Outcome.Why = Stand, "a branch of that name exists and is not ours"
	}
	return a
}

// whyClosed returns why a pull request is closed, in one sentence.
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
	// By content: when a file has changed, the tool is asked again.
	verdicts := s.Memory.Verdict[g.Fingerprint(base.Files)]
	g.Updates = slices.DeleteFunc(g.Updates, func(i plan.Item) bool {
		why, refused := verdicts[i.ID]
		if refused {
			base.End(i.ID, plan.Held, why)
		}
		return refused
	})
}

// group returns the action for a group.
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

// what returns what to do with a group; b is its pull request, nil if it has none.
func (s *State) what(base *Base, g *Group, b *Branch) What {
	switch {
	// First, because after a failed lookup the group lacks updates that are still right.
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

// whyWaiting returns why a group without a pull request gets none yet; "" if it may have one.
func (s *State) whyWaiting(base *Base, g *Group) string {
	if why := s.quiet(base, g); why != "" {
		return why
	}
	if s.tooSoon(g) {
		return fmt.Sprintf("the last draft for it was opened on %s, and one a month is opened", s.Memory.Lines[Scoped(g.On, g.Key)].Format(time.DateOnly))
	}
	return s.full(base)
}

// full returns the sentence that the limit on open pull requests is reached; "" if it is
// not. The limit applies to those of the base, without security fixes.
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

// waits records a group that waits for a schedule.
func (s *State) waits(base *Base, g *Group, o Outcome) {
	if o.What == Waiting || o.What == Broken {
		s.waiting[g.Schedule()] = true
	}
	// When the schedule is due neither commit nor plan has changed, so the pass must not settle.
	if g.Schedule() == "" && (o.What == Waiting || o.What == Kept) && s.quiet(base, g) != "" {
		s.Postponed = true
	}
}

// unsettled returns why a pull request is left alone in this pass: a lookup of one of
// its dependencies failed, its file could not be read, or a newer version is still in
// its cooldown. It returns "" if there is no reason.
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
		// A file that could not be read has no items; the IDs of its pins begin with its name.
		file, _, _ := strings.Cut(p.ID, "#")
		return b.unread[file]
	})
}

// Made returns the next action for a group after its tools have run. Its Updates are
// the remaining ones, and files is the number of changed files.
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
