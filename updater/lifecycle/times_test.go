package lifecycle_test

import (
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/lifecycle"
)

// TestPassScheduledRule: what a rule gives a schedule of its own comes apart from
// the rest, when its time has come, and stays open meanwhile.
func TestPassScheduledRule(t *testing.T) {
	dir, k, a := watched(t, map[string]string{
		"requirements.txt": "click==6.7\n", "Dockerfile": "FROM python:3.6.1-slim\n",
		".freshpin.yaml": "rules:\n  - match: {name: click}\n    schedule: '0 6 * * 1'\n",
	})
	monday := time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)
	p := lifecycle.Pass{Next: func(cron, _ string, after time.Time) time.Time {
		if cron != "0 6 * * 1" {
			t.Errorf("asked about %q", cron)
		}
		next := monday
		for !next.After(after) {
			next = next.AddDate(0, 0, 7)
		}
		return next
	}}
	k.Now = monday.AddDate(0, 0, -1)
	report, did, _ := pass(t, k, a, p)
	if !strings.HasPrefix(did, "opened dockerfile, waiting requirements/scheduled-") {
		t.Fatalf("on Sunday: %s", did)
	}
	if why := report.Groups[1].Why; !strings.Contains(why, "0 6 * * 1, next on 2026-11-30 06:00 UTC") || !report.Next.Equal(monday) {
		t.Errorf("it says %q, and comes next on %s", why, report.Next)
	}
	p.Was, p.Settled = report.Was, report.Settled
	if again, _, calls := pass(t, k, a, p); !again.Unchanged || calls != "revisit" {
		t.Errorf("again on Sunday: asked %q", calls)
	}
	k.Now = monday.Add(time.Hour)
	if _, did, _ = pass(t, k, a, p); !strings.HasPrefix(did, "kept dockerfile, opened requirements/scheduled-") {
		t.Fatalf("on Monday, although nothing else has changed: %s", did)
	}
	k.Now = monday.Add(2 * time.Hour)
	report, did, _ = pass(t, k, a, lifecycle.Pass{Next: p.Next})
	if !strings.HasPrefix(did, "kept dockerfile, kept requirements/scheduled-") || !report.Next.Equal(monday.AddDate(0, 0, 7)) {
		t.Fatalf("later on Monday: %s, next on %s", did, report.Next)
	}
	writeFile(t, dir, ".freshpin.yaml", "# no schedule\n")
	if _, did, _ = pass(t, k, a, lifecycle.Pass{Next: p.Next}); !strings.Contains(did, "opened requirements") {
		t.Errorf("without the rule: %s", did)
	}
}

// TestPassScheduledRuleInVain: a pull request that could not be opened when its
// time came is not put off for a week.
func TestPassScheduledRuleInVain(t *testing.T) {
	_, k, a := watched(t, map[string]string{
		"requirements.txt": "click==6.7\n", "Dockerfile": "FROM python:3.6.1-slim\n",
		".freshpin.yaml": "limit: 1\nrules:\n  - match: {name: click}\n    schedule: '@hourly'\n",
	})
	p := lifecycle.Pass{Next: func(_, _ string, after time.Time) time.Time { return after.Truncate(time.Hour).Add(time.Hour) }}
	k.Now = time.Date(2026, 11, 30, 6, 30, 0, 0, time.UTC)
	for _, step := range []struct {
		after time.Duration
		want  string
	}{
		{0, "opened dockerfile, waiting requirements/"}, {time.Hour, "kept dockerfile, waiting requirements/"},
		{time.Minute, "kept dockerfile, waiting requirements/"},
	} {
		k.Now = k.Now.Add(step.after)
		report, did, _ := pass(t, k, a, p)
		if !strings.HasPrefix(did, step.want) {
			t.Fatalf("at %s: %s", k.Now, did)
		}
		if why := report.Groups[1].Why; step.after > 0 && !strings.Contains(why, "the limit is 1") {
			t.Errorf("at %s it is due, and says %q", k.Now, why)
		}
	}
}

// TestPassQuietIsNotSettled: what a quiet pass left waits for the next one, not
// for a change of the plan.
func TestPassQuietIsNotSettled(t *testing.T) {
	_, k, a := watched(t, map[string]string{"requirements.txt": "click==6.7\n"})
	report, did, _ := pass(t, k, a, lifecycle.Pass{Quiet: "it waits for Monday"})
	if did != "waiting requirements" {
		t.Fatal(did)
	}
	if _, did, _ = pass(t, k, a, lifecycle.Pass{Was: report.Was, Settled: report.Settled}); did != "opened requirements" {
		t.Errorf("on schedule, and nothing has changed: %q", did)
	}
}
