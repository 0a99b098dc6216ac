// Package goenv knows the operator's go command: where it is, its settings, and the
// module proxies that GOPROXY lists.
package goenv

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/confine"
)

// located are the variables by which the go command finds its own files and the operator's settings.
var located = []string{
	"GOENV", "GOROOT", "PATH", "HOME", "XDG_CONFIG_HOME",
	"APPDATA", "LOCALAPPDATA", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TMP", "TEMP",
}

// Find returns the go command in a PATH. It ignores relative folders, which could be inside an untrusted tree.
func Find(path string) (string, error) { return confine.Find(path, "go") }

// Read returns the values of variables as "go env" prints them, so that "go env -w" and
// the defaults of a distribution apply.
func Read(ctx context.Context, tool string, getenv func(string) string, names ...string) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, tool, append([]string{"env", "-json"}, names...)...)
	cmd.Dir = os.TempDir() // outside the tree, whose go.mod could require another toolchain
	cmd.Env = append(Set(getenv, located, names), "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=")
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	var values map[string]string
	err = json.Unmarshal(out, &values)
	return values, err
}

// Set returns the variables that are set, as "NAME=value".
func Set(getenv func(string) string, lists ...[]string) (env []string) {
	for _, list := range lists {
		for _, name := range list {
			if v := getenv(name); v != "" {
				env = append(env, name+"="+v)
			}
		}
	}
	return env
}

// An Entry is one element of GOPROXY.
type Entry struct {
	Text     string // an address, "direct" or "off"
	OnFailed bool   // "|" follows: the next one is tried after any error, not only after "not found"
}

// Word reports whether an entry is "direct" or "off".
func (e Entry) Word() bool { return e.Text == "direct" || e.Text == "off" }

// Proxies parses GOPROXY (Go Modules Reference, "GOPROXY"). It ends at the first
// "direct" or "off", because the go command never uses the entries after it.
func Proxies(list string) (all []Entry) {
	for list != "" {
		text, rest, onFailed := list, "", false
		if i := strings.IndexAny(list, ",|"); i >= 0 {
			text, rest, onFailed = list[:i], list[i+1:], list[i] == '|'
		}
		list = rest
		e := Entry{strings.TrimSpace(text), onFailed}
		if e.Word() {
			return append(all, Entry{Text: e.Text})
		}
		if e.Text != "" {
			all = append(all, e)
		}
	}
	return all
}

// Join is the reverse of Proxies; "off" if there are no entries.
func Join(entries []Entry) string {
	if len(entries) == 0 {
		return "off" // the go command takes an empty GOPROXY for its default
	}
	var b strings.Builder
	for n, e := range entries {
		b.WriteString(e.Text)
		switch {
		case n == len(entries)-1:
		case e.OnFailed:
			b.WriteByte('|')
		default:
			b.WriteByte(',')
		}
	}
	return b.String()
}

// Address parses the address of a proxy as the go command does: https is the default
// scheme. The error holds the text, which may contain a password: do not show it.
func Address(text string) (*url.URL, error) {
	if strings.ContainsAny(text, ".:/") && !strings.Contains(text, ":/") && !filepath.IsAbs(text) && !strings.HasPrefix(text, "/") {
		text = "https://" + text
	}
	return url.Parse(text)
}
