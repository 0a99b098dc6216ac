package updater

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// otherTracks reports newer versions on other tracks with the reason why they are
// not proposed: in the trace, and as a note if there is no other newer version, so
// that users learn that their track has ended.
func (d *decider) otherTracks(l *listing) {
	cur := d.answer.Current.Version
	stuck := d.item.Latest == d.item.Current && d.item.LatestPackage == "" && d.item.NewerBase == ""
	if l == nil || !d.item.Kind().Digests || cur.IsName() || !d.Explain && !stuck {
		return
	}
	groups := version.Elsewhere(cur, l.result.Candidates)
	for _, g := range groups {
		d.item.Tracef("newer, but on another track: %s", describe(g))
	}
	if !stuck {
		return
	}
	for _, g := range groups {
		if len(g.Why) == 1 && g.Why[0] != version.Numbering && !cur.Covers(g.Newest) {
			d.item.Notef(ecosystems.OtherTrack, "nothing newer has the form of %s; newer on another track: %s", cur, describe(g))
			return
		}
	}
}

// describe names the newest version of a group and the reason: "1.3.0-slim and 4 more (another variant)".
func describe(g version.Group) string {
	text := g.Newest.Text
	if g.Count > 1 {
		text += fmt.Sprintf(" and %d more", g.Count-1)
	}
	return text + " (another " + strings.Join(g.Why, " and ") + ")"
}
