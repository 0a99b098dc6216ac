package edit

import (
	"context"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
)

// nextOption moves an update whose target was refused to its next option, and
// reports whether there is one.
func nextOption(ctx context.Context, i *plan.Item, why ecosystems.Reason) bool {
	if i.Search == nil {
		return false
	}
	was := i.Target.Version
	i.Search = i.Search.For(i)
	i.Notes, i.Trace = slices.Clone(i.Notes), slices.Clone(i.Trace) // i is a copy and must not append to the plan's slices
	next := i.Options
	if len(next) == 0 {
		next = i.Search.More(ctx)
	}
	if len(next) == 0 || version.Compare(next[0].Target.Version, i.Dependency.Pin.Version) <= 0 {
		return false
	}
	i.Options = next[1:]
	why.Text = was.Text + ": " + why.Text
	i.FallBack(next[0], why)
	Prepare(i)
	return i.Status == plan.Update
}
