package markers

import (
	"net/url"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

const holdPrefix = "<!-- freshpin:hold "

// Box returns the hidden ID of a checkbox.
func Box(id string) string { return holdPrefix + pack(id) + markSuffix }

var (
	tickedLine = lazyregexp.New(`^[ \t>]*[-*+][ \t]+\[[xX]\][ \t]`)
	holdMark   = lazyregexp.New(`<!-- freshpin:hold (\S+) -->`)
)

// RebuildMark is the hidden ID of the rebuild checkbox of a pull request.
const RebuildMark = "<!-- freshpin:rebuild -->"

// The IDs of the checkboxes of a dashboard that stand for no pin.
const (
	RunNow     = "now"     // starts a run
	RebuildAll = "rebuild" // rebuilds all open pull requests
)

// Rebuild reports whether the rebuild checkbox is ticked.
func Rebuild(body string) bool {
	for line := range strings.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.Count(line, RebuildMark) == 1 && tickedLine.MatchString(line) {
			return true
		}
	}
	return false
}

// Boxes returns the IDs of the ticked checkboxes in the body of a dashboard, in
// order and without duplicates. Text around a checkbox does not matter; a line with
// several IDs is ambiguous and is ignored.
func Boxes(body string) []string {
	var ids []string
	for line := range strings.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' }) {
		marks := holdMark.FindAllStringSubmatch(line, -1)
		if len(marks) != 1 || !tickedLine.MatchString(line) {
			continue
		}
		id, err := url.PathUnescape(marks[0][1])
		// Box writes each ID in one way; any other spelling was written by hand.
		if err == nil && pack(id) == marks[0][1] && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
