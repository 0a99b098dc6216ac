package web

import (
	"math"
	"time"

	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// Types of the API's answers. Never remove or change a field; only add new ones.

type totalsJSON struct {
	Pins     int     `json:"pins"`
	Current  int     `json:"current"`
	Updates  int     `json:"updates"`
	Held     int     `json:"held"`
	Skipped  int     `json:"skipped"`
	Failed   int     `json:"failed"`
	Security int     `json:"security"`
	Libyears float64 `json:"libyears"`
}

type overviewJSON struct {
	Repositories int            `json:"repositories"`
	States       map[string]int `json:"states"`
	Totals       totalsJSON     `json:"totals"`
	Trend        []dayJSON      `json:"trend"`
	Stopped      bool           `json:"stopped"`
	Checklist    checklistJSON  `json:"checklist"`
}

// checklistJSON counts findings of the checklist, without informational ones.
type checklistJSON struct {
	Must   int `json:"must"`
	Should int `json:"should"`
	Could  int `json:"could"`
}

type dayJSON struct {
	Day          string `json:"day"`
	Repositories int    `json:"repositories"`
	totalsJSON
}

type repositoryJSON struct {
	Name     string     `json:"name"`
	URL      string     `json:"url"`
	Branch   string     `json:"branch"`
	Private  bool       `json:"private"`
	Topics   []string   `json:"topics"`
	State    string     `json:"state"`
	Why      string     `json:"why"`
	Schedule string     `json:"schedule"`
	Timezone string     `json:"timezone"`
	Next     string     `json:"next"`
	Looked   string     `json:"looked"`
	Commit   string     `json:"commit"`
	Wanted   bool       `json:"wanted"`
	Totals   totalsJSON `json:"totals"`
}

// pinJSON is a stored pin with the name of its repository.
type pinJSON struct {
	Repository string `json:"repository"`
	store.Pin
}

type pullJSON struct {
	Repository string `json:"repository"`
	Number     int    `json:"number"`
	URL        string `json:"url"`
	Title      string `json:"title"`
	Branch     string `json:"branch"`
	State      string `json:"state"`
	Updates    int    `json:"updates"`
	Security   bool   `json:"security"`
	Outcome    string `json:"outcome"`
	Why        string `json:"why"`
	Opened     string `json:"opened"`
	Changed    string `json:"changed"`
	Checks     string `json:"checks"`
	Mergeable  string `json:"mergeable"`
	Review     string `json:"review"`
	WaitsFor   string `json:"waits_for"`
	Base       string `json:"base"`
}

type runJSON struct {
	ID         int64      `json:"id"`
	Repository string     `json:"repository"`
	Job        int64      `json:"job"`
	Trigger    string     `json:"trigger"`
	Commit     string     `json:"commit"`
	Began      string     `json:"began"`
	Seconds    float64    `json:"seconds"`
	Outcome    string     `json:"outcome"`
	Error      string     `json:"error"`
	Reads      int        `json:"reads"`
	Writes     int        `json:"writes"`
	Lookups    int        `json:"lookups"`
	Cached     int        `json:"cached"`
	Totals     totalsJSON `json:"totals"`
}

type runLogJSON struct {
	runJSON
	Log []string `json:"log"`
}

type vulnerableJSON struct {
	Kind         string             `json:"kind"`
	Package      string             `json:"package"`
	Advisory     string             `json:"advisory"`
	Severity     string             `json:"severity"`
	Fixed        string             `json:"fixed"`
	Since        string             `json:"since"`
	Versions     []string           `json:"versions"`
	Pins         int                `json:"pins"`
	Dismissed    bool               `json:"dismissed"`
	Repositories []affectedRepoJSON `json:"repositories"`
}

type affectedRepoJSON struct {
	Repository string         `json:"repository"`
	Ecosystem  string         `json:"ecosystem"`
	Versions   []string       `json:"versions"`
	Pins       int            `json:"pins"`
	Pull       int            `json:"pull"`
	Since      string         `json:"since"`
	Dismissed  *dismissalJSON `json:"dismissed"`
}

type dismissalJSON struct {
	Reason string `json:"reason"`
	By     string `json:"by"`
	At     string `json:"at"`
	Until  string `json:"until"`
}

type useJSON struct {
	Ecosystem    string `json:"ecosystem"`
	Package      string `json:"package"`
	Pins         int    `json:"pins"`
	Repositories int    `json:"repositories"`
	Versions     int    `json:"versions"`
	Updates      int    `json:"updates"`
	Held         int    `json:"held"`
}

type jobsJSON struct {
	Counts []countJSON  `json:"counts"`
	Parked []parkedJSON `json:"parked"`
}

type countJSON struct {
	Kind  string `json:"kind"`
	State string `json:"state"`
	Jobs  int    `json:"jobs"`
}

type parkedJSON struct {
	ID       int64  `json:"id"`
	Kind     string `json:"kind"`
	About    string `json:"about"`
	Error    string `json:"error"`
	Attempts int    `json:"attempts"`
	Since    string `json:"since"`
}

type healthJSON struct {
	Problems []problemJSON `json:"problems"`
	Stopped  bool          `json:"stopped"`
	Version  string        `json:"version"`
}

type problemJSON struct {
	What  string `json:"what"`
	Why   string `json:"why"`
	Since string `json:"since"`
}

// each converts the elements of a list; the result is never nil.
func each[S, T any](list []S, into func(S) T) []T {
	out := make([]T, 0, len(list))
	for _, x := range list {
		out = append(out, into(x))
	}
	return out
}

func hundredths(x float64) float64 { return math.Round(100*x) / 100 }

func totalsOf(t store.Totals) totalsJSON {
	return totalsJSON{t.Pins, t.Current, t.Updates, t.Held, t.Skipped, t.Failed, t.Security, hundredths(t.Libyears)}
}

func dayOf(d store.Day) dayJSON {
	return dayJSON{Day: d.Day.UTC().Format(time.DateOnly), Repositories: d.Repositories, totalsJSON: totalsOf(d.Totals)}
}

func repositoryOf(r store.Repository) repositoryJSON {
	return repositoryJSON{
		// A copy of nil topics is [] in JSON, not null.
		Name: r.Name, URL: address(r.URL), Branch: r.Branch, Private: r.Private, Topics: append([]string{}, r.Topics...),
		State: string(r.State), Why: r.Why, Schedule: r.Cron, Timezone: r.Timezone, Next: record.Time(r.Next), Looked: record.Time(r.Looked),
		Commit: r.Commit, Wanted: r.Wanted > r.Begun, Totals: totalsOf(r.Totals),
	}
}

func pinOf(p store.Pin) pinJSON { return pinJSON{p.Repo, p} }

func pullOf(p store.Pull) pullJSON {
	return pullJSON{
		p.Repo, p.Number, address(p.URL), p.Title, p.Branch, p.State, p.Updates, p.Security, p.Outcome, p.Why, record.Time(p.Opened), record.Time(p.Changed),
		p.Checks, p.Mergeable, p.Review, waitsFor(p), p.Base,
	}
}

func runOf(r store.Run) runJSON {
	return runJSON{
		ID: r.ID, Repository: r.Repo, Job: r.Job, Trigger: r.Trigger, Commit: r.Commit, Began: record.Time(r.Began),
		Seconds: math.Round(1000*r.Took.Seconds()) / 1000, Outcome: r.Outcome, Error: r.Error,
		Reads: r.Reads, Writes: r.Writes, Lookups: r.Lookups, Cached: r.Cached, Totals: totalsOf(r.Totals),
	}
}

func runLogOf(r store.Run) runLogJSON { return runLogJSON{runOf(r), logLines(r.Log)} }

func vulnerableOf(f finding) vulnerableJSON {
	return vulnerableJSON{
		Kind: f.Kind, Package: f.Package, Advisory: f.Advisory, Severity: f.Severity, Fixed: f.Fixed, Since: record.Time(f.Since),
		Versions: append([]string{}, f.Versions...), Pins: f.Pins, Dismissed: f.Dismissed, Repositories: each(f.Where, affectedRepoOf),
	}
}

func affectedRepoOf(a store.Affected) affectedRepoJSON {
	one := affectedRepoJSON{Repository: a.Repo, Ecosystem: a.Ecosystem, Versions: append([]string{}, a.Versions...), Pins: a.Pins, Pull: a.Pull, Since: record.Time(a.Since)}
	if m := a.Dismissed; m.Any() {
		one.Dismissed = &dismissalJSON{m.Reason, m.By, record.Time(m.At), record.Time(m.Until)}
	}
	return one
}

func useOf(u store.PackageUse) useJSON {
	return useJSON{u.Ecosystem, u.Package, u.Pins, u.Repositories, u.Versions, u.Updates, u.Held}
}

func countOf(c queue.Count) countJSON { return countJSON{c.Kind, c.State, c.Jobs} }

func parkedOf(p queue.Row) parkedJSON {
	return parkedJSON{p.ID, p.Kind, p.About, p.Error, p.Attempts, record.Time(p.Since)}
}

func problemOf(p Problem) problemJSON { return problemJSON{p.What, p.Why, record.Time(p.Since)} }
