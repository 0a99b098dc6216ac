package updater

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// lag explains why the target is older than the newest release of its line, if the
// decision has recorded the reason.
func (d *decider) lag() {
	i := d.item
	if i.Status == plan.Update && !d.kept.IsZero() {
		i.Notef(ecosystems.SharedValue, "%s", d.kept.Text)
	}
	switch {
	case !d.blocked.IsZero():
		i.NoteBehind(d.blocked)
	case len(d.twins) > 0:
		i.NoteBehind(ecosystems.Reason{Code: ecosystems.SameImage, Text: fmt.Sprintf("%s names the image in use, and nothing older is an update", list(d.twins))})
	case !d.waited.IsZero():
		i.NoteBehind(d.waited)
	case i.Taken.Farther: // without a recorded reason against the nearer line
	case i.Security:
		i.NoteBehind(ecosystems.Reason{Code: ecosystems.Vulnerable, Text: fmt.Sprintf("%s fixes less than %s does", i.Safe, i.Target.Version)})
	default:
		i.NoteBehind(ecosystems.Reason{Code: ecosystems.Policy, Text: d.beyond()})
	}
}
