package forge

// Abilities are what a forge can do beside Forge. A field is nil for what it cannot
// do; callers then go without.
type Abilities struct {
	Memory            Memory
	Commenter         Commenter
	IssueTracker      IssueTracker
	CommitLog         CommitLog
	Locker            Locker
	Brancher          Brancher
	RequestCounter    RequestCounter
	Reopener          Reopener
	PullRequestGetter PullRequestGetter
	StatusReader      StatusReader
}

// A Wrapper is a forge in front of another one. It says itself what it can do: no
// more than the one behind it.
type Wrapper interface {
	Forge
	Abilities() Abilities
}

// AbilitiesOf returns what a forge can do.
func AbilitiesOf(f Forge) (a Abilities) {
	if w, ok := f.(Wrapper); ok {
		return w.Abilities()
	}
	a.Memory, _ = f.(Memory)
	a.Commenter, _ = f.(Commenter)
	a.IssueTracker, _ = f.(IssueTracker)
	a.CommitLog, _ = f.(CommitLog)
	a.Locker, _ = f.(Locker)
	a.Brancher, _ = f.(Brancher)
	a.RequestCounter, _ = f.(RequestCounter)
	a.Reopener, _ = f.(Reopener)
	a.PullRequestGetter, _ = f.(PullRequestGetter)
	a.StatusReader, _ = f.(StatusReader)
	return a
}
