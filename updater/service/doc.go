// Package service is what freshpin serve runs: the schedule, the jobs and what
// they do, the webhooks' consequences, and the HTTP server around all of it.
//
// The rooms below it hold its parts: queue (durable jobs), schedule (when),
// hook (webhooks received), web (pages and JSON), telemetry (metrics, logs,
// traces). What a pass over a repository does is the life cycle's business
// (package lifecycle); what is known is in the store.
package service
