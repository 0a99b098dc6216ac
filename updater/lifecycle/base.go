package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/checklist"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/plan"
)

// A base is a base branch with the results of a pass for it. It embeds the run, which
// has the data of the repository.
type base struct {
	*run
	*decide.Base
	checkout *forge.Checkout // nil if Err is set
	tree     plan.Tree
	checks   *checklist.Report // nil if nothing was judged
}

// add adds a base to those of the pass.
func (r *run) add(b *decide.Base) *base {
	one := &base{run: r, Base: b}
	r.Bases, r.bases = append(r.Bases, b), append(r.bases, one)
	return one
}

// opened returns the readable bases.
func (r *run) opened() (list []*base) {
	for _, b := range r.bases {
		if b.Err == nil {
			list = append(list, b)
		}
	}
	return list
}

// use sets the checkout of the base.
func (r *base) use(c *forge.Checkout) {
	r.checkout, r.Files, r.CanWrite = c, c.Files, c.CanWrite
}

// A Known is the data of a repository that can be reused in the next pass.
type Known struct {
	forge.Checkout
	Patterns []string       `json:",omitempty"` // base branches in the settings; none means only the default branch
	Bases    []forge.Branch `json:",omitempty"` // other base branches with their commits in the pass
}

// Wants reports whether a branch is a base branch by the settings.
func (k *Known) Wants(branch string) bool {
	if len(k.Patterns) == 0 {
		return branch == k.Branch
	}
	return slices.ContainsFunc(config.ParseBranches(k.Patterns), func(b config.Branch) bool {
		return b.Fits(branch) || b.Name() == config.Home && branch == k.Branch
	})
}

// maxBases is the most base branches of a repository.
const maxBases = 20

// openBases opens the base branches in the settings, once in a pass. A missing or
// unreadable one does not affect the others.
func (r *run) openBases(ctx context.Context) error {
	if r.bases != nil {
		return nil
	}
	if len(r.Settings.Branches) == 0 || r.settings.Err() != nil {
		r.add(&decide.Base{Branch: r.home.Branch}).use(r.home)
		return nil
	}
	for _, b := range r.Settings.Branches {
		r.report.Was.Patterns = append(r.report.Was.Patterns, b.String())
	}
	wanted, err := r.wanted(ctx)
	if err != nil {
		return err
	}
	for _, w := range wanted {
		b := r.add(&decide.Base{Name: r.NameOf(w.Name), Branch: w.Name, Err: w.err})
		if b.Err == nil {
			err := b.openAt(ctx, w.Branch)
			if stops(err) {
				return err
			}
			b.Err = err
		}
	}
	r.noteBases()
	return nil
}

// A wish is a base branch from the settings, with its known commit.
type wish struct {
	forge.Branch
	err error // why it cannot be opened
}

// wanted resolves the settings: it keeps names, and replaces patterns by the matching branches.
func (r *run) wanted(ctx context.Context) (list []wish, err error) {
	add := func(w wish) {
		if !slices.ContainsFunc(list, func(o wish) bool { return o.Name == w.Name }) {
			list = append(list, w)
		}
	}
	for _, b := range r.Settings.Branches {
		if b.Name() == config.Home {
			add(wish{forge.Branch{Name: r.home.Branch}, nil})
			continue
		}
		if b.Name() != "" {
			add(wish{forge.Branch{Name: b.Name()}, nil})
			continue
		}
		fitting, err := r.fitting(ctx, b)
		if stops(err) {
			return nil, err
		}
		if err != nil {
			add(wish{forge.Branch{Name: b.String()}, err})
		}
		for _, f := range fitting {
			add(wish{f, nil})
		}
	}
	if len(list) > maxBases {
		r.warn(fmt.Sprintf("branches names %d base branches, and at most %d are looked at: not %s", len(list), maxBases, enumerate(list[maxBases:])))
		list = list[:maxBases]
	}
	return list, nil
}

// enumerate joins the names of the first branches.
func enumerate(list []wish) string {
	var names []string
	for n, w := range list {
		if n == 5 {
			names = append(names, "…")
			break
		}
		names = append(names, w.Name)
	}
	return strings.Join(names, ", ")
}

// goneBases returns the base branches of closed pull requests that do not exist any
// more. A forge closes the pull requests into a branch with it. It sends one request
// for each base other than the default one of which a pull request was closed.
func (r *run) goneBases(ctx context.Context, list []*decide.Branch) (map[string]bool, error) {
	gone := map[string]bool{}
	for _, b := range list {
		if _, known := gone[b.Base]; known || r.can.Brancher == nil || !b.Refusal() || b.Base == "" || b.Base == r.home.Branch {
			continue
		}
		all, err := r.can.Brancher.Branches(ctx, r.repo, b.Base)
		if err != nil {
			return nil, err
		}
		// Branches takes a prefix: release/1 also lists release/10.
		gone[b.Base] = !slices.ContainsFunc(all, func(one forge.Branch) bool { return one.Name == b.Base })
	}
	return gone, nil
}

