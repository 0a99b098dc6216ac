package updater

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// otherTracks tells of newer versions on other tracks and what keeps them out: in
// the trace for people who ask why, and as a note where nothing else newer exists,
// so that a track that is at its end is no silent one.
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

// describe names the newest of a group and what keeps it out: "1.3.0-slim and 4 more (another variant)".
func describe(g version.Group) string {
	text := g.Newest.Text
	if g.Count > 1 {
		text += fmt.Sprintf(" and %d more", g.Count-1)
	}
	return text + " (another " + strings.Join(g.Why, " and ") + ")"
}
