package sanitize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes a value as an indented document. What a terminal or a CI system
// would obey stands in it as escapes, so that it reads the same for programs.
func JSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escaped(b.Bytes()))
	return err
}

// JSONLines returns a writer for documents of one line each, such as those of a
// log: what JSON escapes, it escapes on the way to w.
func JSONLines(w io.Writer) io.Writer { return jsonLines{w} }

type jsonLines struct{ w io.Writer }

// Write writes whole documents.
func (j jsonLines) Write(p []byte) (int, error) {
	if _, err := j.w.Write(escaped(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escaped escapes what is not seen, and one character of each mark. All of it
// stands inside of strings: the keys are ours.
func escaped(doc []byte) []byte {
	doc = marks.ReplaceAllFunc(doc, func(mark []byte) []byte {
		if mark[0] == '#' {
			return append([]byte(`#\u0023`), mark[2:]...)
		}
		return bytes.Replace(mark, []byte("_"), []byte(`\u005f`), 1)
	})
	var out []byte // nil while nothing had to be escaped
	for n := 0; n < len(doc); {
		r, size := utf8.DecodeRune(doc[n:])
		hide := r >= 0x7f && Invisible(r)
		if hide && out == nil {
			out = append(make([]byte, 0, len(doc)+64), doc[:n]...)
		}
		switch {
		case hide:
			for _, unit := range utf16.Encode([]rune{r}) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
		case out != nil:
			out = append(out, doc[n:n+size]...)
		}
		n += size
	}
	if out == nil {
		return doc
	}
	return out
}
