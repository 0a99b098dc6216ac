package reading

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/download/shelltext"
	"github.com/freshpin/freshpin/ecosystems/internal/sumlist"
)

// A Digest is a hexadecimal number that can be a checksum.
type Digest struct {
	Hex   string // as written
	Start int    // its offset in the file
	Name  string // of the variable with this value; "" for none
	Step  int
	Key   bool // it may be the ID of a key or a commit, so it counts only if a list has it
	Other bool // it is the value of a global argument, or of ENV in another stage
}

// digests adds the numbers that can be checksums.
func (s *scanner) digests(st *Stage, t shelltext.Text, name string, step int) {
	for _, m := range hexRun.FindAllStringIndex(t.S, maxDigests) {
		at, ok := t.Contiguous(m[0], m[1])
		before := t.S[max(0, m[0]-64):m[0]]
		if !ok || sumlist.AlgorithmOf(t.S[m[0]:m[1]]) == "" || otherHash.MatchString(before) {
			continue
		}
		if s.found.digests++; s.found.digests > maxDigests {
			return
		}
		d := Digest{Hex: t.S[m[0]:m[1]], Start: at, Name: name, Step: step}
		// SHA-1 sums, fingerprints of keys and commits all have 40 digits.
		d.Key = len(d.Hex) == 40 && !checksumFlag.MatchString(before) && (keyWords.MatchString(before+name) || commits.MatchString(before+name) || !strings.Contains(strings.ToLower(before+name+t.S[m[1]:min(len(t.S), m[1]+64)]), "sha"))
		if !slices.ContainsFunc(st.Digests, func(e Digest) bool { return e.Start == d.Start }) {
			st.Digests = append(st.Digests, d)
		}
	}
}

// nameDigests sets the names of a step's digests to those of the variables with their values.
func nameDigests(st *Stage, literals []*shelltext.Literal, step int) {
	for _, l := range literals {
		if len(l.Value.At) == 0 {
			continue
		}
		first, last := l.Value.At[0], l.Value.At[len(l.Value.At)-1]
		for n := range st.Digests {
			if d := &st.Digests[n]; d.Step == step && d.Start >= first && d.Start <= last {
				d.Name = l.Name
				d.Key = d.Key && !strings.Contains(strings.ToLower(l.Name), "sha1")
			}
		}
	}
}
