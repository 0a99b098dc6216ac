package yamltext

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A byteOrderMark is nothing that the YAML parser counts as a column.
const byteOrderMark = "\uFEFF"

var (
	yamlDirective = lazyregexp.New(`(?m)^(\x{FEFF}?)%(YAML[ \t])`)
	templateTag   = lazyregexp.New(`\{\{.*?\}\}|\{%.*?%\}|<%.*?%>`)
	templateLine  = lazyregexp.New(`(?m)^[ \t]*(?:\{\{.*\}\}|\{%.*%\}|<%.*%>)[ \t]*\r?$`)
)

// readable returns src as the YAML parser can read it, of the same length: it
// refuses a %YAML line for a newer version than its own.
func readable(src string) string {
	return yamlDirective.ReplaceAllString(src, "$1#$2")
}

// filled returns src with the tags of a template replaced by letters, and lines
// of nothing else by comments, so that the rest can be read; the length stays.
func filled(src string) string {
	src = templateLine.ReplaceAllStringFunc(src, func(line string) string {
		return "#" + strings.Repeat("x", len(strings.TrimRight(line, "\r"))-1) + strings.Repeat("\r", strings.Count(line, "\r"))
	})
	return templateTag.ReplaceAllStringFunc(src, func(tag string) string { return strings.Repeat("x", len(tag)) })
}
