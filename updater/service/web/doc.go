// Package web serves the pages, the JSON API and the badges of the service. It handles
// sign-in and decides, for every path, who may see what.
//
// It gets all data from Data, which also keeps sessions, ticks and dismissals; what else
// users ask for is passed to functions in Options.
// The pages are templates (package templates, folder web) and work without scripts.
package web
