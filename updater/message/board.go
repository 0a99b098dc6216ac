package message

import (
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/message/templateset"
	"github.com/freshpin/freshpin/updater/message/untrusted"
)

// runPrefix begins the hidden marker with the time at which a dashboard was written.
const runPrefix = "<!-- freshpin:run "

// A boardView is the data of the dashboard template.
type boardView struct {
	Repo                                                         untrusted.Markdown
	Problem                                                      []untrusted.Markdown // line by line
	Unread                                                       []unreadView
	Current                                                      int
	Alarms                                                       []heldView[untrusted.Markdown]
	AlarmsMore                                                   int
	Vulnerable                                                   []vulnerableView
	VulnerableMore                                               int
	Proposed                                                     []proposedView // groups that have a pull request
	Waiting                                                      []proposedView // groups that have none yet
	Detected                                                     []detectedView
	DetectedAll, DetectedMore                                    int // numbers of files
	Held, Skipped, Failed                                        []heldView[untrusted.Markdown]
	Ignored                                                      []untrusted.Markdown
	Checklist                                                    []findingView
	ChecklistMore, Must, Should, Could                           int
	ProposedMore, HeldMore, SkippedMore, FailedMore, IgnoredMore int
	SkippedAll                                                   int
	RunBox                                                       string // the hidden ID of the checkbox that starts a run
	RebuildBox                                                   string // the same of the one that rebuilds all open pull requests; "" where none is open
	When                                                         string // of this run, "2026-11-23 17:54 UTC"
	RunMark                                                      string // hidden; must be on the line that shows When
}

// An unreadView is a base branch that could not be read.
type unreadView struct{ Base, Why untrusted.Markdown }

// A proposedView is a group that has a pull request, or waits for one.
type proposedView struct {
	Group, Title, Why untrusted.Markdown
	Base              untrusted.Markdown
	Number, Updates   int
	Box               string // the hidden ID of its checkbox; "" for none
}

// A vulnerableView is a pin with a known vulnerability.
type vulnerableView struct {
	Name, Where, Base, Current, What untrusted.Markdown
	Advisories                       []adviceView[untrusted.Markdown]
}

// A detectedView is a file and its pins.
type detectedView struct {
	File untrusted.Markdown
	Base untrusted.Markdown
	Pins []untrusted.Markdown
	More int
}

// A page is a title and a body.
type page struct{ title, body string }

// Board renders the dashboard. The errors are those of Pull.
func (r *Renderer) Board(b Dashboard) (title, body string, err error) {
	out, err := with(r, func(set templateset.Set) (p page, err error) {
		if p.title, err = set.Execute(boardFile, "title", boardViewOf(b, 0)); err != nil {
			return p, err
		}
		// A template may break lines; a title has one.
		p.title = strings.Join(strings.Fields(p.title), " ")
		n := max(len(b.Proposed), len(b.Held), len(b.Skipped), len(b.Failed), len(b.Ignored), len(b.Alarms), len(b.Vulnerable), len(b.Detected), len(b.Checklist))
		p.body, err = fit(boardFile, n, maxBody, func(k int) (string, error) {
			v := boardViewOf(b, k)
			out, err := set.Execute(boardFile, "", v)
			// An operator's template may leave it out, and the next run reads it.
			if err == nil && !strings.Contains(out, v.RunMark) {
				out += "\n\n" + v.RunMark
			}
			return out + "\n", err
		})
		return p, err
	})
	return out.title, out.body, err
}

