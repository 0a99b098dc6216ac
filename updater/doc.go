// Package updater makes the plan: it scans trees, looks up what is published,
// decides and edits.
//
// It writes no file and opens no pull request; what is done with a plan is up
// to its caller. How far a version may move is decided in package policy, what
// a file says in the ecosystems.
package updater
