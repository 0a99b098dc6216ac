package updater

import (
	"context"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// proven reports whether the checksum of the version in use is the published one.
// If not, the item is not updated and raises an alarm, whether or not a newer
// version exists: the file may have been tampered with.
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
