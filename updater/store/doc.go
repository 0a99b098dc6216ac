// Package store has the types of what the service keeps in its database: repositories
// with their pins, pull requests and runs; events, sessions, deliveries and shared lookups.
//
// The packages below it have the tables: database connects to SQLite (for one process) or
// Postgres (for several), with the same statements and tests; each of the others has one
// subject, and a caller takes only those that it needs. They make no decisions and do not
// know forges or registries. The queue stores jobs in its own tables (for SQLite in its own
// file). The tests of all subjects are in this folder, because they need each other's rows.
//
// Every method is atomic. ErrUnavailable is temporary; after it the method may be
// called again. If several machines share a database, its server's clock applies to
// leases, pauses, budgets, sessions and lost passes.
package store
