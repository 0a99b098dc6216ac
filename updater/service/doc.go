// Package service is freshpin serve: the schedule, the jobs, the reactions to
// webhooks, and the HTTP server.
//
// Its parts are in the packages below it: queue (durable jobs), hook (received
// webhooks), gate (the forge behind the operator's limits), notify (notifications),
// runlog (the log of one run), web (pages and JSON), telemetry (metrics, logs, traces).
// freshpin serve gives it the due times of schedule. Package lifecycle makes a pass over
// a repository; the store has the data.
package service
