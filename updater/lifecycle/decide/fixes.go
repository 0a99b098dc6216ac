package decide

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/message"
)

// HardenKey is the key of the group with the checklist's safe fixes.
const HardenKey = "hardening"

// Fixes is the result of the checklist's safe fixes, without refused ones.
type Fixes struct {
	Judged bool   // all lookups of the checklist have succeeded
	Group  *Group // with the policy of the first file, for labels and other settings; nil without fixes
	Made   []check.Finding
	Pairs  []Pair // one for each fix in Made
	Files  []ecosystems.FileChange
}

// Fingerprint is the same for equal fixes of equal files.
func (f *Fixes) Fingerprint(files map[string]forge.Entry) string {
	sum := sha256.New()
	for _, p := range f.Pairs {
		fmt.Fprintf(sum, "%q\n", p.ID)
	}
	for _, c := range f.Files {
		fmt.Fprintf(sum, "%q %s %x\n", c.Path, files[c.Path].Hash, sha256.Sum256(c.Data))
	}
	return hex.EncodeToString(sum.Sum(nil))[:20]
}

// FixPair returns the pair of a fix on a base. A refusal applies as long as the finding is the same.
func FixPair(base string, f *check.Finding) Pair {
	return Pair{ID: Scoped(base, "check:"+f.ID), To: check.Safe}
}

// fixes yields the action for the pull request with safe fixes.
func (d *deciding) fixes(base *Base) bool {
	name := message.Branch(Scoped(base.Name, HardenKey))
	b := d.Open[name]
	if b != nil && !d.Owns(base, b) {
		b = nil // strays has left it alone
	}
	if b == nil && len(base.Fixes.Made) == 0 {
		return true
	}
	a := Action{Do: Stand, Base: base, Branch: b, Outcome: Outcome{Group: HardenKey, Base: base.Branch, Branch: name, Updates: len(base.Fixes.Made)}}
	if b != nil {
		a.Outcome.Number, a.Outcome.URL, a.Outcome.Title = b.Number, b.URL, b.Title
	}
	return d.yield(d.harden(a))
}

// harden returns the action for the pull request with safe fixes, which may not exist yet.
func (s *State) harden(a Action) Action {
	base, b, o := a.Base, a.Branch, &a.Outcome
	switch {
	case b != nil && !base.Fixes.Judged:
		o.What, o.Why = Left, "not everything that the checklist asks could be looked up, so it is left alone"
	case b != nil && len(base.Fixes.Made) == 0:
		return s.close(base, b, nil)
	case b == nil && s.Quiet != "":
		o.What, o.Why = Waiting, s.Quiet
	case b == nil && s.full(base) != "":
		o.What, o.Why = Waiting, s.full(base)
	case !base.CanWrite:
		o.What, o.Why = Waiting, s.Repo+" may be read but not written"
	case b != nil && b.Touched() && !s.Orders.Override[b.Branch] && s.ToldTouched(b):
		return a.Leave()
	case b != nil && !b.Touched() && !s.Rebuilds(b) && b.Fingerprint == base.Fixes.Fingerprint(base.Files):
		o.What = Kept
	default:
		a.Do = Harden
	}
	return a
}