// fitting returns the branches that match a pattern, the highest number first.
func (r *run) fitting(ctx context.Context, b config.Branch) ([]forge.Branch, error) {
	if r.can.Brancher == nil {
		return nil, errors.New("branches cannot be listed here")
	}
	all, err := r.can.Brancher.Branches(ctx, r.repo, b.Prefix())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(one forge.Branch) bool { return !b.Fits(one.Name) })
	if len(all) == 0 {
		r.warn(fmt.Sprintf("branches: no branch fits %s", b))
	}
	slices.SortStableFunc(all, func(x, y forge.Branch) int { return -natural(x.Name, y.Name) })
	return all, nil
}

var runs = lazyregexp.New(`[0-9]+|[^0-9]+`)

// natural compares names so that release/1.10 comes after release/1.9.
func natural(a, b string) int {
	return cmp.Or(slices.CompareFunc(runs.FindAllString(a, -1), runs.FindAllString(b, -1), func(x, y string) int {
		if isDigit(x[0]) && isDigit(y[0]) {
			// As text, because a number in a name may be of any length.
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
		}
		return cmp.Compare(x, y)
	}), cmp.Compare(a, b))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// openAt opens the branch. If its commit is known from the last pass, it sends no request.
func (r *base) openAt(ctx context.Context, at forge.Branch) error {
	if at.Name == r.home.Branch {
		r.use(r.home)
		return nil
	}
	if r.can.Brancher == nil {
		return fmt.Errorf("the branch %s cannot be opened here", at.Name)
	}
	for _, was := range r.pass.Was.Bases {
		if was.Name == at.Name && was.Commit == at.Commit {
			at = was
		}
	}
	c, err := r.can.Brancher.OpenBranch(ctx, r.home, at)
	if errors.Is(err, forge.ErrNotFound) {
		return &missing{at.Name}
	}
	if err == nil {
		r.use(c)
	}
	return err
}

// A missing is the error for a base branch in the settings that does not exist.
type missing struct{ name string }

// Error returns the error with a hint.
func (m *missing) Error() string {
	return fmt.Sprintf("there is no branch %s: make it, or take it out of branches in %s", m.name, config.Name)
}

// Is reports whether target is forge.ErrNotFound.
func (m *missing) Is(target error) bool { return target == forge.ErrNotFound }

// noteBases records the bases for the report and the next pass.
func (r *run) noteBases() {
	for _, b := range r.bases {
		one := Base{Name: b.Branch, Err: b.Err}
		if b.Err == nil {
			one.Commit = b.checkout.Commit
			if b.Name != "" {
				r.report.Was.Bases = append(r.report.Was.Bases, forge.Branch{Name: b.Name, Commit: b.checkout.Commit, Tree: b.checkout.Tree})
			}
		}
		r.report.Bases = append(r.report.Bases, one)
	}
}

// makePlan scans the base and decides every pin.
func (r *base) makePlan(ctx context.Context, seen *decide.Sightings) error {
	settings := r.settings
	if r.Name != "" {
		settings = r.Reconciler.Rules(r.home.FS, r.Name, false)
	}
	r.Overrides = decide.Overrides{Rules: settings, Ignored: r.Memory.Ignored, Chosen: r.Chosen, Base: r.Name}
	var err error
	if r.tree, err = manifests(ctx, r.checkout, r.Overrides, r.Planner.Ecosystems); err != nil {
		return err
	}
	r.tree.Base = r.Name
	planner := r.Planner
	planner.Now, planner.Seen, planner.Living = r.now, seen, true
	made, err := planner.Plan(ctx, []plan.Tree{r.tree})
	if err != nil {
		return err
	}
	r.SetPlan(made)
	if err := made.Advised.Err; err != nil {
		r.warn("what is vulnerable is not known: " + err.Error())
	}
	r.judgeTree(ctx)
	return nil
}

// shown returns the name of the base for display; "" if there is only the default branch.
func (r *base) shown() string {
	if len(r.Settings.Branches) == 0 {
		return ""
	}
	return r.Branch
}

// summarize combines the results of the bases.
func (r *run) summarize() {
	var plans []*plan.Plan
	for _, b := range r.bases {
		if b.Plan != nil {
			plans = append(plans, b.Plan)
		}
	}
	switch len(plans) {
	case 0:
	case 1:
		r.report.Plan = plans[0]
	default:
		r.report.Plan = joined(plans)
	}
	if len(r.bases) > 0 {
		r.report.Checks = r.bases[0].checks
	}
}

// joined combines several plans.
func joined(plans []*plan.Plan) *plan.Plan {
	all := &plan.Plan{}
	hosts := map[string]plan.HostFailure{}
	for _, p := range plans {
		all.Items = append(all.Items, p.Items...)
		all.Files += p.Files
		all.Filtered += p.Filtered
		all.Unlisted += p.Unlisted
		if all.Advised.Source == "" || all.Advised.Err == nil && p.Advised.Err != nil {
			all.Advised = p.Advised
		}
		for _, h := range p.FailedHosts {
			h.Packages = max(h.Packages, hosts[h.Host].Packages) // the bases mostly have the same packages
			hosts[h.Host] = h
		}
	}
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		all.FailedHosts = append(all.FailedHosts, hosts[host])
	}
	return all
}
