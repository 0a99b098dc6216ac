package edit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/scan"
)

// maxAttempts limits how often a tool runs for one manifest to find the updates that it refuses.
const maxAttempts = 40

// finishAll runs tools that make the updates of each manifest in a copy of the
// tree. If the tree cannot be copied, it holds all of them.
func (w *writer) finishAll(ctx context.Context, manifests [][]plan.Item, broken []damage) error {
	if len(manifests) == 0 && len(broken) == 0 {
		return nil
	}
	space, err := newWorkspace(ctx, w.tree)
	if err != nil {
		w.holdAll(slices.Concat(manifests...), err)
		return plan.Interrupted(ctx)
	}
	defer space.remove()
	if err := w.repair(ctx, space, broken); err != nil {
		return err
	}
	for _, items := range manifests {
		m := &toolRun{writer: w, space: space, items: items, base: w.state, best: w.state, falls: map[string]int{}}
		if err := m.make(ctx); err != nil {
			return err
		}
		w.state = m.best
		if len(m.made) > 0 {
			w.tidied(m.items[0].Origin.Manifest, m.tidy)
		}
		w.work.Made = append(w.work.Made, m.made...)
		w.work.Dragged = append(w.work.Dragged, m.dragged...)
	}
	w.work.Dragged = slices.DeleteFunc(w.work.Dragged, func(d Dragged) bool {
		return slices.ContainsFunc(w.work.Made, func(i plan.Item) bool { // it is also an update of its own manifest
			return w.tree.Show(i.Origin.Manifest) == d.File && i.Line == d.Line && i.Dependency.Package == d.Dependency.Package
		})
	})
	return nil
}

// holdAll holds updates for which the tool could not run, so that a later run tries them again.
func (w *writer) holdAll(items []plan.Item, err error) {
	w.hold(items, ecosystems.Reason{Code: ecosystems.ToolFail, Text: err.Error()})
	for _, i := range items {
		w.work.Unasked = append(w.work.Unasked, i.ID)
	}
}

func (w *writer) hold(items []plan.Item, why ecosystems.Reason) {
	for _, i := range items {
		i.Status, i.Reason = plan.Held, why
		i.Tracef("%s: %s", plan.Held, why.Text)
		w.work.Held = append(w.work.Held, i)
	}
}

// A toolRun makes the updates of one manifest with a tool.
type toolRun struct {
	*writer
	space    *workspace
	items    []plan.Item
	base     state       // before all updates
	best     state       // with the updates in taken
	taken    []plan.Item // the successful updates, with their targets
	made     []plan.Item // the same with their actual versions
	dragged  []Dragged
	tidy     string // what else the tool put in order
	retries  []retry
	falls    map[string]int // how often an update took another option, by ID
	attempts int
}

// A retry is a refused update that may succeed after others.
type retry struct {
	item  plan.Item
	taken int // how many updates had succeeded when it was refused
}

// make makes as many of the updates as work together.
func (m *toolRun) make(ctx context.Context) error {
	items, err := m.rebind()
	if err != nil {
		m.holdAll(m.items, err)
		return nil
	}
	if err := m.settle(ctx, items); err != nil {
		m.holdAll(m.remaining(), err)
		return plan.Interrupted(ctx)
	}
	// An update that needs another one was refused if its turn came first. It is
	// tried once more if any update succeeded since.
	var again []plan.Item
	for _, d := range m.retries {
		if len(m.taken) > d.taken {
			again = append(again, d.item)
		}
	}
	m.release(again)
	if err := m.settle(ctx, again); err != nil {
		m.holdAll(m.remaining(), err)
	}
	return plan.Interrupted(ctx)
}

