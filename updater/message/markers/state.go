// Package markers reads again what stands in texts on a forge for Freshpin: state that it
// has hidden there, boxes that people tick, commands that they write.
package markers

import (
	"fmt"
	"hash/crc32"
	"net/url"
	"strings"
)

const (
	statePrefix = "<!-- freshpin:state "
	markSuffix  = " -->"
)

// Embed returns a line with state that is hidden when a body is rendered.
func Embed(state string) string {
	return fmt.Sprintf("%s%s %08x%s", statePrefix, pack(state), crc32.ChecksumIEEE([]byte(state)), markSuffix)
}

// Extract returns the state that Embed put into a body, from a whole line that is
// complete and unchanged; if there are several, the last one. Text from outside
// cannot imitate one, because it never contains "<".
func Extract(body string) (string, bool) {
	found, ok := "", false
	for line := range strings.SplitSeq(body, "\n") {
		text, begins := strings.CutPrefix(strings.TrimRight(line, " \t\r"), statePrefix)
		text, ends := strings.CutSuffix(text, markSuffix)
		packed, sum, _ := strings.Cut(text, " ")
		if !begins || !ends {
			continue
		}
		state, err := url.PathUnescape(packed)
		// People edit bodies: a state that was cut or changed must not be read as another one.
		if err == nil && sum == fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(state))) && pack(state) == packed {
			found, ok = state, true
		}
	}
	return found, ok
}

// pack encodes text for an HTML comment, without blanks and without "--" (HTML,
// "Comments").
func pack(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("_./:=,+", c) >= 0:
			b.WriteByte(c)
		case c == '-' && i > 0 && i < len(s)-1 && s[i-1] != '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
