package fetch

import (
	"fmt"
	"net/url"
	"os"
	"strings"
)

// Netrc reads the file in which curl, pip and the go command look for logins,
// and returns what Options.Credentials takes. A file that does not exist knows
// nobody. Its "default" entry is left aside: a login goes to the host that it
// was written for, and to no other.
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

// parseNetrc reads tokens in any layout; the first entry of a machine counts,
// as it does for curl. Unknown words are skipped.
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

// netrcTokens splits the text, without comments and macro definitions, which
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
