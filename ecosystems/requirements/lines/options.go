package lines

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// A Token is one word of a line's options, without its quotes.
type Token struct {
	Text       string
	start, end int // in the text of the line, quotes included
}

// Words splits text as a POSIX shell does, to the extent of Python's shlex in
// pip: quotes and backslashes, no expansion.
func Words(text string, from int) ([]Token, error) {
	var out []Token
	var b strings.Builder
	quote, inside, start := byte(0), false, 0
	for i := from; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
			continue
		case quote == 0 && strings.IndexByte(pep508.Space, c) >= 0:
			if inside {
				out = append(out, Token{b.String(), start, i})
				b.Reset()
			}
			inside = false
			continue
		}
		if !inside {
			inside, start = true, i
		}
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == '\\' && quote != '\'' && i+1 < len(text): // in single quotes, a backslash is itself
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote is not closed")
	}
	if inside {
		out = append(out, Token{b.String(), start, len(text)})
	}
	return out, nil
}

// An Option is an option of pip with its value.
type Option struct {
	Name       string // the long name, without hyphens
	Value      string
	Start, End int // in the text of the line
	ValueAt    int // where the value begins in the token that holds it
}

// The options that requirements files may have, in current and old releases of
// pip and in uv: those with a value, and those without.
const (
	valued = " index-url pypi-url extra-index-url find-links requirement constraint editable no-binary only-binary trusted-host" +
		" use-feature global-option install-option build-option hash config-settings config-setting allow-external allow-unverified allow-insecure "
	flags = " no-index pre prefer-binary require-hashes process-dependency-links use-wheel no-use-wheel always-unzip" +
		" allow-all-external no-allow-external no-allow-insecure emit-index-url "
)

// takesValue reports whether an option, named in full, has a value.
func takesValue(name string) bool { return strings.Contains(valued, " "+name+" ") }

// long returns the long name of a short option.
func long(short byte) string {
	return map[byte]string{'i': "index-url", 'f': "find-links", 'r': "requirement", 'c': "constraint", 'e': "editable", 'C': "config-settings", 'Z': "always-unzip"}[short]
}

// Options parses the options of a line from an offset on. It skips words
// that belong to no option, as optparse does for pip. With an error it also
// returns the options before it.
func Options(text string, from int) ([]Option, error) {
	tokens, err := Words(text, from)
	if err != nil {
		return nil, err
	}
	var out []Option
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if t.Text == "--" { // optparse takes all after it for arguments
			break
		}
		if !strings.HasPrefix(t.Text, "-") || t.Text == "-" {
			continue
		}
		o, value, err := readOption(t)
		if err != nil {
			return out, err
		}
		if takesValue(o.Name) && !value {
			if i++; i == len(tokens) {
				return out, fmt.Errorf("--%s wants a value", o.Name)
			}
			o.Value, o.End, o.ValueAt = tokens[i].Text, tokens[i].end, tokens[i].start
		}
		out = append(out, o)
	}
	return out, nil
}

// readOption parses one token: "--name", "--name=value", "-n", "-nvalue". value
// reports whether the token has a value.
func readOption(t Token) (o Option, value bool, err error) {
	o = Option{Start: t.start, End: t.end}
	if !strings.HasPrefix(t.Text, "--") {
		if len(t.Text) < 2 || t.Text[0] != '-' || long(t.Text[1]) == "" {
			return o, false, fmt.Errorf("%.20q is no option of pip", name(t.Text))
		}
		o.Name = long(t.Text[1])
		o.Value, value = strings.TrimPrefix(t.Text[2:], "="), len(t.Text) > 2
		o.ValueAt = t.end - len(o.Value)
		return o, value, nil
	}
	word, v, value := strings.Cut(t.Text[2:], "=")
	if o.Name = complete(word); o.Name == "" {
		return o, false, fmt.Errorf("%.40q is no option of pip", "--"+word)
	}
	o.Value, o.ValueAt = v, t.end-len(v)
	return o, value, nil
}

// name returns the part of an option that a message may show: the rest may be a secret value.
func name(text string) string {
	word, _, _ := strings.Cut(text, "=")
	return word[:min(len(word), 2)]
}

// complete returns the option for a word: the option itself, or the only one that
// begins with it, as in optparse. It returns "" for none.
func complete(word string) string {
	if word == "" || strings.Contains(word, " ") {
		return ""
	}
	if strings.Contains(valued+flags, " "+word+" ") {
		return word
	}
	_, rest, ok := strings.Cut(valued+flags, " "+word)
	if !ok || strings.Contains(rest, " "+word) { // none, or several, of which pip does not choose
		return ""
	}
	rest, _, _ = strings.Cut(rest, " ")
	return word + rest
}
