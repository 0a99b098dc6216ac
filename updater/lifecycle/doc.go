// Package lifecycle keeps the pull requests of repositories in step with what is
// published: it opens them, brings them up to date, leaves alone what people have
// touched, remembers what they refused, and closes what is done.
//
// A pass observes (the repository, its pull requests, what people said, the plan),
// lets package decide say what is to be done, and carries that out, one action after
// the other. It renders no text (package message does) and speaks to no server (a
// forge does).
package lifecycle
