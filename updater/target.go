package updater

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
)

// search makes the best candidate that can be taken the target. young reports
// whether a candidate was skipped because of its cooldown.
func (d *decider) search(ctx context.Context, q request) (r result, young bool) {
	s := &search{decider: d, request: q}
	d.item.Search = s
	o, r := s.next(ctx)
	if r == found {
		d.accept(o)
	}
	return r, s.young
}

// accept makes an option the target, and records why a better one was not taken.
func (d *decider) accept(o plan.Option) {
	if !d.blocked.IsZero() {
		d.item.Notef(d.blocked.Code, "%s", d.blocked.Text)
	}
	d.item.Take(o)
}

// copyDecision removes the digest from an option if the policy does not want one or the file has no place for it.
func (d *decider) copyDecision(o *plan.Option) {
	pin, how := d.item.Dependency.Pin, d.item.Policy.Digests
	if pin.Digest != "" || how == policy.DigestsPin && pin.NoDigest == "" {
		return
	}
	if pin.NoDigest != "" && how == policy.DigestsPin && o.Target.Digest != "" {
		o.Notes = append(o.Notes, ecosystems.Note{Code: ecosystems.NoDigest, Text: pin.NoDigest})
	}
	o.Target.Digest = ""
}

func (d *decider) block(code, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	d.item.Tracef("%s", text)
	if d.blocked.IsZero() {
		d.blocked = ecosystems.Reason{Code: code, Text: text}
	}
}

// digest looks for a new digest of the tag in use, or for a first one.
func (d *decider) digest(ctx context.Context) result {
	i := d.item
	pin, how := i.Dependency.Pin, i.Policy.Digests
	switch {
	case i.Policy.Security:
		return none
	case !i.Kind().Digests || how == policy.DigestsIgnore || pin.Digest == "" && how != policy.DigestsPin:
		return none
	case pin.NoDigest != "":
		i.Notef(ecosystems.NoDigest, "%s", pin.NoDigest)
		return none
	}
	cur := pin.Version
	target, err := d.pinsOf(ctx, i, cur)
	if err != nil {
		i.Fail(err)
		return failed
	}
	// Added even if the digest is not taken; without them accept does not add them again.
	i.Notes = append(i.Notes, target.Notes...)
	target.Notes = nil
	switch {
	case !target.Hold.IsZero():
		d.block(target.Hold.Code, "%s", target.Hold.Text)
		return none
	case target.Unchanged || target.Digest == "":
		return none
	case target.Digest == pin.Digest:
		return d.correctText(target)
	}
	if len(target.Missing) > 0 {
		d.block(ecosystems.Platform, "the rebuilt %s lacks %s, which the digest in use offers", cur, list(target.Missing))
		return none
	}
	return d.rebuilt(ctx, target)
}

// correctText takes a target that keeps the digest in use and corrects only text about
// it, such as a comment with a wrong version.
func (d *decider) correctText(t ecosystems.Target) result {
	if edits, err := d.item.Origin.Ecosystem.Edit(d.item.Dependency, t); err != nil || len(edits) == 0 {
		return none
	}
	d.accept(plan.Option{Target: t})
	return found
}

// rebuilt takes a digest unless its cooldown has not passed. A first digest has no
// cooldown, because builds use that image already.
func (d *decider) rebuilt(ctx context.Context, t ecosystems.Target) result {
	i := d.item
	if dater, ok := i.Origin.Ecosystem.(ecosystems.Dater); ok && i.Dependency.Pin.Digest != "" && i.Policy.Rebuilds > 0 {
		rebuilt := i.Dependency
		rebuilt.Pin.Digest = t.Digest
		published, err := d.dated(ctx, dater, rebuilt, t.Version)
		if err != nil {
			i.Fail(err)
			return failed
		}
		since := d.since(t.Digest, published, i.Policy.Rebuilds)
		if until, young := policy.Young(since, d.now, i.Policy.Rebuilds); young {
			d.block(ecosystems.Cooldown, "the rebuilt %s is held until %s: %s", t.Version, until.UTC().Format(time.DateOnly), sighted("built", published, since, d.now))
			return none
		}
		if since.IsZero() {
			i.Notef(ecosystems.AgeUnknown, "the build date of this %s is unknown", t.Version)
		}
		i.TargetPublished = published
		if err := d.movedBack(ctx, dater, published); err != nil {
			i.Fail(err)
			return failed
		}
	}
	if !d.worth(ctx, t) {
		return none
	}
	if signed, err := d.signed(ctx, t); err != nil {
		i.Fail(err)
		return failed
	} else if !signed {
		return none
	}
	if pin := i.Dependency.Pin; pin.Digest != "" && len(pin.Version.Release) < 2 {
		i.Notef(ecosystems.Floating, "the tag %q names no line, so its new digest can be any newer version", t.Version)
	}
	d.accept(plan.Option{Target: t, Published: i.TargetPublished})
	return found
}

// movedBack adds a note if the tag now points to an older image than the one in use,
// because a rebuild is never older.
func (d *decider) movedBack(ctx context.Context, dater ecosystems.Dater, published time.Time) error {
	i := d.item
	was, err := d.dated(ctx, dater, i.Dependency, i.Dependency.Pin.Version)
	// Registries delete untagged images, so the digest in use may be gone: there is nothing to compare.
	if err != nil && fetch.Code(err) != fetch.NotFound {
		return err
	}
	if err == nil && !published.IsZero() && published.Before(was) {
		i.Notef(ecosystems.TagMoved, "the tag %s was moved to an older image, of %s; the digest in use is of %s, and closing the pull request keeps it",
			i.Dependency.Pin.Version, published.UTC().Format(time.DateOnly), was.UTC().Format(time.DateOnly))
	}
	return nil
}

// ago says how long before now t was. It also handles a later t, which happens with
// a wrong clock or a given now.
func ago(t, now time.Time) string {
	if t.After(now) {
		return age(now, t) + " in the future"
	}
	return age(t, now) + " ago"
}

// age describes the time between two moments in round numbers.
func age(from, to time.Time) string {
	d := to.Sub(from) // at most 292 years
	switch {
	case d > 100*year:
		return plan.Count(to.Year()-from.Year(), "year")
	case d < 2*time.Hour:
		return plan.Count(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return plan.Count(int(d.Hours()), "hour")
	}
	return plan.Count(int(d.Hours()/24), "day")
}

// list joins words with commas and "and", and adds how many were left out.
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
