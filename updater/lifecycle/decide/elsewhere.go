package decide

import (
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/otherbots"
	"github.com/freshpin/freshpin/updater/plan"
)

// Elsewhere is the code of what another bot proposes already.
const Elsewhere = "proposed-elsewhere"

// leaveToOthers holds the updates that an open pull request of another bot makes
// already, and returns the rest. What is in an open pull request of ours stays
// there: it was first.
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

// PinOf is an item as other bots' moves are compared with it.
func PinOf(i *plan.Item) otherbots.Pin {
	d := i.Dependency
	return otherbots.Pin{Words: i.Info().Dependabot, Name: d.Name, Package: d.Package.Name, File: FileOf(i), Version: i.Target.Version.Text, Digest: i.Target.Digest}
}
