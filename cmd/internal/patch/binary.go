package patch

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// obeyed reports whether the lines of a patch contain what a terminal or a CI system
// would obey. A hostile file can place such a line near a pin, where the patch shows
// it as context.
func obeyed(hunks []byte) bool {
	for line := range bytes.Lines(hunks) {
		text := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
		if len(text) > 0 && strings.HasPrefix(text[1:], "\ufeff") { // a byte order mark on the first line of a file
			text = text[:1] + strings.TrimPrefix(text[1:], "\ufeff")
		}
		// patch headers contain "---" and "+++" themselves, and at most fold output in CI logs
		command := strings.HasPrefix(strings.TrimLeftFunc(text, unicode.IsSpace), "::")
		if command || lone(text) || sanitize.Obeyed("|"+strings.Map(shaped, text)) {
			return true
		}
	}
	return false
}

// shaped drops characters that only shape the letters and emoji beside them.
func shaped(r rune) rune {
	if r == '\u200c' || r == '\u200d' || r >= '\ufe00' && r <= '\ufe0f' {
		return -1
	}
	return r
}

// lone reports whether a text that is not UTF-8 contains bytes that 8-bit terminals
// obey (ECMA-48, C1).
func lone(text string) bool {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 && text[0] >= 0x80 && text[0] <= 0x9f {
			return true
		}
		text = text[size:]
	}
	return false
}

// binaryPatch prints one file as git diff --binary does. CI systems cannot obey it:
// its alphabet has neither "[" nor ":".
func binaryPatch(b *bytes.Buffer, f ecosystems.FileChange, old []byte, mode string, exists bool) {
	from, to := plumbing.ComputeHash(plumbing.BlobObject, old), plumbing.ComputeHash(plumbing.BlobObject, f.Data)
	end := " " + mode
	switch {
	case !exists:
		from, end = plumbing.ZeroHash, ""
	case f.Delete:
		to, end = plumbing.ZeroHash, ""
	}
	fmt.Fprintf(b, "index %s..%s%s\nGIT binary patch\n", from, to, end)
	literal(b, f.Data)
	literal(b, old)
}

// literal prints one content: deflated, in lines of at most 52 bytes, each after a
// letter for its length.
func literal(b *bytes.Buffer, data []byte) {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(data) // writes to memory cannot fail
	_ = z.Close()
	fmt.Fprintf(b, "literal %d\n", len(data))
	for packed.Len() > 0 {
		part := packed.Next(52)
		if len(part) <= 26 {
			b.WriteByte(byte('A' + len(part) - 1))
		} else {
			b.WriteByte(byte('a' + len(part) - 27))
		}
		b.WriteString(base85(part))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}

// digits85 is the alphabet of git's base85 (git, base85.c).
const digits85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"

// base85 encodes each four bytes as five digits, padding the last group with zeros.
func base85(data []byte) string {
	var out []byte
	for n := 0; n < len(data); n += 4 {
		var word uint32
		for k := range 4 {
			word <<= 8
			if n+k < len(data) {
				word |= uint32(data[n+k])
			}
		}
		var five [5]byte
		for k := 4; k >= 0; k-- {
			five[k] = digits85[word%85]
			word /= 85
		}
		out = append(out, five[:]...)
	}
	return string(out)
}
