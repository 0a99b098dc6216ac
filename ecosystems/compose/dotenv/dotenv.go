// Package dotenv reads the .env file beside a Compose file, and replaces its variables
// in texts as Compose does, keeping where each byte comes from.
package dotenv

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// An Environment holds the variables of the .env file beside a Compose file.
// That of the machine takes no part: it differs from place to place.
type Environment struct {
	File   string // of the .env; it may not exist
	Src    string
	values map[string]imagepin.Text // literals come from nil
	Uses   map[string]int           // of each variable, in all files that share the .env
	Passed bool                     // containers get the .env as well
}

// use returns the value of a variable that is used within src.
func (e *Environment) use(name string, src *imagepin.Source) (value imagepin.Text, set bool) {
	here := &imagepin.Source{Variable: name, Outer: src, Elsewhere: e.elsewhere(name)}
	if value, ok := e.values[name]; ok {
		return value.Graft(here), true
	}
	return imagepin.Text{{From: here, Unknown: name + " has neither a default nor a value in the .env file beside"}}, false
}

// elsewhere describes further uses of a variable, "" for none. A digest must not
// be added to a value that has other uses.
func (e *Environment) elsewhere(name string) string {
	switch {
	case e.Uses[name] > 1:
		return fmt.Sprintf("%s is used %d times, and what is added to it goes everywhere", name, e.Uses[name])
	case e.Passed:
		return fmt.Sprintf("containers get %s too, by env_file", name)
	}
	return ""
}

// parse parses the .env file by the rules of compose-go, package dotenv: export,
// KEY=value and KEY: value, comments after a space, quotes, variables of earlier
// lines. It stops at the first malformed line.
func (e *Environment) parse() {
	e.values = map[string]imagepin.Text{}
	s := e.Src
	for i := len(s) - len(strings.TrimPrefix(s, "\uFEFF")); i < len(s); {
		i += len(s[i:]) - len(strings.TrimLeftFunc(s[i:], unicode.IsSpace))
		if i < len(s) && s[i] == '#' {
			i = lineEnd(s, i)
			continue
		}
		key, at, inherited := envKey(s, i)
		if at < 0 {
			return
		}
		if i = at; inherited { // "NAME" alone has the value of the environment
			continue
		}
		value, next, ok := e.envValue(at)
		if !ok {
			return
		}
		if key != "" && !unicode.IsDigit(rune(key[0])) { // such a name cannot be used in ${…}
			e.values[key] = value
		}
		i = next
	}
}

// lineEnd returns the end of the line at i, before its "\n".
func lineEnd(s string, i int) int {
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(s)
}

const envSpace = "\t\v\f\r \u0085\u00a0"

// envKey reads a key and returns the offset of its value; -1 if there is no key.
func envKey(s string, i int) (key string, at int, inherited bool) {
	if rest, ok := strings.CutPrefix(s[i:], "export"); ok && strings.TrimLeft(rest, "\t\n\f\r ") != rest {
		i = len(s) - len(strings.TrimLeft(rest, envSpace))
	}
	for n, r := range s[i:] {
		switch {
		case r == '=' || r == ':' || r == '\n':
			key = strings.TrimRightFunc(s[i:i+n], unicode.IsSpace)
			at = i + n + 1
			at += len(s[at:]) - len(strings.TrimLeft(s[at:], envSpace))
			if strings.Contains(key, " ") { // compose-go rejects it, although it reads spaces
				return "", -1, false
			}
			return key, at, r == '\n'
		case strings.ContainsRune(envSpace+"_.-[]", r), unicode.IsLetter(r), unicode.IsNumber(r):
		default:
			return "", -1, false
		}
	}
	return "", -1, false
}

// envValue reads a value and returns the offset of the next statement.
func (e *Environment) envValue(at int) (value imagepin.Text, next int, ok bool) {
	s := e.Src
	if at < len(s) && (s[at] == '"' || s[at] == '\'') {
		return e.quoted(at)
	}
	end := lineEnd(s, at)
	line, _, _ := strings.Cut(s[at:end], " #")
	line = strings.TrimRightFunc(line, unicode.IsSpace)
	value, ok = e.expanded(line, at)
	return value, min(end+1, len(s)), ok
}

// quoted reads a value in quotes. A value with an escape has no position.
func (e *Environment) quoted(at int) (value imagepin.Text, next int, ok bool) {
	s, quote := e.Src, e.Src[at]
	end := at + 1
	for end < len(s) && s[end] != quote {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(s) {
		return nil, 0, false
	}
	raw := s[at+1 : end]
	switch {
	case strings.Contains(raw, `\`):
		return imagepin.Text{{Unknown: fmt.Sprintf("a value in %s is written with escapes", e.File)}}, end + 1, true
	case quote == '\'':
		return e.literal(raw, at+1), end + 1, true
	}
	value, ok = e.expanded(raw, at+1)
	return value, end + 1, ok
}

func (e *Environment) literal(text string, at int) imagepin.Text {
	return imagepin.Text{{Text: text, File: e.File, Start: at}}
}

func (e *Environment) expanded(text string, at int) (imagepin.Text, bool) {
	value, err := e.Interpolate(e.literal(text, at), nil, 0)
	if err == nil && len(value) == 0 { // an empty value is set, unlike a missing one
		value = e.literal("", at)
	}
	return value, err == nil
}

// Ignored reports whether a comment at the end of a line of the .env says so.
func (e *Environment) Ignored(offset int) bool {
	text, _ := yamltext.CommentIn(e.Src, offset)
	return ecosystems.Ignores(text)
}

// Read reads a .env file; one that is not there or not readable is empty.
func Read(repo fs.FS, file string) Environment {
	env := Environment{File: file, Uses: map[string]int{}}
	if text, why, err := imagepin.Load(repo, file); err == nil && why.IsZero() {
		env.Src = text
		env.parse()
	}
	return env
}
