package policy

import (
	"slices"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Proposal says how an update is brought to people. It decides nothing about
// versions.
type Proposal struct {
	Group     Group
	Automerge bool     // merge when the checks pass; never floating digests
	Labels    []string // of the pull request
	Reviewers []string // who is asked
	Assignees []string // who is in charge
	Style     string   // of commit messages: "plain", "conventional"; "" for as the history does
	Prefix    string   // what titles begin with, instead of what the style has; "" for none

	Schedule string // when a service proposes it: a cron expression; "" for the schedule of the repository

	Named []NamedGroup // named groups that it belongs to, in their order: they come before Group
}

// A NamedGroup is one that the settings have given a name.
type NamedGroup struct {
	Name  string
	Bands []version.Level // of the updates that it takes; nil for all
}

// Takes reports whether the group takes an update that moves so far.
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
