package goproxy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/goenv"
)

// A Direct runs "go list -m -json" with further arguments and without proxies, and
// returns its output. See GoCommand.
type Direct func(ctx context.Context, args ...string) ([]byte, error)

// GoCommand returns a Direct that runs the go command with the operator's environment
// and logins, in an empty temporary module. Use it only if the operator allows
// connections to hosts that repositories name.
func GoCommand(getenv func(string) string) Direct {
	return func(ctx context.Context, args ...string) ([]byte, error) {
		tool, err := goenv.Find(getenv("PATH"))
		if err != nil {
			return nil, errors.New("there is no go command to ask version control with")
		}
		dir, err := os.MkdirTemp("", "freshpin-direct-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module freshpin.invalid/direct\n"), 0o600); err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, tool, append([]string{"list", "-m", "-json"}, args...)...)
		cmd.Dir = dir
		// Version control finds the operator's logins through variables.
		cmd.Env = append(os.Environ(), "GOPROXY=direct", "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=-mod=mod", "GIT_TERMINAL_PROMPT=0")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, oneLine(stderr.String()))
		}
		return out, nil
	}
}

// askDirect returns a document of the proxy protocol with data from version control.
func (s *Source) askDirect(ctx context.Context, path string, d document) ([]byte, error) {
	query, err := queryOf(d.file)
	if err != nil {
		return nil, err
	}
	args := []string{path + "@" + query}
	if d.file == "@v/list" {
		args = append([]string{"-versions"}, args...)
	}
	out, err := s.direct(ctx, args...)
	if err != nil {
		return nil, &fetch.Error{Code: directCode(err), Method: "go list -m", URL: path + "@" + query, Err: err}
	}
	return directAnswer(out, d)
}

// queryOf returns the version query for a document.
func queryOf(file string) (string, error) {
	if file == "@v/list" || file == "@latest" {
		return "latest", nil
	}
	base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(file, "@v/"), ".info"), ".mod")
	return module.UnescapeVersion(base)
}

// directAnswer converts the output of the go command to the document.
func directAnswer(out []byte, d document) (body []byte, err error) {
	var m struct {
		Version  string
		Time     *json.RawMessage `json:",omitempty"`
		Origin   *json.RawMessage `json:",omitempty"`
		Versions []string         `json:",omitempty"`
		GoMod    string           `json:",omitempty"`
	}
	if err := json.Unmarshal(out, &m); err != nil {
		return nil, err
	}
	switch {
	case d.file == "@v/list":
		return []byte(strings.Join(m.Versions, "\n")), nil
	case strings.HasSuffix(d.file, ".mod"):
		return os.ReadFile(m.GoMod)
	}
	m.Versions, m.GoMod = nil, ""
	body, err = json.Marshal(m)
	if err == nil && d.check != nil {
		err = d.check(body, nil)
	}
	return body, err
}

// directCode distinguishes a missing module from a failure by the error text, since the go command has no codes.
func directCode(err error) string {
	for _, words := range []string{"no matching versions", "unknown revision", "invalid version", "does not contain package", "404 Not Found", "410 Gone"} {
		if strings.Contains(err.Error(), words) {
			return fetch.NotFound
		}
	}
	return fetch.Unreachable
}
