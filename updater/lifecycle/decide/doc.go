// Package decide decides what to do with the pull requests of a repository: which
// updates share a branch, which pull requests are opened, rebuilt, left alone or closed,
// and why.
//
// Its input is the State that a pass has observed. State.Actions yields the actions one
// by one. The package uses no forge and writes no files. The caller carries out each
// action and records the result in the State before it takes the next one, because the
// limit counts the pull requests that were really opened.
package decide
