package dockerfile

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// instructionParts splits an instruction into its name, its flags without quotes
// and escapes, and the rest, as splitCommand of BuildKit's parser does.
func instructionParts(text Text, escape byte) (name Text, flags []Text, args Text) {
	text = text.trim()
	m := blank.FindStringIndex(text.s)
	if m == nil {
		return text, nil, Text{}
	}
	flags, args = flagWords(text.slice(m[1], len(text.s)), escape)
	return text.slice(0, m[0]), flags, args.trim()
}

// flagWords splits off the words at the beginning of a line that begin with "--".
func flagWords(line Text, escape byte) (flags []Text, rest Text) {
	for i := 0; i < len(line.s); {
		if isLatinSpace(line.s[i]) {
			i++
			continue
		}
		if !strings.HasPrefix(line.s[i:], "--") {
			return flags, line.slice(i, len(line.s))
		}
		word, end := flagWord(line, i, escape)
		if word.s == "--" && end < len(line.s) {
			return flags, line.slice(end, len(line.s))
		}
		if word.s != "--" {
			flags = append(flags, word)
		}
		i = end
	}
	return flags, Text{}
}

// flagWord reads one flag and removes its quotes and escapes.
func flagWord(line Text, i int, escape byte) (word Text, end int) {
	var w writer
	quote := byte(0)
	for ; i < len(line.s); i++ {
		c := line.s[i]
		switch {
		case quote == 0 && isLatinSpace(c):
			return w.take(), i
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		case c == escape && i+1 == len(line.s):
			quote = 0
		case c == escape:
			i++
			w.keep(line, i)
		default:
			w.keep(line, i)
		}
	}
	return w.take(), i
}

// isLatinSpace reports whether a byte is a space. Like BuildKit, it treats the byte as a character.
func isLatinSpace(c byte) bool { return unicode.IsSpace(rune(c)) }

// argWords splits the arguments of ARG at white space outside of quotes. It keeps the quotes.
func argWords(line Text, escape byte) []Text {
	var words []Text
	for i := 0; i < len(line.s); {
		r, size := utf8.DecodeRuneInString(line.s[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		end, next := argWord(line.s, i, escape)
		if word := line.slice(i, end); word.s != "" {
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
