package policy

// A Proposal says how an update is brought to people. It decides nothing about
// versions.
type Proposal struct {
	Group     Group
	Automerge bool     // merge when the checks pass; never floating digests
	Labels    []string // of the pull request
	Reviewers []string // who is asked
	Style     string   // of commit messages: "plain", "conventional"; "" for as the history does
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
