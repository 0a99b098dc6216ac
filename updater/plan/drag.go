package plan

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/policy"
)

// MayDrag returns how far a dependency would be dragged along with another
// one's update, and why it may not be; "" if it may.
func MayDrag(p policy.Policy, was ecosystems.Dependency, name string, to version.Version) (version.Level, string) {
	from := was.Pin.Version
	band := p.Between(from, to)
	switch c := version.Compare(to, from); {
	case c == 0:
		return band, ""
	case p.Ignore != "" || was.Ignored:
		return band, fmt.Sprintf("it would also move %s from %s to %s, which is told to be ignored", name, from, to)
	case c < 0:
		return band, fmt.Sprintf("it would also move %s back from %s to %s", name, from, to)
	case band > p.Allow:
		return band, fmt.Sprintf("it would also move %s from %s to %s (%s)", name, from, to, band)
	}
	return band, ""
}
