package reading

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/download/shelltext"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// An Owner is the group that a checksum belongs to by its position and name, with a
// score.
type Owner struct {
	Group *Group
	Score int
	File  string // of the address beside it, if that is completely known
}

// The scores of an owner.
const (
	onlyGroup       = 1 // the only group of the stage
	SameInstruction = 2 // an address is in the same instruction
	SameName        = 3 // its variable has the same name
)

// Owner guesses which group a checksum belongs to. It is used only for checksums that are in no list.
func (st *Stage) Owner(d Digest, groups []*Group) (best Owner) {
	distance := 1 << 30
	for _, g := range groups {
		o := Owner{Group: g}
		name := stem(d.Name)
		switch {
		case name != "" && slices.Contains(g.stems(), name):
			o.Score = SameName
		case !d.Other && slices.ContainsFunc(g.From, func(a *Address) bool { return a.Step == d.Step }):
			o.Score = SameInstruction
		case len(groups) == 1 && !d.Other:
			o.Score = onlyGroup
		}
		if o.Score == 0 {
			continue
		}
		gap := 1 << 29
		for _, a := range g.From {
			if n := st.Gap(a.At, d.Start); a.Step == d.Step && n < gap {
				gap = n
				if !strings.Contains(a.S, source.Open) {
					o.File = a.S
				}
			}
		}
		if o.Score > best.Score || o.Score == best.Score && gap < distance {
			best, distance = o, gap
		}
	}
	return best
}

var verifies = lazyregexp.New(`(?i)sha\d*sum|shasum|Get-FileHash|openssl\s+dgst`)

// Verified is the gap between texts that belong to different files.
const Verified = 1 << 20

// Gap returns the distance between an address and a checksum, in bytes. If there is
// a verification between them, they belong to different files.
func (st *Stage) Gap(a, b int) int {
	from, to := min(a, b), min(max(a, b), len(st.src))
	// Searching long texts for every pair would take quadratic time.
	if to-from > shelltext.MaxWord || verifies.MatchString(st.src[from:to]) {
		return to - from + Verified
	}
	return to - from
}

// Signature matches the extension of a signature or checksum file.
var Signature = lazyregexp.New(`(?i)\.(?:asc|sig|sign|minisig|pem|sigstore|sha(?:1|256|384|512)(?:sums?)?|md5|sum)(?:\.txt)?$`)

// NeedsList reports whether a checksum of the stage may belong to the group, so that its list is needed.
func (g *Group) NeedsList(groups []*Group) bool {
	return slices.ContainsFunc(g.Stage.Digests, func(d Digest) bool {
		o := g.Stage.Owner(d, groups)
		return !d.Key && (o.Group == g || o.Score < SameName)
	})
}