// boardViewOf shows at most k entries of each list.
func boardViewOf(b Dashboard, k int) boardView {
	now := b.Now.UTC()
	v := boardView{
		Repo: untrusted.Markdown(b.Repo), Current: b.Current, SkippedAll: len(b.Skipped),
		RunBox: markers.Box(markers.RunNow), When: now.Format("2006-01-02 15:04 UTC"), RunMark: runPrefix + now.Format(time.RFC3339) + " -->",
	}
	for l := range strings.Lines(b.Problem) {
		// A broken file of settings can have many mistakes, which would push the rest away.
		if l = strings.TrimSpace(l); l != "" && len(v.Problem) < 20 {
			v.Problem = append(v.Problem, untrusted.Markdown(l))
		}
	}
	for _, u := range b.Unread {
		v.Unread = append(v.Unread, unreadView{untrusted.Markdown(u.Base), untrusted.Markdown(u.Why)})
	}
	var proposed []Proposed
	proposed, v.ProposedMore = head(b.Proposed, k)
	for _, p := range proposed {
		one := proposedView{untrusted.Markdown(p.Group), untrusted.Markdown(p.Title), untrusted.Markdown(p.Why), untrusted.Markdown(p.Base), p.Number, p.Updates, ""}
		if p.Box != "" {
			one.Box = markers.Box(p.Box)
		}
		if p.Number == 0 {
			v.Waiting = append(v.Waiting, one)
			continue
		}
		v.Proposed, v.RebuildBox = append(v.Proposed, one), markers.Box(markers.RebuildAll)
	}
	v.Alarms, v.AlarmsMore = heldList(b.Alarms, nil, k)
	v.vulnerable(b, k)
	v.detected(b, k)
	v.Held, v.HeldMore = heldList(tickedFirst(b), b.Ticked, k)
	v.Skipped, v.SkippedMore = heldList(b.Skipped, nil, k)
	v.Failed, v.FailedMore = heldList(b.Failed, nil, k)
	v.Must, v.Should, v.Could = b.Must, b.Should, b.Could
	v.Checklist, v.ChecklistMore = findings(b.Checklist, min(k, mostFindings))
	v.Ignored, v.IgnoredMore = texts[untrusted.Markdown](b.Ignored, k)
	return v
}

// vulnerable shows at most k vulnerable pins.
func (v *boardView) vulnerable(b Dashboard, k int) {
	shown, more := head(b.Vulnerable, k)
	v.VulnerableMore = more
	for _, p := range shown {
		found, _ := head(p.Advisories, maxAdvices)
		v.Vulnerable = append(v.Vulnerable, vulnerableView{
			untrusted.Markdown(p.Name), untrusted.Markdown(where(p.File, p.Line)), untrusted.Markdown(p.Base), untrusted.Markdown(p.Current), untrusted.Markdown(p.What), advicesOf[untrusted.Markdown](found),
		})
	}
}

// detected shows at most k files, and at most k pins of each.
func (v *boardView) detected(b Dashboard, k int) {
	v.DetectedAll = len(b.Detected)
	shown, more := head(b.Detected, k)
	v.DetectedMore = more
	for _, d := range shown {
		pins, left := texts[untrusted.Markdown](d.Pins, min(k, maxPins))
		v.Detected = append(v.Detected, detectedView{untrusted.Markdown(d.File), untrusted.Markdown(d.Base), pins, left})
	}
}

// maxPins is how many pins of one file are shown.
const maxPins = 100

// mostFindings is how many checklist findings a dashboard shows.
const mostFindings = 50

// A findingView is something that the checklist found.
type findingView struct{ Rule, Level, Where, Text, Fix, Base untrusted.Markdown }

func findings(all []Finding, k int) (list []findingView, more int) {
	shown, more := head(all, k)
	for _, f := range shown {
		list = append(list, findingView{untrusted.Markdown(f.Rule), untrusted.Markdown(f.Level), untrusted.Markdown(f.Where), untrusted.Markdown(f.Text), untrusted.Markdown(f.Fix), untrusted.Markdown(f.Base)})
	}
	return list, more
}

// tickedFirst moves requested updates to the front, so that their checkboxes survive when the list is
// cut.
func tickedFirst(b Dashboard) []Held {
	return movedLast(b.Held, func(h Held) bool { return !slices.Contains(b.Ticked, h.ID) })
}

func heldList(all []Held, ticked []string, k int) (list []heldView[untrusted.Markdown], more int) {
	shown, more := head(all, k)
	for _, h := range shown {
		list = append(list, heldOf[untrusted.Markdown](h, slices.Contains(ticked, h.ID)))
	}
	return list, more
}
