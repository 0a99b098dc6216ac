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

// passed are the variables that decide what "go env" says and whether it runs.
var passed = []string{
	"GOPROXY", "GOPRIVATE", "GONOPROXY", "GOENV", "GOROOT", "PATH", "HOME", "XDG_CONFIG_HOME",
	"APPDATA", "LOCALAPPDATA", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TMP", "TEMP",
}

// EnvFromToolchain returns GOPROXY and GONOPROXY as the go command has them, so
// that "go env -w" and the defaults of a distribution count. Where there is no
// go command, the environment alone decides, and there is no default.
func EnvFromToolchain(ctx context.Context, getenv func(string) string) (proxy, private string, err error) {
	tool, err := findGo(getenv("PATH"))
	if err != nil {
		return fromEnvironment(getenv)
	}
	cmd := exec.CommandContext(ctx, tool, "env", "-json", "GOPROXY", "GOPRIVATE", "GONOPROXY")
	cmd.Dir = os.TempDir() // not in a tree that may ask for another toolchain
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
			continue // never a program from the tree that is looked at
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
