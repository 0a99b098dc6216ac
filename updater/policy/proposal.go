package policy

import (
	"slices"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Proposal says how an update is presented to people. It does not affect the
// choice of versions.
type Proposal struct {
	Group     Group
	Automerge bool     // merge when the checks pass; never for digests of floating tags
	Labels    []string // of the pull request
	Reviewers []string // people who are asked for a review
	Assignees []string // people who are responsible
	Style     string   // of commit messages: "plain", "conventional"; "" follows the history
	Prefix    string   // begins titles, instead of the prefix of the style; "" for none

	Schedule string // when a service proposes it: a cron expression; "" for the schedule of the repository

	Named []NamedGroup // the named groups of the dependency, in order; the first that takes the update wins over Group
}

// A NamedGroup is a group that the settings define.
type NamedGroup struct {
	Name  string
	Bands []version.Level // the levels of updates that it takes; nil for all
}

// Takes reports whether the group takes updates of a level.
func (g NamedGroup) Takes(band version.Level) bool {
	return g.Bands == nil || slices.Contains(g.Bands, band)
}

// A Group says which updates share a pull request.
type Group int

// The ways to group. The zero value is the default.
const (
	ByEcosystem Group = iota
	ByRepository
	ByDirectory
	ByDependency
)
