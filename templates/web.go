package templates

import "embed"

// Web holds the pages of the service in the form of html/template, but for calls of methods, and the
// files that browsers load with them, in the folder web.
//
//go:embed web
var Web embed.FS
