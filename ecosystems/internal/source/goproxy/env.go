package goproxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// passed are the variables that "go env" needs and depends on.
var passed = []string{
	"GOPROXY", "GOPRIVATE", "GONOPROXY", "GOENV", "GOROOT", "PATH", "HOME", "XDG_CONFIG_HOME",
	"APPDATA", "LOCALAPPDATA", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TMP", "TEMP",
}

// EnvFromToolchain returns GOPROXY and GONOPROXY from the go command, so that "go env
// -w" and the defaults of a distribution apply. Without a go command it returns the
// environment variables, without defaults.
func EnvFromToolchain(ctx context.Context, getenv func(string) string) (proxy, private string, err error) {
	tool, err := findGo(getenv("PATH"))
	if err != nil {
		return fromEnvironment(getenv)
	}
	cmd := exec.CommandContext(ctx, tool, "env", "-json", "GOPROXY", "GOPRIVATE", "GONOPROXY")
	cmd.Dir = os.TempDir() // outside the tree, whose go.mod could require another toolchain
	cmd.Env = []string{"GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS="}
	for _, name := range passed {
		if v := getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return "", "", ctx.Err()
	}
	if err != nil {
		return "", "", fmt.Errorf("go env GOPROXY: %w", err)
	}
	var e struct{ GOPROXY, GOPRIVATE, GONOPROXY string }
	if err := json.Unmarshal(out, &e); err != nil {
		return "", "", fmt.Errorf("go env GOPROXY: %w", err)
	}
	return e.GOPROXY, or(e.GONOPROXY, e.GOPRIVATE), nil
}

func fromEnvironment(getenv func(string) string) (proxy, private string, err error) {
	proxy = getenv("GOPROXY")
	if proxy == "" {
		return "", "", errors.New("no module proxy is known: there is no go command to ask, and GOPROXY is not set")
	}
	return proxy, or(getenv("GONOPROXY"), getenv("GOPRIVATE")), nil
}

func findGo(path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue // never runs a program from an untrusted tree
		}
		if tool, err := exec.LookPath(filepath.Join(dir, "go")); err == nil {
			return tool, nil
		}
	}
	return "", exec.ErrNotFound
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
