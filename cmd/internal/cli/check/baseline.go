package check

import (
	"context"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/cmd/internal/baselineflags"
	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/updater/baseline"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/checklist"
	"github.com/freshpin/freshpin/updater/plan"
)

// leaveOutKnown removes known findings from the reports: those in the baseline, and those
// that existed before the changes since a ref. gone describes baseline entries that
// no longer occur, for the gate.
func (c *command) leaveOutKnown(ctx context.Context, args []string, list []plan.Tree, reports []*checklist.Report) (gone []string, err error) {
	listed, err := c.baseline.Read()
	if err != nil {
		return nil, err
	}
	if c.baseline.Write {
		var ids []string
		for _, r := range reports {
			ids = append(ids, findingIDs(r.Findings)...)
		}
		return nil, c.baseline.Save(c.Env, ids, baselineflags.OfCheck)
	}
	if c.baseline.Since != "" {
		if err := c.introduced(ctx, args, list, reports); err != nil {
			return nil, err
		}
	}
	if listed != nil {
		gone = c.outsideBaseline(listed, reports)
	}
	return gone, nil
}

func findingIDs(list []check.Finding) (ids []string) {
	for _, f := range list {
		ids = append(ids, f.ID)
	}
	return ids
}

// outsideBaseline removes the findings that a baseline lists.
func (c *command) outsideBaseline(listed baseline.File, reports []*checklist.Report) []string {
	var ids []string
	for _, r := range reports {
		ids = append(ids, findingIDs(r.Findings)...)
	}
	old, at := c.baseline.LeftOut(c.Env, listed, ids, "finding", c.lookup.Quiet), -1
	for _, r := range reports {
		r.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(check.Finding) bool { at++; return old[at] })
	}
	if !c.baseline.Strict {
		return nil
	}
	return c.baseline.Complain(c.Env, c.missingEntries(listed, ids, reports))
}

// missingEntries returns the baseline entries that no longer occur. It returns none if a
// lookup failed or only part of the tree was checked, because a missing finding then
// proves nothing.
func (c *command) missingEntries(listed baseline.File, ids []string, reports []*checklist.Report) []string {
	for _, r := range reports {
		if len(r.Failed)+len(r.Unknown) > 0 {
			console.Line(c.Stderr, "freshpin: entries of %s that no longer occur are not reported, because some lookups failed", c.baseline.Baseline)
			return nil
		}
	}
	return listed.Gone(ids, func(file, rule string) bool {
		return baselineflags.OfCheck(rule) && (len(c.rules) == 0 || slices.Contains(c.rules, rule)) && c.level == "" &&
			(len(c.lookup.Files) == 0 || wiring.Matches(c.lookup.Files, file))
	})
}

// introduced removes the findings that already existed at the merge base with a ref.
func (c *command) introduced(ctx context.Context, args []string, list []plan.Tree, reports []*checklist.Report) error {
	old, bases, err := baselineflags.Snapshots(ctx, c.baseline.Since, args, list, checklist.Matters)
	if err != nil {
		return err
	}
	all, here, undecided := 0, 0, 0
	for n, r := range reports {
		found, err := r.Since(ctx, old[n], bases[n].Objects())
		if err != nil {
			return fmt.Errorf("check the tree of %.12s: %w", bases[n].Commit, err)
		}
		all, here, undecided = all+len(r.Findings), here+len(found.Introduced), undecided+found.Undecided
		r.Findings = found.Introduced
	}
	if c.lookup.Quiet {
		return nil
	}
	console.Line(c.Stderr, "freshpin: since %s (%.12s): %s introduced here, %d existed before", c.baseline.Since, bases[0].Commit, plan.Count(here, "finding"), all-here)
	if undecided > 0 {
		console.Line(c.Stderr, "freshpin: %s of these count as existing before, because their images could not be looked up for the earlier state", plan.Count(undecided, "finding"))
	}
	return nil
}
