// Package updater makes the plan: it scans a tree, looks up what is published,
// decides and edits. It writes no file and opens no pull request; what is done
// with a plan is up to its caller.
package updater