// remaining returns the items without a result.
func (m *toolRun) remaining() []plan.Item {
	known := map[string]bool{}
	for _, i := range slices.Concat(m.made, m.work.Held) {
		known[i.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(m.items), func(i plan.Item) bool { return known[i.ID] })
}

func (m *toolRun) release(items []plan.Item) {
	m.work.Held = slices.DeleteFunc(m.work.Held, func(h plan.Item) bool {
		return slices.ContainsFunc(items, func(i plan.Item) bool { return i.ID == h.ID })
	})
}

// settle makes as many of the candidates as work together with those already
// made. If the tool refuses all of them together, settle divides them until it
// finds the ones to blame; it divides families last. For a refused update it
// tries the next option. The error means that the tool could not run.
func (m *toolRun) settle(ctx context.Context, candidates []plan.Item) error {
	if len(candidates) == 0 {
		return nil
	}
	err := m.attempt(ctx, slices.Concat(m.taken, candidates))
	var no *ecosystems.Refusal
	if err == nil || !errors.As(err, &no) {
		return err
	}
	if concernsManifest(no) {
		m.hold(candidates, no.Reason)
		return nil
	}
	families := plan.GroupBy(candidates, familyOf)
	blamed, rest := blame(no, candidates)
	// A family may only fit as a whole: members of a blamed update are settled with
	// it, and a single family first takes lower targets together.
	switch {
	case len(families) > 1 && len(blamed) > 0 && no.Reason.Code == ecosystems.ToolFail && hasKin(blamed, rest):
		return m.apart(ctx, families, blamed)
	case len(families) == 1 && len(candidates) > 1 && no.Reason.Code == ecosystems.ToolFail:
		if done, err := m.together(ctx, candidates, no.Reason); done || err != nil {
			return err
		}
	}
	if len(blamed) > 0 {
		return m.settle(ctx, slices.Concat(m.nextOptions(ctx, blamed, no), rest))
	}
	if len(families) == 1 {
		families = [][]plan.Item{candidates[:len(candidates)/2], candidates[len(candidates)/2:]}
	}
	half := len(families) / 2
	if err := m.settle(ctx, slices.Concat(families[:half]...)); err != nil {
		return err
	}
	return m.settle(ctx, slices.Concat(families[half:]...))
}

// apart settles the families of blamed updates one by one, after all others.
func (m *toolRun) apart(ctx context.Context, families [][]plan.Item, blamed []plan.Item) error {
	var others []plan.Item
	var kin [][]plan.Item
	for _, f := range families {
		if hasKin(f, blamed) {
			kin = append(kin, f)
		} else {
			others = append(others, f...)
		}
	}
	if err := m.settle(ctx, others); err != nil {
		return err
	}
	for _, f := range kin {
		if err := m.settle(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// maxFalls limits how many older targets of an update are tried after a refusal,
// because each takes a run of the tool.
const maxFalls = 3

// nextOptions returns the next options of refused updates, and holds the updates without one.
func (m *toolRun) nextOptions(ctx context.Context, blamed []plan.Item, no *ecosystems.Refusal) (again []plan.Item) {
	for _, i := range blamed {
		if next, ok := m.fallBack(ctx, i, no.Reason); ok {
			again = append(again, next)
			continue
		}
		m.hold([]plan.Item{i}, no.Reason)
		if len(no.Moves) == 0 {
			m.retries = append(m.retries, retry{i, len(m.taken)})
		}
	}
	return again
}

// fallBack moves an update to its next option. It reports false if there is none,
// or if another version would not help against this kind of refusal.
func (m *toolRun) fallBack(ctx context.Context, i plan.Item, why ecosystems.Reason) (plan.Item, bool) {
	fall := why.Code == ecosystems.Drags || why.Code == ecosystems.ToolFail
	if !fall || m.falls[i.ID] >= maxFalls || !nextOption(ctx, &i, why) {
		return i, false
	}
	m.falls[i.ID]++
	return i, true
}

// together tries the next option of all members of a family at once, because
// some families fit only in equal versions. If no option works, the attempts do
// not count against maxFalls of the members.
func (m *toolRun) together(ctx context.Context, family []plan.Item, why ecosystems.Reason) (done bool, err error) {
	falls := maps.Clone(m.falls)
	for range maxFalls {
		next, moved := make([]plan.Item, len(family)), false
		for n, i := range family {
			lower, ok := m.fallBack(ctx, i, why)
			next[n], moved = lower, moved || ok
		}
		if !moved {
			break
		}
		family = next
		var no *ecosystems.Refusal
		if err := m.attempt(ctx, slices.Concat(m.taken, family)); err == nil || !errors.As(err, &no) {
			return err == nil, err
		}
	}
	m.falls = falls
	return false, nil
}

// familyOf names the family of an update. The ecosystem knows which packages belong together.
func familyOf(i plan.Item) string {
	if r, ok := i.Origin.Ecosystem.(ecosystems.Relater); ok {
		return r.Family(i.Dependency.Package)
	}
	return i.Dependency.Package.Name
}

// hasKin reports whether items and others have members of the same family.
func hasKin(items, others []plan.Item) bool {
	return slices.ContainsFunc(items, func(i plan.Item) bool {
		return slices.ContainsFunc(others, func(o plan.Item) bool { return familyOf(o) == familyOf(i) })
	})
}

// blame returns the candidates that a refusal names, or the only candidate;
// none if the refusal names none.
func blame(r *ecosystems.Refusal, candidates []plan.Item) (blamed, rest []plan.Item) {
	if len(candidates) == 1 {
		return candidates, nil
	}
	for _, i := range candidates {
		if slices.Contains(r.Moves, i.Dependency.Package.Name) {
			blamed = append(blamed, i)
		} else {
			rest = append(rest, i)
		}
	}
	return blamed, rest
}

// concernsManifest reports whether a refusal concerns the manifest, independent of the updates.
func concernsManifest(r *ecosystems.Refusal) bool {
	return slices.Contains([]string{ecosystems.NoTool, ecosystems.NotTidy, ecosystems.TooNew}, r.Reason.Code)
}

// attempt makes the updates together, from the base state. After an error the
// result of the last successful attempt stays.
func (m *toolRun) attempt(ctx context.Context, items []plan.Item) error {
	if m.attempts++; m.attempts > maxAttempts {
		return fmt.Errorf("more than %d attempts to find out which updates of %s go together", maxAttempts, m.items[0].Origin.Manifest)
	}
	if err := m.space.writeState(ctx, m.base); err != nil {
		return err
	}
	done, err := m.finish(ctx, items)
	if err != nil {
		return err
	}
	after, err := m.written(m.space, m.base, done.Changes)
	if err != nil {
		return err
	}
	arrived, dragged, err := m.judge(after, done.Changes, items)
	if err != nil {
		return err
	}
	m.best, m.taken, m.made, m.dragged, m.tidy = after, items, arrived, dragged, done.Tidied
	return nil
}

// written returns the state after the changes of a tool. A change through a
// symbolic link is recorded for the target of the link.
func (w *writer) written(space *workspace, base state, changes []ecosystems.FileChange) (state, error) {
	s := maps.Clone(base)
	var outside error
	for _, c := range changes {
		name := c.Path
		if to, err := follow(w.tree.FS, c.Path); err != nil {
			outside = fmt.Errorf("%s: %w", c.Path, err)
		} else if !c.Delete {
			name = to
		}
		s[name] = contentOf(c)
		w.tools[name] = true
		space.holds[name] = s[name]
	}
	return s, outside
}

// finish runs the tool. It returns a panic on hostile input as the error of this manifest.
func (m *toolRun) finish(ctx context.Context, items []plan.Item) (done ecosystems.Finished, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: the tool gave up: %v", m.items[0].Origin.Manifest, r)
		}
	}()
	var moves []ecosystems.Move
	for _, i := range items {
		if version.Compare(i.Dependency.Pin.Version, i.Target.Version) != 0 { // else another manifest's updates made this one
			moves = append(moves, ecosystems.Move{Dependency: i.Dependency, To: i.Target, Security: i.Security})
		}
	}
	if len(moves) == 0 {
		return done, nil
	}
	return m.items[0].Finisher().Finish(ctx, m.space.dir, m.items[0].Origin.Manifest, moves)
}

func contentOf(c ecosystems.FileChange) []byte {
	switch {
	case c.Delete:
		return nil
	case c.Data == nil:
		return []byte{}
	}
	return c.Data
}

// extractIn reads a manifest with the content that it has in a state.
func (m *toolRun) extractIn(s state, name string) ([]ecosystems.Dependency, error) {
	tree := s.over(m.tree.FS)
	if _, err := fs.Stat(tree, name); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return scan.Extract(tree, name, m.items[0].Origin.Ecosystem)
}

// rebind returns the items with their current positions and versions, because
// updates of another manifest may have changed this one.
func (m *toolRun) rebind() ([]plan.Item, error) {
	name := m.items[0].Origin.Manifest
	if _, changed := m.base[name]; !changed {
		return m.items, nil
	}
	was, err := m.extractIn(state{}, name)
	if err != nil {
		return nil, err
	}
	is, err := m.extractIn(m.base, name)
	if err != nil {
		return nil, err
	}
	now := map[slot]ecosystems.Dependency{}
	for n, s := range slots(is) {
		now[s] = is[n]
	}
	place := slots(was)
	var items []plan.Item
	for _, i := range m.items {
		n := slices.IndexFunc(was, func(d ecosystems.Dependency) bool { return samePlace(d, i.Dependency) })
		if n < 0 || now[place[n]].Package.Name == "" {
			m.hold([]plan.Item{i}, ecosystems.Reason{Code: ecosystems.Conflict, Text: "the updates of another manifest take it out of this one"})
			continue
		}
		d := now[place[n]]
		d.Ecosystem = i.Dependency.Ecosystem
		if i.Dependency = d; version.Compare(d.Pin.Version, i.Target.Version) > 0 {
			i.Target.Version = d.Pin.Version // never move it back
		}
		items = append(items, i)
	}
	return items, nil
}
