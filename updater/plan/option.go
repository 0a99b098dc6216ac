package plan

import (
	"context"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Option is a version that can be taken, with all that is known of it.
type Option struct {
	Target    ecosystems.Target
	Band      version.Level
	Published time.Time // zero where unknown
	Notes     []ecosystems.Note
	Security  bool // it mends what an advisory says is wrong with the version in use
	Farther   bool // a fix, and a nearer line has one that cannot be taken
	LineMove  bool // it leaves a release line that gets no fixes any more
}

// A Search finds further targets for an update whose target is refused.
type Search interface {
	// For returns the search as it goes on for a copy of its item; the plan's own stays where it is.
	For(i *Item) Search
	// More returns the next option, of a farther line where the near one has none; none where nothing is left.
	More(ctx context.Context) []Option
}

// Take makes an option the target of the item.
func (i *Item) Take(o Option) {
	i.Taken = o
	i.Status, i.Target, i.Band, i.Reason = Update, o.Target, o.Band.String(), ecosystems.Reason{}
	i.TargetPublished = o.Published
	i.Security = o.Security
	i.LineMove = o.LineMove
	i.Exceeds = (i.Security || i.LineMove) && o.Band > i.Policy.Allow
	i.Notes = append(i.Notes, o.Target.Notes...)
	i.Notes = append(i.Notes, o.Notes...)
	i.Tracef("update to %s (%s)", o.Target.Version, i.Band)
}

// FallBack replaces the target, which why speaks against, by another option.
func (i *Item) FallBack(o Option, why ecosystems.Reason) {
	was := slices.Concat(i.Taken.Target.Notes, i.Taken.Notes)
	i.Notes = slices.DeleteFunc(slices.Clone(i.Notes), func(n ecosystems.Note) bool { return slices.Contains(was, n) })
	i.Tracef("%s does not fit: %s", i.Target.Version, why.Text)
	i.Notef(why.Code, "%s", why.Text)
	i.Take(o)
	i.NoteBehind(why)
}

// NoteBehind notes why the target is older than the newest release of its line, or
// beyond a line that has a fix.
func (i *Item) NoteBehind(why ecosystems.Reason) {
	to := i.Target.Version
	switch {
	case i.Status != Update || i.SafeVersion.IsZero() || i.Target.Version.Text == i.Safe || version.Compare(to, i.SafeVersion) >= 0 && !i.Taken.Farther:
		i.Behind = ecosystems.Reason{}
		return
	case !i.Behind.IsZero(): // the first reason is about the best one
		return
	}
	i.Behind = why
	if !slices.Contains(i.Notes, ecosystems.Note(why)) {
		i.Notef(why.Code, "%s", why.Text)
	}
}
