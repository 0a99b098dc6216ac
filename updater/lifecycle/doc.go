// Package lifecycle keeps the pull requests of repositories in step with what
// is published: it opens them, brings them up to date, leaves alone what people
// have touched, remembers what they refused, and closes what is done.
//
// Steps that decide are functions on data: which updates share a branch (group),
// what people said since the last time (history, commands), what is to be done
// about each branch (decide). It renders no text (package message does) and
// speaks to no server (a forge does).
package lifecycle
