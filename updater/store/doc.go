// Package store is the database of the service: what is known of repositories,
// their pins, pull requests and runs; deliveries, sessions, memories, shared
// lookups, leases and pauses. SQLite inside the process, or Postgres where
// several processes share it: the same methods, the same statements, the same tests.
//
// It decides nothing, knows no forge and no registry, and holds no jobs: those
// are the queue's, in tables of its own (on SQLite in a file of its own).
//
// What a method does happens as a whole or not at all. An error that is
// ErrUnavailable passes; after it, the same may be called again. Where machines
// share a database, its server's clock decides about leases, pauses, budgets,
// sessions and lost passes.
package store
