package lifecycle

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/plan"
)

// boardMark is the hidden text that identifies the dashboard.
const boardMark = "<!-- freshpin:dashboard -->"

// readBoard reads the dashboard and its ticked boxes.
func (r *run) readBoard(ctx context.Context) error {
	r.Choose(nil, r.pass.Ticked)
	lost := r.version == "" && len(r.Open) > 0 // without the memory the issue has to be searched for
	if r.can.IssueTracker == nil || !r.home.Issues || r.Memory.Dashboard == 0 && !lost {
		return nil
	}
	issue, err := r.can.IssueTracker.Issue(ctx, r.repo, r.Memory.Dashboard, boardMark)
	if errors.Is(err, forge.ErrNotFound) {
		// It was deleted, and its ticks with it.
		r.Memory.Dashboard = 0
		r.Choose([]string{}, r.pass.Ticked)
		return nil
	}
	if err != nil {
		return err
	}
	r.issue, r.Memory.Dashboard = issue, issue.Number
	if !issue.Open {
		r.Choose([]string{}, r.pass.Ticked)
		return nil // leave a closed dashboard alone
	}
	r.Choose(append([]string{}, r.forgiven(r.ordered(markers.Boxes(issue.Body)))...), r.pass.Ticked)
	return nil
}

// ordered handles the ticked boxes with commands, and returns the other boxes. The
// dashboard that this run writes has the commands unticked again. The box to run now
// needs no action, because this run is the requested one.
func (r *run) ordered(ticked []string) []string {
	return slices.DeleteFunc(slices.Clone(ticked), func(box string) bool {
		if box == markers.RebuildAll {
			r.Orders.All = true
		}
		return box == markers.RebuildAll || box == markers.RunNow
	})
}

// board updates the dashboard, or opens it if there is something for a person to do.
func (r *run) board(ctx context.Context) error {
	wish := r.Settings.Dashboard
	there := r.issue.Number != 0
	switch {
	case r.can.IssueTracker == nil || !r.home.Issues || !r.home.CanWrite || wish == "false" || there && !r.issue.Open:
		return nil
	case !there && wish == "auto" && !r.needsPerson():
		return nil
	}
	err := r.announce(ctx)
	if err == nil {
		err = r.put(ctx, r.boardOf())
	}
	var refused *forge.Denied
	if wish == "auto" && errors.As(err, &refused) && refused.Code == forge.NoPermission {
		r.warn("no dashboard: " + refused.Reason)
		return nil // with auto the dashboard is optional
	}
	return err
}

// announce records in the memory that this run is about to open the dashboard, so that
// only one of two concurrent runs does. Forges do not prevent duplicate issues.
func (r *run) announce(ctx context.Context) error {
	if r.issue.Number != 0 {
		return nil
	}
	r.Memory.Opening = rand.Text()
	return r.save(ctx)
}

// put writes the dashboard if there is none, its content has changed or it is a day old.
func (r *run) put(ctx context.Context, b message.Dashboard) error {
	title, body, err := r.Message.Board(b)
	if err := r.tolerateTemplate(err); err != nil {
		return err
	}
	body += "\n" + boardMark + "\n"
	// Once a day at least, because it tells when the last run was.
	if r.issue.Number != 0 && sameBoard(r.issue.Body, body) && r.now.Sub(lastRun(r.issue.Body)) < 24*time.Hour {
		r.report.Board = r.issue
		return nil
	}
	issue, err := r.can.IssueTracker.Put(ctx, r.repo, forge.Issue{Number: r.issue.Number, Open: true, Title: title, Body: body}, boardMark)
	if err != nil {
		return err
	}
	r.Memory.Dashboard, r.Memory.Opening, r.report.Board = issue.Number, "", issue
	return nil
}

