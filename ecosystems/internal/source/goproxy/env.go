package goproxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/freshpin/freshpin/ecosystems/internal/goenv"
)

// EnvFromToolchain returns GOPROXY and GONOPROXY from the go command, so that "go env
// -w" and the defaults of a distribution apply. Without a go command it returns the
// environment variables, without defaults.
func EnvFromToolchain(ctx context.Context, getenv func(string) string) (proxy, private string, err error) {
	tool, err := goenv.Find(getenv("PATH"))
	if err != nil {
		return fromEnvironment(getenv)
	}
	env, err := goenv.Read(ctx, tool, getenv, "GOPROXY", "GOPRIVATE", "GONOPROXY")
	if ctx.Err() != nil {
		return "", "", ctx.Err()
	}
	if err != nil {
		return "", "", fmt.Errorf("go env GOPROXY: %w", err)
	}
	return env["GOPROXY"], cmp.Or(env["GONOPROXY"], env["GOPRIVATE"]), nil
}

func fromEnvironment(getenv func(string) string) (proxy, private string, err error) {
	proxy = getenv("GOPROXY")
	if proxy == "" {
		return "", "", errors.New("no module proxy is known: there is no go command to ask, and GOPROXY is not set")
	}
	return proxy, cmp.Or(getenv("GONOPROXY"), getenv("GOPRIVATE")), nil
}
