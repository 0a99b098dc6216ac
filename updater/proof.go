package updater

import (
	"context"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// proven reports whether what stands beside the version in use, such as a
// checksum, is what its publisher says. Where it is not, the item stays as it
// is: another file than the one that was published is an alarm, whether or not
// anything newer exists.
func (d *decider) proven(ctx context.Context) bool {
	i := d.item
	prover, ok := i.Origin.Ecosystem.(ecosystems.Prover)
	if !ok || !i.Dependency.Skip.IsZero() {
		return true
	}
	why, err := prover.Prove(ctx, i.Dependency)
	switch {
	case err != nil:
		i.Fail(err)
		return false
	case why.IsZero():
		return true
	}
	i.Notef(why.Code, "%s", why.Text)
	if why.Code == ecosystems.ChecksumUnknown && d.answer.Latest.Version.Text == d.answer.Current.Version.Text {
		i.End(plan.Current, ecosystems.Reason{})
		return false
	}
	i.End(plan.Held, why)
	return false
}
