// Package updater makes plans: it looks up published versions for the pins that scan
// finds, and decides about each. Package edit makes the edits of a plan.
//
// It writes no files and opens no pull requests; the caller decides what to do
// with a plan. Package policy decides how far a version may move, and the
// ecosystems know the formats of files.
package updater
