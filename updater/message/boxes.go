package message

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const holdPrefix = "<!-- freshpin:hold "

// hold is the hidden name of a box.
func hold(id string) string { return holdPrefix + pack(id) + markSuffix }

var (
	tickedLine = regexp.MustCompile(`^[ \t>]*[-*+][ \t]+\[[xX]\][ \t]`)
	holdMark   = regexp.MustCompile(`<!-- freshpin:hold (\S+) -->`)
)

// rebuildMark is the hidden name of the box below a pull request.
const rebuildMark = "<!-- freshpin:rebuild -->"

// Rebuild reports whether the box is ticked that rebuilds a pull request.
func Rebuild(body string) bool {
	for line := range strings.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.Count(line, rebuildMark) == 1 && tickedLine.MatchString(line) {
			return true
		}
	}
	return false
}

// Boxes returns the IDs of the boxes that are ticked in the body of a dashboard,
// in their order, each once. What people wrote around a box does not matter; a
// line with several is nobody's choice and is left out.
func Boxes(body string) []string {
	var ids []string
	for line := range strings.FieldsFuncSeq(body, func(r rune) bool { return r == '\n' || r == '\r' }) {
		marks := holdMark.FindAllStringSubmatch(line, -1)
		if len(marks) != 1 || !tickedLine.MatchString(line) {
			continue
		}
		id, err := url.PathUnescape(marks[0][1])
		if err == nil && pack(id) == marks[0][1] && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