// needsPerson reports whether anything waits for a person. It excludes updates that
// policy holds back, which are many and not urgent.
func (r *run) needsPerson() bool {
	for _, o := range r.Outcomes {
		switch o.What {
		case decide.Touched, decide.Waiting, decide.Held, decide.Broken:
			return true
		}
	}
	return len(r.Readable()) < len(r.Bases) || r.Any(func(i *plan.Item) bool {
		return i.Alarm() != "" || i.Status == plan.Failed && (!i.Outage() || r.Memory.Outages >= lasting)
	})
}

// lasting is the number of consecutive runs with an unavailable host after which a person has to look at it.
const lasting = 3

// outages counts the consecutive runs in which a host did not answer.
func (r *run) outages() {
	if !r.Any(func(i *plan.Item) bool { return i.Outage() }) {
		r.Memory.Outages = 0
	} else if r.Memory.Outages < lasting {
		r.Memory.Outages++
	}
}

// detected adds the items for the top, the vulnerable pins, and every pin by file.
func (r *base) detected(b *message.Dashboard, pulls map[string]int) {
	first := len(b.Detected)
	for n := range r.Plan.Items {
		i := &r.Plan.Items[n]
		if len(b.Detected) == first || b.Detected[len(b.Detected)-1].File != i.File {
			b.Detected = append(b.Detected, message.Detected{Base: r.shown(), File: i.File})
		}
		d := &b.Detected[len(b.Detected)-1]
		d.Pins = append(d.Pins, strings.TrimSpace(i.Dependency.Name+" "+i.Current))
		if why := i.Alarm(); why != "" {
			b.Alarms = append(b.Alarms, message.Held{Base: r.shown(), Name: i.Dependency.Name, File: i.File, Line: i.Line, Current: i.Current, Code: i.Reason.Code, Reason: why})
		}
		if len(i.Advisories) > 0 {
			b.Vulnerable = append(b.Vulnerable, message.Vulnerable{
				Base: r.shown(), Name: i.Dependency.Name, File: i.File, Line: i.Line, Current: i.Current, Advisories: advisories(i), What: remedy(i, pulls[i.ID]),
			})
		}
	}
}

// proposals returns the open pull requests by the IDs of the items that they update.
func (r *run) proposals() map[string]int {
	pulls := map[string]int{}
	for _, o := range r.Outcomes {
		if o.Number == 0 || o.What == decide.Closed {
			continue
		}
		for _, id := range o.Items {
			pulls[id] = o.Number
		}
	}
	return pulls
}

// remedy says how a vulnerable pin will be fixed; pull is the pull request that updates it, 0 for none.
func remedy(i *plan.Item, pull int) string {
	if pull != 0 {
		return "fixed by pull request " + decide.Ref(pull)
	}
	if i.Status == plan.Held {
		return i.Reason.Text
	}
	for _, a := range i.Advisories {
		if a.Fixed != "" {
			return "fixed in " + a.Fixed
		}
	}
	return "no fix yet"
}

// boardOf builds the dashboard. Every pin is in exactly one list.
func (r *run) boardOf() message.Dashboard {
	b := message.Dashboard{Repo: r.repo, Now: r.now.UTC()}
	pulls := r.proposals()
	for _, o := range r.Outcomes {
		if o.What == decide.Closed {
			continue
		}
		one := message.Proposed{Group: o.Group, Number: o.Number, Title: o.Title, Why: o.Why, Updates: o.Updates}
		if len(r.Settings.Branches) > 0 && (o.Title == "" || o.Base == r.home.Branch) {
			one.Base = o.Base // other titles contain the base
		}
		if o.What == decide.Waiting && o.Number == 0 {
			one.Box = decide.OpenMark + decide.Scoped(r.NameOf(o.Base), o.Group)
		}
		b.Proposed = append(b.Proposed, one)
	}
	for _, base := range r.bases {
		if base.Err != nil {
			b.Unread = append(b.Unread, message.Unread{Base: base.Branch, Why: base.Err.Error()})
			continue
		}
		base.detected(&b, pulls)
		base.list(&b)
		checklistOf(&b, base.checks, base.shown())
	}
	for _, i := range r.Memory.Ignored {
		b.Ignored = append(b.Ignored, i.Name)
	}
	return b
}

