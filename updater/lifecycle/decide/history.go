package decide

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/plan"
)

// Reason codes of this package.
const (
	Refused  = "refused"  // its pull request was closed
	Reverted = "reverted" // it was merged and reverted
)

// Refusal reports whether the pull request was closed without merging, and not by Freshpin.
func (b *Branch) Refusal() bool {
	return b.State == forge.Closed && !strings.Contains(b.Body, forge.ClosedMark)
}

// Follow records the fate of our pull requests, newest first, and returns the open
// ones by branch. Closed ones whose base branch is gone were closed with it, which is
// no refusal.
func (m *Memory) Follow(list []*Branch, gone map[string]bool) map[string]*Branch {
	open := map[string]*Branch{}
	// Oldest first, so that the newest of several for the same update decides.
	for _, b := range slices.Backward(list) {
		switch b.State {
		case forge.Merged:
			m.merge(b.Pairs)
		case forge.Closed:
			if b.Refusal() && !gone[b.Base] {
				m.refuse(b.Pairs, b.Number, "closed")
			}
		case forge.Open:
			open[b.Branch] = b
			m.Forgive(b.Number) // it may have been reopened
		}
	}
	m.Open = map[string]int{}
	for name, b := range open {
		m.Open[name] = b.Number
	}
	return open
}

// Offers returns the updates that may be proposed. It holds back refused ones in the
// plan.
func (m *Memory) Offers(items []plan.Item) []plan.Item {
	var offered []plan.Item
	for n := range items {
		i := &items[n]
		if i.Status != plan.Update {
			continue
		}
		if why := m.Unwanted(PairOf(i)); !why.IsZero() {
			i.Status, i.Reason = plan.Held, why
			continue
		}
		offered = append(offered, *i)
	}
	return offered
}

// Unwanted returns why a pair is not offered; the zero Reason if it may be.
func (m *Memory) Unwanted(p Pair) ecosystems.Reason {
	if slices.Contains(m.Merged, p) {
		m.Merged = slices.DeleteFunc(m.Merged, func(old Pair) bool { return old == p })
		m.refuse([]Pair{p}, 0, "reverted")
	}
	r := m.refused(p)
	switch {
	case r == nil:
		return ecosystems.Reason{}
	case r.How == "reverted":
		return ecosystems.Reason{Code: Reverted, Text: "it was merged before and taken back"}
	}
	return ecosystems.Reason{Code: Refused, Text: "its pull request " + Ref(r.Number) + " was closed without merging"}
}

// ForgetVerdicts drops a tool's verdicts about groups that no longer exist.
func (m *Memory) ForgetVerdicts(current map[string]bool) {
	for fingerprint := range m.Verdict {
		if !current[fingerprint] {
			delete(m.Verdict, fingerprint)
		}
	}
}
