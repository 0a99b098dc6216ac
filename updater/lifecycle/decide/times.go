package decide

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"github.com/freshpin/freshpin/updater/plan"
)

// Rules can have their own schedule (rules[].schedule). Their updates are in separate
// groups. Such a group waits until its schedule is due again after the time, stored in
// the memory, at which all groups of that schedule were last up to date.

// timed returns the key of the group for updates with their own schedule.
func timed(key string, i *plan.Item) string {
	cron := i.Policy.Proposal.Schedule
	if cron == "" {
		return key
	}
	// The name of a branch can hold neither the spaces nor the stars of an expression.
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(cron)) // a hash takes everything
	return fmt.Sprintf("%s/scheduled-%08x", key, sum.Sum32())
}

// Schedule returns the own schedule of the updates of a group; "" for none.
func (g *Group) Schedule() string {
	for n := range g.Updates {
		if cron := g.Updates[n].Policy.Proposal.Schedule; cron != "" {
			return cron
		}
	}
	return ""
}

// Schedules returns the schedules of rules in the plans, sorted.
func (s *State) Schedules() []string {
	set := map[string]bool{}
	for i := range s.Items() {
		if cron := i.Policy.Proposal.Schedule; cron != "" {
			set[cron] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// ReadTimes determines which schedules of rules are due, and returns when the next one
// is; the zero time for none. A new schedule begins now.
func (s *State) ReadTimes() (soonest time.Time) {
	s.due, s.waiting = map[string]bool{}, map[string]bool{}
	if s.Next == nil {
		return soonest
	}
	times, zone := map[string]time.Time{}, s.Settings.Timezone
	for _, cron := range s.Schedules() {
		since, known := s.Memory.Times[cron]
		if !known {
			since = s.Begun
		}
		times[cron] = since
		s.due[cron] = !s.Next(cron, zone, since).After(s.Begun)
		if next := s.Next(cron, zone, s.Begun); soonest.IsZero() || next.Before(soonest) {
			soonest = next
		}
	}
	s.Memory.Times = times
	return soonest
}

// Due reports whether the schedule of a rule is due.
func (s *State) Due(cron string) bool { return s.due[cron] }

// noteTimes records the schedules whose groups are all up to date, on every base.
func (s *State) noteTimes() {
	for cron, due := range s.due {
		if due && !s.waiting[cron] {
			s.Memory.Times[cron] = s.Begun
		}
	}
}

// notItsTime returns why a group waits for its own schedule; "" if it does not or has none.
func (s *State) notItsTime(g *Group) string {
	cron := g.Schedule()
	if cron == "" || s.Next == nil || s.due[cron] {
		return ""
	}
	next := s.Next(cron, s.Settings.Timezone, s.Begun)
	return fmt.Sprintf("it waits for the schedule of its rule: %s, next on %s", cron, next.UTC().Format("2006-01-02 15:04 MST"))
}
