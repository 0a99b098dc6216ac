package updater

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/advisory"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
)

// A subject is one version of a package.
type subject struct {
	pkg  ecosystems.Package
	text string
}

// advise looks up the advisories for all versions in use together, and adds the
// indirect requirements that one affects to the plan. If a lookup fails, the plan
// says so, because a pin without a lookup must not look unaffected.
func (r *run) advise(ctx context.Context, p *plan.Plan) error {
	if r.Advisories == nil {
		return nil
	}
	p.Advised.Source = r.Advisories.Name()
	var asked []questioned
	for _, list := range [][]plan.Item{p.Items, r.unlisted} {
		for n := range list {
			asked = append(asked, r.questionsOf(ctx, &list[n])...)
		}
	}
	questions := make([]advisory.Question, len(asked))
	for n, q := range asked {
		questions[n] = q.question
	}
	p.Advised.Versions = len(questions)
	// All at once, because public databases answer a thousand questions in one request.
	found, err := r.Advisories.Find(ctx, questions)
	if err != nil {
		p.Advised.Err = err
		return plan.Interrupted(ctx)
	}
	for n, records := range found {
		q := asked[n]
		// A package may have been asked about by two names, and both have records of it.
		r.findings[q.subject] = advisory.Join(r.findings[q.subject], q.about(records, r.now))
	}
	r.listVulnerable(p)
	return plan.Interrupted(ctx)
}

// A questioned is a version to look up in the source of advisories.
type questioned struct {
	subject
	version  version.Version // in the form that advisories use
	question advisory.Question
	read     advisory.Reader
}

// questionsOf returns the questions about the version in use of an undecided item,
// one for each name of its package; none if they have been returned before.
func (r *run) questionsOf(ctx context.Context, i *plan.Item) (list []questioned) {
	adviser, ok := i.Origin.Ecosystem.(ecosystems.Advised)
	if !ok || i.Status != "" || i.Dependency.Skip.Code == ecosystems.Unpinned {
		return nil
	}
	v := r.inUse(i)
	s := subject{i.Dependency.Package, v.Text}
	if _, known := r.findings[s]; known || v.IsZero() {
		return nil
	}
	named, ok := adviser.Advised(ctx, i.Dependency.Package, v)
	if !ok {
		return nil
	}
	r.findings[s] = nil // known from now on
	q := questioned{
		subject: s, version: advisedVersion(ctx, adviser, i.Dependency.Package, v),
		question: advisory.Question{Package: advisory.Package{Ecosystem: named.Ecosystem, Name: named.Name}, Version: named.Version, Private: named.Private},
		read:     func(text string) (version.Version, bool) { return adviser.ReadVersion(i.Dependency.Package, text) },
	}
	for _, name := range []string{named.Name, named.Also} {
		if name == "" {
			continue
		}
		q.question.Package.Name = name
		list = append(list, q)
	}
	return list
}

// about returns the findings that affect the version. A source may return records about other versions, too.
func (q questioned) about(records []*advisory.Record, now time.Time) []*advisory.Finding {
	return slices.DeleteFunc(advisory.About(records, q.question.Package, q.read, now), func(f *advisory.Finding) bool { return !f.Affects(q.version) })
}

// advisedVersion returns a version in the form that advisories use.
func advisedVersion(ctx context.Context, adviser ecosystems.Advised, pkg ecosystems.Package, v version.Version) version.Version {
	if named, ok := adviser.Advised(ctx, pkg, v); ok {
		if as, ok := adviser.ReadVersion(pkg, named.Version); ok {
			return as
		}
	}
	return v
}

// inUse returns the version in use of an item, zero if it is unknown.
func (r *run) inUse(i *plan.Item) version.Version {
	pin := i.Dependency.Pin
	l := r.listings[i.Dependency.Package]
	if pin.Admits == nil || l == nil || l.err != nil {
		return pin.Version
	}
	near := l.at(l.positions(pin.Version)) // r.near would deadlock: its caller may be waiting for this answer
	return policy.Policy{}.Choose(policy.Input{Pin: pin.Version, Admits: pin.Admits, Excludes: pin.Excludes, Candidates: near}).Current.Version
}

// listVulnerable adds the indirect requirements that an advisory affects to the plan.
func (r *run) listVulnerable(p *plan.Plan) {
	for _, i := range r.unlisted {
		if len(r.findings[subject{i.Dependency.Package, r.inUse(&i).Text}]) == 0 {
			continue
		}
		i.Tracef("indirect, and listed because an advisory affects it")
		p.Items = append(p.Items, i)
		p.Unlisted--
	}
}

// wrong returns, for each advisory that affects the version in use, a function
// that reports whether it affects another version as well.
func (d *decider) wrong(ctx context.Context) (list []func(version.Version) bool) {
	adviser, ok := d.item.Origin.Ecosystem.(ecosystems.Advised)
	if !ok {
		return nil
	}
	pkg := d.item.Dependency.Package
	d.item.Findings = d.findings[subject{pkg, d.inUse(d.item).Text}]
	for _, f := range d.item.Findings {
		list = append(list, func(v version.Version) bool { return f.Affects(advisedVersion(ctx, adviser, pkg, v)) })
	}
	return list
}

