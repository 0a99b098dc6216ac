package updater

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/policy"
)

// The limits of looking for a target.
const (
	maxDated = 12 // candidates whose age is asked, newest first
	maxTries = 3  // candidates whose facts are asked
)

// version looks for the best version that the policy allows and reports
// whether the item has its status: an update, or a failure.
func (d *decider) version(ctx context.Context) bool {
	i, tries := d.item, 0
	why, err := d.fit(ctx)
	if err != nil {
		i.fail(err)
		return true
	}
	for n, c := range d.answer.Proposals {
		if n == maxDated || tries == maxTries {
			break
		}
		published, err := d.published(ctx, c, n)
		if err != nil {
			i.fail(err)
			return true
		}
		since := d.since(c.Version.Text, published, i.Policy.Packages)
		if until, young := policy.Young(since, d.now, i.Policy.Packages); young {
			d.block(ecosystems.Cooldown, "%s is held until %s: %s", c.Version, until.UTC().Format(time.DateOnly), sighted("published", published, since, d.now))
			continue
		}
		tries++
		if d.propose(ctx, c) {
			i.TargetPublished = published
			if why != "" {
				i.note(ecosystems.Drags, "%s", why)
			}
			if since.IsZero() && i.Policy.Packages > 0 && i.Status == Update {
				i.note("age-unknown", "nobody tells when %s was published", c.Version)
			}
			return true
		}
	}
	return false
}

// fit leaves out the proposals that ask for more than the manifest grants, and
// returns the sentence about the newest of them; "" where all fit.
func (d *decider) fit(ctx context.Context) (string, error) {
	f, ok := d.item.eco.(ecosystems.Fitter)
	if !ok || len(d.answer.Proposals) == 0 {
		return "", nil
	}
	newest := d.answer.Latest
	if newest.Package != "" { // on another path
		newest = d.answer.Minor
	}
	list := make([]version.Version, len(d.answer.Proposals))
	for n, c := range d.answer.Proposals {
		list[n] = c.Version
	}
	first, why, err := f.Fit(ctx, d.item.Dependency, newest.Version, list)
	if err != nil || first == 0 {
		return "", err
	}
	d.answer.Proposals = d.answer.Proposals[first:]
	d.block(ecosystems.Drags, "%s", why)
	return why, nil
}

// published returns when a candidate was published, asking for it where the
// listing does not say and somebody may have to wait. Nobody asks for a date
// that decides nothing.
func (d *decider) published(ctx context.Context, c version.Candidate, n int) (time.Time, error) {
	i := d.item
	dater, ok := i.eco.(ecosystems.Dater)
	if !c.Published.IsZero() || !ok || i.Policy.Packages == 0 {
		return c.Published, nil
	}
	t, err := d.dated(ctx, dater, i.Dependency, c.Version)
	if err != nil && fetch.Code(err) == fetch.NotFound {
		return time.Time{}, nil
	}
	d.answer.Proposals[n].Published = t
	return t, err
}

// propose looks up what the edit has to write, judges it and makes it the
// target. It reports whether the item has its status.
func (d *decider) propose(ctx context.Context, c version.Candidate) bool {
	i := d.item
	target, err := d.pinsOf(ctx, i, c.Version)
	if err != nil {
		if fetch.Code(err) == fetch.NotFound {
			i.trace("%s: %v; the next one", c.Version, err)
			d.block(fetch.NotFound, "%s is listed, but not there: %v", c.Version, err)
			return false
		}
		i.fail(err)
		return true
	}
	switch policy.Judge(policy.Facts{Unchanged: target.Unchanged, Missing: target.Missing}) {
	case policy.Same:
		i.trace("%s is the very image in use", c.Version)
		d.twins = append(d.twins, c.Version.Text)
		return false
	case policy.Platform:
		d.block(ecosystems.Platform, "%s lacks %s, which %s offers", c.Version, list(target.Missing), i.Current)
		return false
	}
	if !d.signed(ctx, target) {
		return i.Status == Failed
	}
	d.carry(&target)
	edits, err := i.eco.Edit(i.Dependency, target)
	if err != nil {
		i.end(Failed, ecosystems.Reason{Code: ecosystems.Malformed, Text: err.Error()})
		return true
	}
	if len(edits) == 0 {
		i.trace("%s needs no edit", c.Version)
		return false
	}
	d.update(target, version.Between(d.answer.Current.Version, c.Version, d.answer.Line))
	return true
}

// carry leaves the digest away where the policy or the place does not want one.
func (d *decider) carry(t *ecosystems.Target) {
	pin := d.item.Dependency.Pin
	if pin.Digest == "" && (d.item.Policy.Digests != policy.DigestsPin || pin.NoDigest != "") {
		if pin.NoDigest != "" && d.item.Policy.Digests == policy.DigestsPin && t.Digest != "" {
			d.item.note("no-digest", "%s", pin.NoDigest)
		}
		t.Digest = ""
	}
}

