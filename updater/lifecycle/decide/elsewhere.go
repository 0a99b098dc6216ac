package decide

import (
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/otherbots"
	"github.com/freshpin/freshpin/updater/plan"
)

// Elsewhere is the reason code of an update that another bot already proposes.
const Elsewhere = "proposed-elsewhere"

// leaveToOthers holds back the updates that an open pull request of another bot already
// makes, and returns the rest. It keeps updates in our own open pull requests, which
// were there first.
func (d *deciding) leaveToOthers(base *Base, offers []plan.Item) []plan.Item {
	return slices.DeleteFunc(offers, func(i plan.Item) bool {
		p, ok := d.proposedBy(base, &i)
		if !ok || d.proposedByUs(&i) {
			return false
		}
		base.End(i.ID, plan.Held, ecosystems.Reason{
			Code: Elsewhere, Text: fmt.Sprintf("%s proposes it already: #%d", otherbots.Title(p.Bot), p.Number),
		})
		d.Elsewhere = true
		return true
	})
}

// proposedBy returns the pull request of another bot that makes an update.
func (s *State) proposedBy(base *Base, i *plan.Item) (otherbots.Proposal, bool) {
	pin := PinOf(i)
	for _, p := range s.Others {
		if p.Base == base.Branch && slices.ContainsFunc(p.Moves, func(m otherbots.Move) bool { return m.Concerns(pin) && m.Reaches(pin) }) {
			return p, true
		}
	}
	return otherbots.Proposal{}, false
}

func (s *State) proposedByUs(i *plan.Item) bool {
	for _, b := range s.Open {
		if slices.Contains(b.Pairs, PairOf(i)) {
			return true
		}
	}
	return false
}

// PinOf returns an item in the form for comparisons with the moves of other bots.
func PinOf(i *plan.Item) otherbots.Pin {
	d := i.Dependency
	return otherbots.Pin{Words: i.Info().Dependabot, Name: d.Name, Package: d.Package.Name, File: FileOf(i), Version: i.Target.Version.Text, Digest: i.Target.Digest}
}
