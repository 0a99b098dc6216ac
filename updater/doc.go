// Package updater makes plans: it scans trees, looks up published versions, decides
// and edits.
//
// It writes no files and opens no pull requests; the caller decides what to do
// with a plan. Package policy decides how far a version may move, and the
// ecosystems know the formats of files.
package updater
