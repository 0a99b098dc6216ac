package runscript

import (
	"encoding/json"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
)

// jsonWords returns the words of the JSON form with their positions. A byte from an
// escape has the position of the backslash.
func jsonWords(args located.Text) ([]located.Text, bool) {
	text := args.String()
	var list []string
	if !strings.HasPrefix(text, "[") || json.Unmarshal([]byte(text), &list) != nil {
		return nil, false
	}
	var words []located.Text
	for i := 0; i < len(text) && len(words) < len(list); i++ {
		if text[i] != '"' {
			continue
		}
		end := i + 1
		for end < len(text) && text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		words = append(words, unescape(args.Slice(i+1, min(end, len(text)))))
		i = end
	}
	return words, len(words) == len(list)
}

// unescape replaces the escapes of a JSON string.
func unescape(raw located.Text) located.Text {
	text := raw.String()
	if !strings.Contains(text, `\`) {
		return raw
	}
	var out strings.Builder
	var at []int
	for i := 0; i < len(text); {
		n := 1
		if text[i] == '\\' && i+1 < len(text) {
			n = 2
			if text[i+1] == 'u' { // the halves of a surrogate pair are decoded alone, to U+FFFD
				n = min(6, len(text)-i)
			}
		}
		var one string
		if n == 1 || json.Unmarshal([]byte(`"`+text[i:i+n]+`"`), &one) != nil {
			one = text[i : i+n]
		}
		out.WriteString(one)
		for range len(one) {
			at = append(at, raw.At(i))
		}
		i += n
	}
	return located.Located(out.String(), at)
}

// exec reads the command of a JSON list. The argument of -c of a shell is a script.
func (s *Script) exec(words []located.Text) {
	s.Shell = Exec
	if len(words) == 0 {
		return
	}
	kind := kindOf(words[0].String())
	for i := 1; i < len(words) && kind != Other; i++ { // flags may precede -c
		switch flag := words[i].String(); {
		case (kind == Sh || kind == Bash) && strings.HasPrefix(flag, "-") && strings.HasSuffix(flag, "c") && i+1 < len(words):
			s.Shell, s.Text = kind, words[i+1]
			return
		case kind == PowerShell || kind == Cmd:
			s.Shell = kind
			return
		}
	}
	c := &Command{Script: s, At: s.Text.Span(s.File.Name)}
	for _, w := range words {
		c.Words = append(c.Words, Word{Text: w.String(), Known: true, At: w.Span(s.File.Name)})
	}
	s.Commands = []*Command{c}
}
