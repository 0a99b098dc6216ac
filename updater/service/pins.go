package service

import (
	"maps"
	"slices"
	"time"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
)

// maxTrace is how many decision steps are stored.
const maxTrace = 30

// pinsOf converts the plan of a report for the store.
func pinsOf(r *lifecycle.Report) []store.Pin {
	moved := map[string]int{}
	for _, o := range r.Groups {
		for _, id := range o.Items {
			moved[id] = o.Number
		}
	}
	list := make([]store.Pin, 0, len(r.Plan.Items))
	for n := range r.Plan.Items {
		i := &r.Plan.Items[n]
		p := pin(i)
		p.Pull = moved[i.ID]
		list = append(list, p)
	}
	return list
}

func pin(i *plan.Item) store.Pin {
	return store.Pin{
		Dependency: record.Of(i), Base: i.Origin.Tree.Base, Alarm: i.Alarm(), Why: append([]string{}, i.Trace[:min(len(i.Trace), maxTrace)]...),
	}
}

// totals counts pins by status.
func totals(list []store.Pin) store.Totals {
	t := store.Totals{Pins: len(list)}
	for _, p := range list {
		switch p.Status {
		case plan.Current:
			t.Current++
		case plan.Update:
			t.Updates++
		case plan.Held:
			t.Held++
		case plan.Skipped:
			t.Skipped++
		case plan.Failed:
			t.Failed++
		}
		if len(p.Advisories) > 0 {
			t.Security++
		}
		t.Libyears += p.Libyears
	}
	return t
}

// pullsOf returns the open pull requests of a report.
func pullsOf(r *lifecycle.Report, now time.Time) []store.Pull {
	list := []store.Pull{}
	for _, o := range r.Groups {
		if o.Number == 0 {
			continue
		}
		p := store.Pull{
			Number: o.Number, URL: o.URL, Title: o.Title, Branch: o.Branch, State: forge.Open,
			Updates: o.Updates, Security: o.Fixes, Outcome: string(o.What), Why: o.Why, Changed: now,
		}
		if o.Base != r.Was.Branch {
			p.Base = o.Base
		}
		switch o.What {
		case decide.Opened:
			p.Opened = now
		case decide.Closed:
			p.State = forge.Closed
		}
		list = append(list, p)
	}
	return list
}

// pullStatuses returns the status of the open pull requests, sorted by number.
func pullStatuses(all map[int]forge.PullRequestStatus) (list []store.PullStatus) {
	for _, n := range slices.Sorted(maps.Keys(all)) {
		s := all[n]
		list = append(list, store.PullStatus{Number: n, Head: s.Head, Opened: s.Opened, Checks: s.Checks, Mergeable: s.Mergeable, Review: s.Review})
	}
	return list
}

// transient reports whether a lookup failed that may succeed later.
func transient(r *lifecycle.Report) bool {
	return slices.ContainsFunc(r.Plan.Items, func(i plan.Item) bool {
		return i.Status == plan.Failed && slices.Contains([]string{"unreachable", "rate-limited", "bad-answer", "timeout"}, i.Reason.Code)
	})
}

// findingsOf converts the checklist findings for the store; nil if nothing was checked.
func findingsOf(r *lifecycle.Report) []store.Finding {
	if r.Checks == nil {
		return nil
	}
	list := make([]store.Finding, 0, len(r.Checks.Findings))
	for n := range r.Checks.Findings {
		f := &r.Checks.Findings[n]
		list = append(list, store.Finding{
			ID: f.ID, Rule: f.Rule, Level: f.Level.String(), Information: f.Mode == check.Information,
			File: f.At.File, Line: f.Line, Stage: f.Stage, Text: f.Text,
		})
	}
	return list
}
