package store

import "errors"

// Errors for errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrTaken    = errors.New("taken by another process")

	// ErrUnavailable means that the operation failed but may succeed later: the database
	// does not answer, its disk is full, or a lock took too long. Nothing has changed, or,
	// if the connection broke during the commit, everything has. Every method may be
	// called again.
	ErrUnavailable = errors.New("the database is not available")
)
