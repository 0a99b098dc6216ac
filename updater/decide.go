package updater

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
)

// decideAll decides each open item independently.
func (r *run) decideAll(ctx context.Context, items []plan.Item) error {
	r.shared = sharedSpans(items)
	open := plan.Select(items, func(i *plan.Item) bool { return i.Status == "" })
	err := r.each(ctx, len(open), func(ctx context.Context, n int) {
		d := &decider{run: r, item: open[n], common: r.shared.texts(r, open[n]), known: map[string]time.Time{}}
		d.decide(ctx)
	})
	r.shared.agree()
	for n := range items {
		edit.Prepare(&items[n])
	}
	return err
}

// A decider decides one item.
type decider struct {
	*run
	item    *plan.Item
	common  map[string]bool // the texts that all references to a shared variable have a version for; nil if it is not shared
	answer  policy.Result
	blocked ecosystems.Reason    // why the best allowed candidate was not taken
	waited  ecosystems.Reason    // why the best fix should wait although the first one need not
	runtime ecosystems.Runtime   // language versions of the project
	known   map[string]time.Time // publication dates looked up so far, by version
	twins   []string             // newer tags with the same image as the one in use
	kept    ecosystems.Reason    // an allowed version that another reference to the same value does not have
}

func (d *decider) decide(ctx context.Context) {
	i := d.item
	l := d.listings[i.Dependency.Package]
	if l != nil && l.err != nil {
		i.Fail(l.err)
		return
	}
	if l != nil && l.listed == 0 && !(i.Kind().Resolves && i.Dependency.Pin.Version.IsName()) {
		i.End(plan.Failed, ecosystems.Reason{Code: fetch.NotFound, Text: fmt.Sprintf("nothing is published of %s", i.Dependency.Package.Name)})
		return
	}
	if l != nil {
		if err := d.mayCompare(l, i.Dependency.Pin.Version); err != nil {
			i.Fail(err)
			return
		}
	}
	d.choose(ctx, l)
	if d.answer.Unlisted && i.Kind().Complete { // another listing may lack versions that exist
		i.End(plan.Failed, ecosystems.Reason{Code: fetch.NotFound, Text: unlisted(i.Dependency)})
		return
	}
	if d.answer.Current.Version.IsZero() {
		i.End(plan.Failed, ecosystems.Reason{Code: fetch.NotFound, Text: fmt.Sprintf("no release of %s lies inside %s", i.Dependency.Name, i.Dependency.Pin.Text)})
		return
	}
	d.fill()
	d.warn()
	if i.Dependency.Skip.Code == ecosystems.Unpinned && !i.Kind().Digests {
		d.unpinned(ctx)
	} else if d.proven(ctx) {
		d.findUpdate(ctx)
	}
	d.show(ctx, l)
}

// show adds information for people that does not affect the decision.
func (d *decider) show(ctx context.Context, l *listing) {
	d.ends(l)
	d.otherTracks(l)
	d.dates(ctx)
}

// findUpdate looks for an update in this order: a fix for the version in use, a
// version that the policy allows, a new digest of the tag in use, a supported
// release line.
func (d *decider) findUpdate(ctx context.Context) {
	for _, look := range []func(context.Context) result{d.secure, d.routine, d.digest, d.leaveLine} {
		if r := look(ctx); r == found || r == failed {
			d.lag()
			return
		}
	}
	d.decideRest()
}

// routine looks for an update that the policy allows.
func (d *decider) routine(ctx context.Context) result {
	r, _ := d.search(ctx, request{list: d.answer.Proposals, wait: d.item.Policy.Packages})
	return r
}

// choose applies the policy to a listing.
func (d *decider) choose(ctx context.Context, l *listing) {
	dep, kind := d.item.Dependency, d.item.Kind()
	q := policy.Input{Pin: dep.Pin.Version, Admits: dep.Pin.Admits, Excludes: dep.Pin.Excludes, Runs: d.runs(), Affected: d.wrong(ctx)}
	// Without a version an installer takes the newest one, as for a range that admits all.
	if dep.Skip.Code == ecosystems.Unpinned && !kind.Digests {
		q.Admits = func(version.Version) bool { return true }
	}
	if l == nil {
		d.chooseOf(q)
		return
	}
	q.Published, q.Rebuilt = l.result.Candidates, kind.Image
	q.AllStages = kind.OnlyPre && !slices.ContainsFunc(l.result.Candidates, func(c version.Candidate) bool { return !c.Version.Pre })
	d.item.Notes = slices.Concat(l.result.Notes, d.item.ReadNotes)
	apply := func(near []version.Candidate) {
		q.Candidates = near
		d.chooseOf(q)
	}
	d.near(l, dep.Pin.Version, func(near []version.Candidate) {
		d.item.Tracef("%s of %s %s published, %d of which may matter to %q", plan.Count(l.listed, "version"), dep.Package.Name, plan.Are(l.listed), len(near), dep.Pin.Text)
		if d.Explain {
			d.item.Tracef("%s", newest(near))
		}
		apply(near)
	})
	if next := d.answer.Successor; !next.IsZero() && d.proved(ctx, d.answer.Current.Version, next) {
		q.Proved = true
		d.near(l, dep.Pin.Version, apply) // again: near lends the candidates only while its callback runs
	}
}

