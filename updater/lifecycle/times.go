package lifecycle

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"github.com/freshpin/freshpin/updater/plan"
)

// Some rules have a schedule of their own (rules[].schedule). Their updates come
// in groups of their own. Such a group waits until its time has come since all
// groups of that schedule were brought up to date last, which the memory holds.

// timed returns the key of a group of updates with a schedule of their own.
func timed(key string, i *plan.Item) string {
	cron := i.Policy.Proposal.Schedule
	if cron == "" {
		return key
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(cron)) // a hash takes everything
	return fmt.Sprintf("%s/scheduled-%08x", key, sum.Sum32())
}

// schedule returns the schedule that the updates of a group have of their own; "" for none.
func (g *group) schedule() string {
	for n := range g.Updates {
		if cron := g.Updates[n].Policy.Proposal.Schedule; cron != "" {
			return cron
		}
	}
	return ""
}

// schedules returns the schedules of rules that the plan knows, sorted.
func (r *run) schedules() []string {
	set := map[string]bool{}
	for i := range r.items() {
		if cron := i.Policy.Proposal.Schedule; cron != "" {
			set[cron] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// readTimes decides which schedules are due. One that is new begins now.
func (r *run) readTimes() {
	r.due, r.waiting = map[string]bool{}, map[string]bool{}
	if r.pass.Next == nil {
		return
	}
	times, zone := map[string]time.Time{}, r.about.Timezone
	for _, cron := range r.schedules() {
		since, known := r.memory.Times[cron]
		if !known {
			since = r.now
		}
		times[cron] = since
		r.due[cron] = !r.pass.Next(cron, zone, since).After(r.now)
		if next := r.pass.Next(cron, zone, r.now); r.report.Next.IsZero() || next.Before(r.report.Next) {
			r.report.Next = next
		}
	}
	r.memory.Times = times
}

// noteTimes remembers the schedules whose groups are all up to date, on every base.
func (r *run) noteTimes() {
	for cron, due := range r.due {
		if due && !r.waiting[cron] {
			r.memory.Times[cron] = r.now
		}
	}
}

// notItsTime says why a group waits for its own schedule; "" where it does not, or has none.
func (r *run) notItsTime(g *group) string {
	cron := g.schedule()
	if cron == "" || r.pass.Next == nil || r.due[cron] {
		return ""
	}
	next := r.pass.Next(cron, r.about.Timezone, r.now)
	return fmt.Sprintf("it waits for the schedule of its rule: %s, next on %s", cron, next.UTC().Format("2006-01-02 15:04 MST"))
}
