// Package service is freshpin serve: the schedule, the jobs, the reactions to
// webhooks, and the HTTP server.
//
// Its parts are in the packages below it: queue (durable jobs), schedule (due
// times), hook (received webhooks), web (pages and JSON), telemetry (metrics, logs,
// traces). Package lifecycle makes a pass over a repository; the store has the data.
package service
