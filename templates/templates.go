// Package templates holds the texts that people read on a forge. It embeds
// files and does nothing else: package message renders them.
//
// Every value that a template is given is escaped already. An operator may
// replace any file by one of the same name in a folder of their own.
package templates

import "embed"

// FS holds the templates, in the form of text/template.
//
//go:embed *.tmpl
var FS embed.FS
