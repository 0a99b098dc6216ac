package plan

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/policy"
)

// MayDrag returns how far the update of another dependency would move this one
// to, and why its policy p forbids that; "" if p allows it.
func MayDrag(p policy.Policy, was ecosystems.Dependency, name string, to version.Version) (version.Level, string) {
	from := was.Pin.Version
	band := p.Between(from, to)
	switch c := version.Compare(to, from); {
	case c == 0: // also for an ignored one, because it stays
		return band, ""
	case p.Ignore != "" || was.Ignored:
		return band, fmt.Sprintf("it would also move %s from %s to %s, whose updates are ignored", name, from, to)
	case c < 0:
		return band, fmt.Sprintf("it would also move %s back from %s to %s", name, from, to)
	case band > p.Allow:
		return band, fmt.Sprintf("it would also move %s from %s to %s (%s)", name, from, to, band)
	}
	return band, ""
}
