package runscript

import (
	"slices"
	"strings"
)

// A FlagReader parses the words of a command.
type FlagReader struct {
	Takes string                   // the flags with an argument, separated by spaces
	Flag  func(name, value string) // called for each flag, with its argument if it has one
	Word  func(w Word)             // called for each other word
}

// Read parses the words behind the name of a command.
func (r FlagReader) Read(args []Word) {
	for i := 0; i < len(args); i++ {
		text := args[i].Text
		next := ""
		if i+1 < len(args) {
			next = args[i+1].Text
		}
		switch {
		case text == "--":
			for _, w := range args[i+1:] {
				r.Word(w)
			}
			return
		case strings.HasPrefix(text, "--"):
			name, value, found := strings.Cut(text, "=")
			if !found && r.has(name) {
				value = next
				i++
			}
			r.Flag(name, value)
		case strings.HasPrefix(text, "-") && len(text) > 1: // "-" alone is standard input
			if r.bundle(text, next) {
				i++
			}
		default:
			r.Word(args[i])
		}
	}
}

func (r FlagReader) has(flag string) bool {
	return slices.Contains(strings.Fields(r.Takes), flag)
}

// bundle parses "-fsSLo" and "-qO-", and reports whether the next word is its argument.
func (r FlagReader) bundle(text, next string) (took bool) {
	for k := 1; k < len(text); k++ {
		name := "-" + text[k:k+1]
		if !r.has(name) {
			r.Flag(name, "")
			continue
		}
		if k+1 < len(text) {
			r.Flag(name, strings.TrimPrefix(text[k+1:], "="))
			return false
		}
		r.Flag(name, next)
		return true
	}
	return false
}

// HasFlag reports whether a word is one of the flags, alone or with a value after "=".
func HasFlag(args []Word, flags ...string) bool {
	for _, a := range args {
		if name, _, _ := strings.Cut(a.Text, "="); slices.Contains(flags, name) {
			return true
		}
	}
	return false
}

// ShortFlag reports whether a letter is one of the bundled short flags: k in -fskL.
func ShortFlag(args []Word, letter string) bool {
	for _, a := range args {
		if strings.HasPrefix(a.Text, "-") && !strings.HasPrefix(a.Text, "--") && strings.Contains(a.Text, letter) {
			return true
		}
	}
	return false
}

// Expanded returns a word with its variables replaced, or as written if one is unknown.
func Expanded(w Word, lookup func(string) (string, bool)) string {
	if text, ok := Expand(w, lookup); ok {
		return text
	}
	return w.Text
}

// Texts returns words with their variables replaced, joined by spaces.
func Texts(words []Word, lookup func(string) (string, bool)) string {
	var out []string
	for _, w := range words {
		out = append(out, Expanded(w, lookup))
	}
	return strings.Join(out, " ")
}
