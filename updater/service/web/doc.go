// Package web serves the pages, the JSON and the badges of the service, and
// lets people in: who may see what is decided here, once for every path.
//
// It finds out nothing and changes nothing by itself: what is known comes from
// the Data that it is given, and what people ask for goes to functions that it
// is given. The pages are templates (package templates, folder web); they work
// without script.
package web