// chooseOf applies the policy to the candidates that the item admits.
func (d *decider) chooseOf(q policy.Input) {
	all := admitted(d.item, slices.Concat(q.Candidates, d.commits(q.Candidates)))
	q.Candidates = all
	if d.common != nil {
		q.Candidates = d.shownOnly(all)
	}
	if d.item.Kind().Image && d.item.Dependency.Pin.Version.IsZero() {
		// Engines complete a reference without a tag in this way.
		q.Pin.Text = latestTag
	}
	d.answer = d.item.Policy.Choose(q)
	d.answer.Proposals = foremost(d.answer.Proposals)
	d.answer.Fixes, d.answer.Lines = d.nearest(d.answer.Fixes), d.nearest(d.answer.Lines)
	if d.common != nil {
		q.Candidates = all
		d.alone(d.item.Policy.Choose(q))
	}
}

// nearest returns the nearest lines, at most maxLines of each band, so that a band with
// many lines does not crowd out others.
func (d *decider) nearest(lines [][]version.Candidate) (kept [][]version.Candidate) {
	of := map[version.Level]int{}
	for _, line := range lines {
		band := version.Between(d.answer.Current.Version, line[0].Version, d.answer.Line)
		if of[band]++; of[band] <= maxLines {
			kept = append(kept, foremost(line))
		}
	}
	if n := len(lines) - len(kept); n > 0 {
		d.item.Tracef("%d farther release lines are not looked at", n)
	}
	return kept
}

// foremost returns the first elements of a long list as a copy, so that the rest can be freed.
func foremost(list []version.Candidate) []version.Candidate {
	const most = 1000
	if len(list) <= most {
		return list
	}
	return slices.Clone(list[:most])
}

// alone records what would be proposed if no other reference shared the value of the pin.
func (d *decider) alone(free policy.Result) {
	if len(free.Proposals) == 0 {
		return
	}
	best := free.Proposals[0].Version
	if text := spanText(d.item.Dependency, best); !d.common[text] {
		d.kept = ecosystems.Reason{Code: ecosystems.Conflict, Text: fmt.Sprintf("%s: %s", best, d.shared.lacking(d.run, d.item, text))}
	}
}

// newest describes the newest candidates, for the trace.
func newest(all []version.Candidate) string {
	const most = 8
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b version.Candidate) int { return version.Compare(b.Version, a.Version) })
	var words []string
	for _, c := range all[:min(most, len(all))] {
		w := strings.TrimSpace(c.Package + " " + c.Version.Text)
		if !c.Published.IsZero() {
			w += " of " + c.Published.UTC().Format("2006-01-02")
		}
		if why := cmp.Or(c.Withdrawn, c.ShownOnly); why != "" {
			w += " (" + why + ")"
		}
		words = append(words, w)
	}
	return "the newest of them: " + strings.Join(words, ", ")
}

// runs returns a check of the language versions that a candidate requires; nil if the project's are unknown.
func (d *decider) runs() func(string) bool {
	runner, ok := d.item.Origin.Ecosystem.(ecosystems.Runner)
	if !ok {
		return nil
	}
	d.runtime = runner.Runs(d.item.Dependency, d.item.Policy.Python)
	if d.runtime.Runs != nil {
		d.item.Tracef("releases that do not run there are left out: %s", d.runtime.Where)
	}
	return d.runtime.Runs
}

// barred returns the newest release that only the language version excludes, as a reason.
func (d *decider) barred() ecosystems.Reason {
	c := d.answer.Barred
	return ecosystems.Reason{Code: ecosystems.Python, Text: fmt.Sprintf("%s requires %s %s, and %s", c.Version, d.runtime.Language, c.Runtime, d.runtime.Where)}
}

// unlisted returns the note that the pinned version is not published where the dependency is looked up.
func unlisted(d ecosystems.Dependency) string {
	text := fmt.Sprintf("%s of %s is not on its index", d.Pin.Version, d.Name)
	if strings.Contains(d.Package.Index, "\n") {
		text = fmt.Sprintf("%s of %s is not on the first of its indexes that knows the name, and no other one is believed about it", d.Pin.Version, d.Name)
	}
	return text + "; pin a version that is there, or name the index that has it first"
}

// shownOnly marks the candidates that another reference to the same variable does not have.
func (d *decider) shownOnly(list []version.Candidate) []version.Candidate {
	list = slices.Clone(list)
	for n, c := range list {
		if !d.common[spanText(d.item.Dependency, c.Version)] {
			list[n].ShownOnly = "another reference to the same value has no such version"
		}
	}
	return list
}

