package yamltext

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// byteOrderMark at the beginning of a file does not count as a column for the YAML parser.
const byteOrderMark = "\uFEFF"

var (
	yamlDirective = lazyregexp.New(`(?m)^(\x{FEFF}?)%(YAML[ \t])`)
	templateTag   = lazyregexp.New(`\{\{.*?\}\}|\{%.*?%\}|<%.*?%>`)
	templateLine  = lazyregexp.New(`(?m)^[ \t]*(?:\{\{.*\}\}|\{%.*%\}|<%.*%>)[ \t]*\r?$`)
)

// readable returns src with %YAML lines as comments, because the parser rejects
// newer versions than its own. The length stays.
func readable(src string) string {
	return yamlDirective.ReplaceAllString(src, "$1#$2")
}

// filled returns src with template tags replaced by letters, and lines of only
// tags by comments, so that the rest can be parsed. The length stays.
func filled(src string) string {
	src = templateLine.ReplaceAllStringFunc(src, func(line string) string {
		return "#" + strings.Repeat("x", len(strings.TrimRight(line, "\r"))-1) + strings.Repeat("\r", strings.Count(line, "\r"))
	})
	return templateTag.ReplaceAllStringFunc(src, func(tag string) string { return strings.Repeat("x", len(tag)) })
}
