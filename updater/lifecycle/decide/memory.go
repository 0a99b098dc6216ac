package decide

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Memory holds the state between runs that is not in pull requests. The
// service stores it in its database, freshpin run as state.json in the hidden ref
// refs/freshpin/state of the repository. If it is lost, the pull requests are still
// known, because they contain their own state.
type Memory struct {
	Schema    int            `json:"schema"`              // version of this document: 1
	Open      map[string]int `json:"open,omitempty"`      // open pull requests by branch
	Dashboard int            `json:"dashboard,omitempty"` // issue number; 0 for none
	Opening   string         `json:"opening,omitempty"`   // random id of the run that is about to open the dashboard
	Unchecked bool           `json:"unchecked,omitempty"` // the comment that checks do not start was written
	Told      []int          `json:"told,omitempty"`      // pull requests with a comment that they are left alone

	Refused []Declined          `json:"refused,omitempty"` // not offered again
	Merged  []Pair              `json:"merged,omitempty"`  // if one is offered again it was reverted, and is then not proposed
	Ignored []Ignore            `json:"ignored,omitempty"` // by /freshpin ignore
	Chosen  []string            `json:"chosen,omitempty"`  // ticked in the dashboard
	Outages int                 `json:"outages,omitempty"` // consecutive runs in which a host did not answer, up to three
	Split   []string            `json:"split,omitempty"`   // groups that are split into single updates
	Verdict map[string]Verdicts `json:"verdict,omitempty"` // refusals by a tool, by the fingerprint of the group

	Times map[string]time.Time `json:"times,omitempty"` // time until which the updates of rules with a schedule are up to date, by cron expression

	Lines map[string]time.Time `json:"lines,omitempty"` // when the last draft that leaves an ended release line was opened, by group

	Comment   int64     `json:"comment,omitempty"` // newest comment that was read
	Commented time.Time `json:"commented,omitzero"`

	Packages []string             `json:"packages,omitempty"` // known packages, sorted: the age of their later versions counts from the first sighting
	Seen     map[string]time.Time `json:"seen,omitempty"`     // first sightings, by package and version or digest
}

// A Pair is a dependency and its target. Equal pairs are the same proposal.
type Pair struct {
	ID string `json:"id"` // ID of the item: file, ecosystem, package, occurrence
	To string `json:"to"` // "3.6.15", "3.6@sha256:…", or "3.6@first" for a first digest
}

// A Declined is a pair that a user has refused.
type Declined struct {
	Pair
	Number int    `json:"number"` // the pull request
	How    string `json:"how"`    // "closed" or "reverted"
}

// An Ignore is a package that a user has told us to ignore.
type Ignore struct {
	Name   string `json:"name"`
	Number int    `json:"number"` // pull request or issue with the command
	By     string `json:"by"`
	On     string `json:"on,omitempty"` // base branch that it applies to, if the command was on a pull request for a base other than the default branch; "" for all
}

// Verdicts holds the reasons why a tool refused updates, by the ID of the item.
type Verdicts map[string]ecosystems.Reason

// maxMemory is the size limit of the document, in bytes.
const maxMemory = 4 << 20

// ParseMemory parses the document; no data is an empty memory.
func ParseMemory(data []byte) (*Memory, error) {
	m := &Memory{Schema: 1}
	if len(data) > 0 {
		if len(data) > maxMemory {
			return nil, fmt.Errorf("state.json: %d bytes are more than the limit of %d", len(data), maxMemory)
		}
		if err := json.Unmarshal(data, m); err != nil {
			return nil, fmt.Errorf("state.json: %w", err)
		}
		// To go on would lose what the newer version remembers, such as refusals.
		if m.Schema != 1 {
			return nil, fmt.Errorf("state.json: schema %d is of a newer version of Freshpin", m.Schema)
		}
	}
	return m, nil
}

// Document encodes a memory. Equal memories give equal bytes.
func (m *Memory) Document() []byte {
	m.Packages = slices.Compact(slices.Sorted(slices.Values(m.Packages)))
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		panic(err) // cannot fail for plain data
	}
	return out.Bytes()
}

// refuse records refused pairs.
func (m *Memory) refuse(pairs []Pair, number int, how string) {
	for _, p := range pairs {
		if m.refused(p) == nil {
			m.Refused = append(m.Refused, Declined{p, number, how})
		}
	}
}

// refused returns the refusal of a pair, nil if there is none.
func (m *Memory) refused(p Pair) *Declined {
	for n := range m.Refused {
		if m.Refused[n].Pair == p {
			return &m.Refused[n]
		}
	}
	return nil
}

// merge records merged pairs, the newest for each dependency.
func (m *Memory) merge(pairs []Pair) {
	for _, p := range pairs {
		m.Merged = slices.DeleteFunc(m.Merged, func(old Pair) bool { return old.ID == p.ID })
		m.Merged = append(m.Merged, p)
	}
}

// Forget removes all refusals of the pairs.
func (m *Memory) Forget(pairs []Pair) {
	m.Refused = slices.DeleteFunc(m.Refused, func(r Declined) bool { return slices.Contains(pairs, r.Pair) })
	m.Merged = slices.DeleteFunc(m.Merged, func(p Pair) bool { return slices.Contains(pairs, p) })
}

// Forgive removes the refusals from one pull request.
func (m *Memory) Forgive(number int) {
	m.Refused = slices.DeleteFunc(m.Refused, func(r Declined) bool { return r.Number == number })
}

// Numbers returns the formerly open pull requests, sorted; nil if there is no memory.
func (m *Memory) Numbers(remembered bool) []int {
	if !remembered {
		return nil
	}
	numbers := []int{}
	for _, n := range m.Open {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers
}