// fill copies the answers of the policy into the item.
func (d *decider) fill() {
	i, a := d.item, d.answer
	cur := a.Current.Version
	i.Current, i.Safe, i.Minor, i.Latest = cur.Text, a.Safe.Version.Text, a.Minor.Version.Text, a.Latest.Version.Text
	i.SafeVersion = a.Safe.Version
	i.LatestPackage, i.NewerBase = a.Latest.Package, a.NewerBase.Version.Text
	i.ReleaseLine = a.Line.Name(cur)
	if !cur.IsName() {
		i.Beyond = version.Between(cur, a.Latest.Version, a.Line)
		if a.Latest.Package != "" { // such as example.com/lib/v2: moving there changes every import
			i.Beyond = version.Major
		}
		i.Tracef("in use %s on line %s; safe %s, minor %s, latest %s", i.Current, i.ReleaseLine, i.Safe, i.Minor, i.Latest)
	}
	if a.NeverPatches {
		i.Notef(ecosystems.NeverPatches, "this project patches in its second number, so the line is %s", i.ReleaseLine)
	}
	if a.Current.Withdrawn != "" {
		i.Notef(cmp.Or(i.Kind().Withdrawn, ecosystems.Yanked), "%s was taken back by its publisher: %s; %s", i.Current, a.Current.Withdrawn, d.wayOn())
	}
	if !a.Barred.Version.IsZero() {
		i.Tracef("%s", d.barred().Text)
	}
	for _, why := range i.Policy.Why {
		i.Tracef("%s", why)
	}
}

// wayOn names the version that replaces a withdrawn one.
func (d *decider) wayOn() string {
	i := d.item
	switch {
	case i.Safe != i.Current:
		return i.Safe + " takes its place on the same line"
	case i.Minor != i.Current:
		return "nothing newer is on its line; " + i.Minor + " is on the same MAJOR"
	case i.Latest != i.Current:
		return "nothing newer is on its MAJOR; the newest of all is " + i.Latest
	}
	return "nothing newer is published, so the release before it is the way back"
}

// unpinned skips a package without a version, or adds bounds if the policy says so.
func (d *decider) unpinned(ctx context.Context) {
	i, latest := d.item, d.answer.Latest
	// choose took the newest version for the one in use, but the file names none.
	i.Current, i.Safe, i.Minor, i.ReleaseLine = "", "", "", ""
	if !i.Policy.Pin {
		i.End(plan.Skipped, ecosystems.Reason{Code: ecosystems.Unpinned, Text: "no version is written; pin: true adds bounds"})
		return
	}
	i.Current = latest.Version.Text
	if o, r := d.facts(ctx, latest); r == found {
		o.Band = version.Patch
		d.accept(o)
	} else if r == none {
		d.decideRest()
	}
}

// decideRest sets the reason of an item for which nothing is proposed.
func (d *decider) decideRest() {
	i, a := d.item, d.answer
	switch {
	case d.blocked.Code == ecosystems.TooNew || d.blocked.Code == ecosystems.NoTag: // these apply whatever is published
		i.End(plan.Skipped, d.blocked)
	case !d.blocked.IsZero():
		i.End(plan.Held, d.blocked)
	case !d.kept.IsZero(): // after blocked, which is about a version that all references have
		i.End(plan.Held, d.kept)
	case a.Latest.Version.Text == a.Current.Version.Text && !a.Barred.Version.IsZero():
		i.End(plan.Held, d.barred())
	case a.Latest.Version.Text == a.Current.Version.Text && a.Latest.Package == "" && a.NewerBase.Version.IsZero():
		i.End(plan.Current, ecosystems.Reason{})
	case slices.Contains(d.twins, a.Latest.Version.Text) && a.NewerBase.Version.IsZero():
		i.Notef(ecosystems.SameImage, "%s names the image in use", list(d.twins))
		i.End(plan.Current, ecosystems.Reason{})
	case i.Minor == i.Current && a.Latest.ShownOnly != "" && limitOf(i) != nil:
		i.End(plan.Held, ecosystems.Reason{Code: ecosystems.Conflict, Text: d.beyond()})
	default:
		i.End(plan.Held, ecosystems.Reason{Code: ecosystems.Policy, Text: d.beyond()})
	}
}

// beyond names newer versions that the policy does not allow, and the setting that would allow them.
func (d *decider) beyond() string {
	i, a := d.item, d.answer
	switch {
	case i.Policy.Security:
		return fmt.Sprintf("%s is newer; mode: security proposes fixes of known vulnerabilities alone", i.Latest)
	case len(d.twins) > 0 && i.Latest == i.Safe && a.NewerBase.Version.IsZero():
		return fmt.Sprintf("%s names the image in use, and nothing older is an update", list(d.twins))
	case i.Latest == i.Current && i.LatestPackage == "":
		return fmt.Sprintf("%s stands on a newer base system; base: true would propose it", i.NewerBase)
	case i.Minor == i.Current && a.Latest.ShownOnly != "":
		return fmt.Sprintf("%s: %s", i.Latest, a.Latest.ShownOnly)
	case i.Minor == i.Current:
		return fmt.Sprintf("%s is another MAJOR; allow: major would propose it", i.Latest)
	case i.Safe == i.Current || slices.Contains(d.twins, i.Safe):
		return fmt.Sprintf("%s is another line; allow: minor would propose it", i.Minor)
	}
	return fmt.Sprintf("%s is newer, and the policy proposes nothing", i.Safe)
}