func (d *decider) update(t ecosystems.Target, band version.Level) {
	i := d.item
	i.Status, i.Target, i.Band, i.Reason = Update, t, band.String(), ecosystems.Reason{}
	i.Notes = append(i.Notes, t.Notes...)
	if band == version.Digest && !d.blocked.IsZero() {
		i.note(d.blocked.Code, "%s", d.blocked.Text)
	}
	i.trace("update to %s (%s)", t.Version, i.Band)
}

func (d *decider) block(code, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	d.item.trace("%s", text)
	if d.blocked.IsZero() {
		d.blocked = ecosystems.Reason{Code: code, Text: text}
	}
}

// digest looks for a newer digest of the tag in use, or for the first one, and
// reports whether the item has its status.
func (d *decider) digest(ctx context.Context) bool {
	i := d.item
	pin, how := i.Dependency.Pin, i.Policy.Digests
	switch {
	case !isImage(i.Dependency) || how == policy.DigestsIgnore || pin.Digest == "" && how != policy.DigestsPin:
		return false
	case pin.NoDigest != "":
		i.note("no-digest", "%s", pin.NoDigest)
		return false
	}
	cur := pin.Version
	target, err := d.pinsOf(ctx, i, cur)
	if err != nil {
		i.fail(err)
		return true
	}
	i.Notes = append(i.Notes, target.Notes...)
	target.Notes = nil
	if target.Unchanged || target.Digest == "" || target.Digest == pin.Digest {
		return false
	}
	if len(target.Missing) > 0 {
		d.block(ecosystems.Platform, "the rebuilt %s lacks %s, which the digest in use offers", cur, list(target.Missing))
		return false
	}
	return d.rebuilt(ctx, target)
}

// rebuilt takes a digest unless it has to wait. A first digest never waits: it
// is what every build takes already.
func (d *decider) rebuilt(ctx context.Context, t ecosystems.Target) bool {
	i := d.item
	if dater, ok := i.eco.(ecosystems.Dater); ok && i.Dependency.Pin.Digest != "" && i.Policy.Rebuilds > 0 {
		rebuilt := i.Dependency
		rebuilt.Pin.Digest = t.Digest
		published, err := d.dated(ctx, dater, rebuilt, t.Version)
		if err != nil {
			i.fail(err)
			return true
		}
		since := d.since(t.Digest, published, i.Policy.Rebuilds)
		if until, young := policy.Young(since, d.now, i.Policy.Rebuilds); young {
			d.block(ecosystems.Cooldown, "the rebuilt %s is held until %s: %s", t.Version, until.UTC().Format(time.DateOnly), sighted("built", published, since, d.now))
			return false
		}
		if since.IsZero() {
			i.note("age-unknown", "nobody tells when this %s was built", t.Version)
		}
		i.TargetPublished = published
		if err := d.movedBack(ctx, dater, published); err != nil {
			i.fail(err)
			return true
		}
	}
	if !d.worth(ctx, t) {
		return false
	}
	if !d.signed(ctx, t) {
		return i.Status == Failed
	}
	if pin := i.Dependency.Pin; pin.Digest != "" && len(pin.Version.Release) < 2 {
		i.note("floating", "the tag %q names no line, so its new digest can be any newer version", t.Version)
	}
	d.update(t, version.Digest)
	return true
}

// movedBack notes a tag that names an older image than the digest in use:
// nothing is built again into the past.
func (d *decider) movedBack(ctx context.Context, dater ecosystems.Dater, published time.Time) error {
	i := d.item
	was, err := d.dated(ctx, dater, i.Dependency, i.Dependency.Pin.Version)
	if err != nil && fetch.Code(err) != fetch.NotFound {
		return err
	}
	if err == nil && !published.IsZero() && published.Before(was) {
		i.note("tag-moved", "the tag %s was moved to an older image, of %s; the digest in use is of %s, and closing the pull request keeps it",
			i.Dependency.Pin.Version, published.UTC().Format(time.DateOnly), was.UTC().Format(time.DateOnly))
	}
	return nil
}

// ago says how long before now something was, or, for a wrong clock or a now
// that was given, how long after it.
func ago(d time.Duration) string {
	if d < 0 {
		return age(-d) + " in the future"
	}
	return age(d) + " ago"
}

// age rounds a duration to what a person would say.
func age(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// list joins words as a sentence does, and says how many were left out.
func list(words []string) string {
	const most = 4
	switch n := len(words); {
	case n == 0:
		return ""
	case n == 1:
		return words[0]
	case n > most:
		return fmt.Sprintf("%s and %d more", list(words[:most]), n-most)
	default:
		return fmt.Sprintf("%s and %s", strings.Join(words[:n-1], ", "), words[n-1])
	}
}