// commits adds the commits that advisories name as the fix to the candidates.
// Listings do not have commits, and some fixes are in no release.
func (d *decider) commits(list []version.Candidate) (more []version.Candidate) {
	in := d.inUse(d.item)
	for _, f := range d.item.Findings {
		released := slices.ContainsFunc(list, func(c version.Candidate) bool {
			return c.Package == "" && c.Withdrawn == "" && c.ShownOnly == "" && !c.Version.Commit && !c.Version.Pre && version.Compare(c.Version, in) > 0 && !f.Affects(c.Version)
		})
		for _, v := range f.Fixes() {
			listed := slices.ContainsFunc(list, func(c version.Candidate) bool { return c.Version.Text == v.Text })
			if v.Commit && !released && !listed && v.Track == in.Track && version.Compare(v, in) > 0 {
				v.Pre, v.Family = false, in.Family // it replaces a release
				more = append(more, version.Candidate{Version: v})
			}
		}
	}
	return more
}

// warn adds the advisories that affect the version in use to the item, the most severe first.
func (d *decider) warn() {
	i, a := d.item, d.answer
	for n, f := range d.item.Findings {
		one := plan.Advisory{
			ID: f.ID, Aliases: f.Aliases, Severity: f.Severity, Score: f.Score, Summary: f.Summary, URL: f.URL, Published: f.Published, Remains: true,
			FixedSafe: a.FirstFixes[n].Safe.Text, FixedMinor: a.FirstFixes[n].Minor.Text, Fixed: a.FirstFixes[n].Any.Text,
		}
		if one.Fixed == "" { // a fix in another package or on another track is not among the candidates
			one.Fixed = d.elsewhere(f)
		}
		for _, imported := range f.Imports {
			one.Imports = append(one.Imports, imported.Path)
		}
		slices.Sort(one.Imports)
		one.Imports = slices.Compact(one.Imports)
		i.Advisories = append(i.Advisories, one)
		i.Tracef("%s affects %s%s", f.ID, i.Current, fixedIn(one))
	}
	slices.SortStableFunc(i.Advisories, func(a, b plan.Advisory) int {
		return cmp.Or(cmp.Compare(gravity(b.Severity), gravity(a.Severity)), cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
}

// elsewhere returns the fixed version that an advisory names if no listed version fixes it.
func (d *decider) elsewhere(f *advisory.Finding) string {
	for _, v := range f.Fixes() {
		if version.Compare(v, d.answer.Current.Version) > 0 {
			return v.Text
		}
	}
	return ""
}

func fixedIn(a plan.Advisory) string {
	if a.Fixed == "" {
		return ", and nothing fixes it"
	}
	return "; the first version without it is " + a.Fixed
}

func gravity(severity string) int {
	return slices.Index([]string{"LOW", "MEDIUM", "HIGH", "CRITICAL"}, severity)
}

// secure looks for a version that the advisories of the version in use do not
// affect. Such an update ignores allow and cooldown (semantics: the smallest band
// with a fix, in it the newest version past its cooldown, else the first fixed
// one). If no version of a line can be taken, it tries the next line.
func (d *decider) secure(ctx context.Context) result {
	for n, line := range d.answer.Fixes {
		q := request{list: line, wait: d.item.Policy.Packages, security: true, farther: n > 0, lines: d.answer.Fixes[n+1:]}
		if r := d.fix(ctx, q); r != none {
			return r
		}
	}
	return none
}

// fix looks for the fixed version to take on one line.
func (d *decider) fix(ctx context.Context, q request) result {
	r, young := d.search(ctx, q)
	if r != none || !young {
		return r
	}
	d.waited, d.blocked = d.blocked, ecosystems.Reason{} // no version past its cooldown fixes it: allow younger ones
	q.list, q.wait = firstFixed(q.list), 0
	r, _ = d.search(ctx, q)
	return r
}

// firstFixed returns the versions of a line, oldest first.
func firstFixed(line []version.Candidate) []version.Candidate {
	line = slices.Clone(line)
	slices.Reverse(line)
	return line
}

// outcome sets on each advisory of an item whether the decision fixes it.
func outcome(ctx context.Context, i *plan.Item) {
	var left []string
	for n := range i.Advisories {
		a := &i.Advisories[n]
		if i.Status == plan.Update && !remains(ctx, i, a.ID) {
			a.Remains = false
			continue
		}
		left = append(left, a.ID)
	}
	switch {
	case len(left) == 0:
	case i.Status == plan.Update:
		i.Notef(ecosystems.Vulnerable, "%s is still affected by %s%s", i.Target.Version, list(left), firstWithout(i.Advisories))
	default:
		i.Notef(ecosystems.Vulnerable, "%s is affected by %s%s", i.Current, list(left), firstWithout(i.Advisories))
	}
}

// remains reports whether an advisory affects the target.
func remains(ctx context.Context, i *plan.Item, id string) bool {
	n := slices.IndexFunc(i.Findings, func(f *advisory.Finding) bool { return f.ID == id })
	adviser, ok := i.Origin.Ecosystem.(ecosystems.Advised)
	return n >= 0 && ok && i.Findings[n].Affects(advisedVersion(ctx, adviser, i.Dependency.Package, i.Target.Version))
}

// firstWithout returns which versions fix the remaining advisories.
func firstWithout(all []plan.Advisory) string {
	fixed, unfixed := []string{}, 0
	for _, a := range all {
		switch {
		case !a.Remains:
		case a.Fixed == "":
			unfixed++
		case !slices.Contains(fixed, a.Fixed):
			fixed = append(fixed, a.Fixed)
		}
	}
	switch {
	case len(fixed) == 0:
		return "; nothing fixes that yet"
	case unfixed > 0:
		return fmt.Sprintf("; fixed in %s, %d of them not at all", strings.Join(fixed, ", "), unfixed)
	}
	return "; fixed in " + strings.Join(fixed, ", ")
}
