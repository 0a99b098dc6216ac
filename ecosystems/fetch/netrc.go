package fetch

import (
	"fmt"
	"net/url"
	"os"
	"strings"
)

// Netrc reads a .netrc, as curl, pip and the go command do, and returns a function for
// Options.Credentials. A missing file has no logins. It ignores the "default" entry,
// because a login must go only to the host that it was written for.
func Netrc(path string) (func(host string) (user, password string, ok bool), error) {
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("read netrc: %w", err)
	}
	logins := parseNetrc(string(data))
	return func(host string) (string, string, bool) {
		l, ok := logins[strings.ToLower(host)]
		if !ok {
			l, ok = logins[strings.ToLower((&url.URL{Host: host}).Hostname())]
		}
		return l.user, l.password, ok
	}, nil
}

type login struct{ user, password string }

// parseNetrc parses a .netrc. The first entry of a machine is used, as in curl. It skips
// unknown words.
func parseNetrc(text string) map[string]login {
	logins := map[string]login{}
	name, l := "", login{}
	enter := func() {
		if _, known := logins[name]; name != "" && !known {
			logins[name] = l
		}
		name, l = "", login{}
	}
	tokens := netrcTokens(text)
	for i := 0; i < len(tokens); i++ {
		value := ""
		if i+1 < len(tokens) {
			value = tokens[i+1]
		}
		switch tokens[i] {
		case "default":
			enter()
			continue
		case "machine":
			enter()
			name = strings.ToLower(value)
		case "login":
			l.user = value
		case "password":
			l.password = value
		}
		i++
	}
	enter()
	return logins
}

// netrcTokens splits the text into tokens, without comments and macro definitions, which
// end at an empty line.
func netrcTokens(text string) (tokens []string) {
	macro := false
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
			macro = false
		case macro || strings.HasPrefix(fields[0], "#"):
		case fields[0] == "macdef":
			macro = true
		default:
			tokens = append(tokens, fields...)
		}
	}
	return tokens
}
