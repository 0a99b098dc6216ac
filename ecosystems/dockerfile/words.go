package dockerfile

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
)

// instructionParts splits an instruction into its name, its flags without quotes
// and escapes, and the rest, as splitCommand of BuildKit's parser does.
func instructionParts(text located.Text, escape byte) (name located.Text, flags []located.Text, args located.Text) {
	text = text.Trim()
	m := located.Blank.FindStringIndex(text.S)
	if m == nil {
		return text, nil, located.Text{}
	}
	flags, args = flagWords(text.Slice(m[1], len(text.S)), escape)
	return text.Slice(0, m[0]), flags, args.Trim()
}

// flagWords splits off the words at the beginning of a line that begin with "--".
func flagWords(line located.Text, escape byte) (flags []located.Text, rest located.Text) {
	for i := 0; i < len(line.S); {
		if isLatinSpace(line.S[i]) {
			i++
			continue
		}
		if !strings.HasPrefix(line.S[i:], "--") {
			return flags, line.Slice(i, len(line.S))
		}
		word, end := flagWord(line, i, escape)
		if word.S == "--" && end < len(line.S) { // it ends the flags; what follows may begin with "--"
			return flags, line.Slice(end, len(line.S))
		}
		if word.S != "--" {
			flags = append(flags, word)
		}
		i = end
	}
	return flags, located.Text{}
}

// flagWord reads one flag and removes its quotes and escapes.
func flagWord(line located.Text, i int, escape byte) (word located.Text, end int) {
	var w located.Builder
	quote := byte(0)
	for ; i < len(line.S); i++ {
		c := line.S[i]
		switch {
		case quote == 0 && isLatinSpace(c):
			return w.Take(), i
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		case c == escape && i+1 == len(line.S): // BuildKit drops it
			quote = 0
		case c == escape:
			i++
			w.Keep(line, i)
		default:
			w.Keep(line, i)
		}
	}
	return w.Take(), i
}

// isLatinSpace reports whether a byte is a space. Like BuildKit, it treats the byte as a character.
func isLatinSpace(c byte) bool { return unicode.IsSpace(rune(c)) }

// argWords splits the arguments of ARG at white space outside of quotes. It keeps the quotes.
func argWords(line located.Text, escape byte) []located.Text {
	var words []located.Text
	for i := 0; i < len(line.S); {
		r, size := utf8.DecodeRuneInString(line.S[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		end, next := argWord(line.S, i, escape)
		if word := line.Slice(i, end); word.S != "" {
			words = append(words, word)
		}
		i = next
	}
	return words
}

// argWord returns the end of the word that begins at i, and the offset to continue
// at. An escape character at the end of the line does not belong to the word.
func argWord(line string, i int, escape byte) (end, next int) {
	quote := byte(0)
	for i < len(line) {
		r, size := utf8.DecodeRuneInString(line[i:])
		c := line[i]
		switch {
		case quote == 0 && unicode.IsSpace(r):
			return i, i
		case c == escape && quote != '\'' && i+1 == len(line):
			return i, i + 1
		case c == escape && quote != '\'':
			_, next := utf8.DecodeRuneInString(line[i+1:])
			size += next
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		}
		i += size
	}
	return i, i
}
