// Package store is the database of the service: repositories with their pins, pull
// requests and runs; deliveries, sessions, memories, shared lookups, leases and
// pauses. It uses SQLite for one process, or Postgres for several, with the same
// methods, statements and tests.
//
// It makes no decisions and does not know forges or registries. The queue stores jobs
// in its own tables (for SQLite in its own file).
//
// Every method is atomic. ErrUnavailable is temporary; after it the method may be
// called again. If several machines share a database, its server's clock applies to
// leases, pauses, budgets, sessions and lost passes.
package store
