// Package decide says what is to be done about the pull requests of a repository:
// which updates share a branch, what of them is opened, built again, left alone or
// closed, and why.
//
// It is given what a pass observed (State) and yields actions (State.Actions), one
// after the other. It asks no forge and writes no file: whoever carries the actions
// out tells the State what came of each before the next one is decided, because the
// limit counts what was really opened.
package decide