// list adds every pin of the base to one of the lists.
func (r *base) list(b *message.Dashboard) {
	on := func(h message.Held) message.Held {
		h.Base = r.shown()
		return h
	}
	for n := range r.Plan.Items {
		i := &r.Plan.Items[n]
		switch {
		case i.Status != plan.Current && i.Status != plan.Skipped && r.Overrides.IsChosen(i.Dependency):
			b.Ticked = append(b.Ticked, i.ID)
			b.Held = append(b.Held, on(held(i)))
		case i.Status == plan.Held && i.Alarm() != "": // a box could not override an alarm
		case i.Status == plan.Held:
			for _, h := range boxes(i) {
				b.Held = append(b.Held, on(h))
			}
		case i.Status == plan.Skipped:
			b.Skipped = append(b.Skipped, on(held(i)))
		case i.Status == plan.Failed:
			b.Failed = append(b.Failed, on(held(i)))
		case i.Status == plan.Current:
			b.Current++
		}
	}
}

// againMark is the prefix of the ID of a box that revokes the refusal of an update.
const againMark = "again:"

// boxes returns the lines for a held update. A refused update with a newer version has
// two: one for the refused version and one for the newest.
func boxes(i *plan.Item) []message.Held {
	newest := held(i)
	if i.Reason.Code != decide.Refused && i.Reason.Code != decide.Reverted {
		return []message.Held{newest}
	}
	again := newest
	again.ID, again.Available = againMark+i.ID, i.Target.Version.Text
	if again.Available == i.Current {
		again.Available = ecosystems.ShortDigest(i.Target.Digest)
	}
	if i.Latest == "" || i.Latest == i.Current || i.Latest == i.Target.Version.Text {
		return []message.Held{again}
	}
	newest.Reason = "newer than what was refused"
	return []message.Held{again, newest}
}

// forgiven revokes the refusals whose boxes are ticked, and returns the other boxes.
func (r *run) forgiven(ticked []string) []string {
	return slices.DeleteFunc(slices.Clone(ticked), func(box string) bool {
		id, again := strings.CutPrefix(box, againMark)
		if again {
			r.Memory.Refused = slices.DeleteFunc(r.Memory.Refused, func(old decide.Declined) bool { return old.ID == id })
		}
		return again
	})
}

// brokenSettings shows the mistakes in the repository's settings on the dashboard, and changes nothing else.
func (r *run) brokenSettings(ctx context.Context, problem error) error {
	var broken *config.Error
	if !errors.As(problem, &broken) || r.can.IssueTracker == nil || !r.home.Issues || !r.home.CanWrite {
		return problem
	}
	if r.issue.Number == 0 || r.issue.Open {
		if err := r.announce(ctx); err != nil {
			return errors.Join(problem, err)
		}
		problem = errors.Join(problem, r.put(ctx, message.Dashboard{Repo: r.repo, Now: r.now.UTC(), Problem: problem.Error()}))
	}
	return errors.Join(problem, r.save(ctx))
}

// lastRunMark is the prefix of the line with the time of the dashboard.
const lastRunMark = "<!-- freshpin:run "

// lastRun returns the time of a dashboard; the zero time if it has none.
func lastRun(body string) time.Time {
	_, rest, _ := strings.Cut(body, lastRunMark)
	text, _, _ := strings.Cut(rest, " ")
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

// sameBoard reports whether two dashboards differ at most in the time of the run.
func sameBoard(a, b string) bool { return withoutRun(a) == withoutRun(b) }

func withoutRun(body string) string {
	var kept []string
	for line := range strings.SplitSeq(strings.ReplaceAll(body, "\r\n", "\n"), "\n") {
		if !strings.Contains(line, lastRunMark) {
			kept = append(kept, line)
		}
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}
