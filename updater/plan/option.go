package plan

import (
	"context"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Option is a possible target of an update, with the facts about it.
type Option struct {
	Target    ecosystems.Target
	Band      version.Level
	Published time.Time // zero where unknown
	Notes     []ecosystems.Note
	Security  bool // it fixes an advisory that affects the version in use
	Farther   bool // it is a fix, and a nearer line has a fix that cannot be used
	LineMove  bool // it leaves a release line that gets no more fixes
}

// A Search finds further options for an update whose target was refused.
type Search interface {
	// For returns a search that continues from the same position for a copy of the
	// item, and does not advance this one.
	For(i *Item) Search
	// More returns the next options; of a farther line if the nearer one has no more. It returns none at the end.
	More(ctx context.Context) []Option
}

// Take makes an option the target of the item.
func (i *Item) Take(o Option) {
	i.Taken = o
	i.Status, i.Target, i.Band, i.Reason = Update, o.Target, o.Band.String(), ecosystems.Reason{}
	i.TargetPublished = o.Published
	i.Security = o.Security
	i.LineMove = o.LineMove
	// A routine update never exceeds the policy, because only allowed versions are searched.
	i.Exceeds = (i.Security || i.LineMove) && o.Band > i.Policy.Allow
	i.Notes = append(i.Notes, o.Target.Notes...)
	i.Notes = append(i.Notes, o.Notes...)
	i.Tracef("update to %s (%s)", o.Target.Version, i.Band)
}

// FallBack replaces the target by another option; why says what is wrong with the target.
func (i *Item) FallBack(o Option, why ecosystems.Reason) {
	// Notes about the refused target would be wrong about the new one.
	was := slices.Concat(i.Taken.Target.Notes, i.Taken.Notes)
	i.Notes = slices.DeleteFunc(slices.Clone(i.Notes), func(n ecosystems.Note) bool { return slices.Contains(was, n) })
	i.Tracef("%s does not fit: %s", i.Target.Version, why.Text)
	i.Notef(why.Code, "%s", why.Text)
	i.Take(o)
	i.NoteBehind(why) // after Take, because it compares the new target with Safe
}

// NoteBehind records why the target is older than the newest release of its
// line, or on a farther line although a nearer one has a fix.
func (i *Item) NoteBehind(why ecosystems.Reason) {
	to := i.Target.Version
	switch {
	case i.Status != Update || i.SafeVersion.IsZero() || i.Target.Version.Text == i.Safe || version.Compare(to, i.SafeVersion) >= 0 && !i.Taken.Farther:
		i.Behind = ecosystems.Reason{}
		return
	case !i.Behind.IsZero(): // the first reason is about the best option, so it stays
		return
	}
	i.Behind = why
	// FallBack has noted its reason already.
	if !slices.Contains(i.Notes, ecosystems.Note(why)) {
		i.Notef(why.Code, "%s", why.Text)
	}
}
