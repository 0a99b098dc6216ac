// Command freshpin-demo runs the main job on a sample project with stand-ins
// for every registry in its own process: no network, no account, nothing to
// install. It is a doorway: see package cli for the job and package world for
// the stand-ins.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"

	"github.com/freshpin/freshpin/cmd/internal/cli"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
)

//go:embed releases.txt
var releases string

func main() {
	code, err := demo(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "freshpin-demo:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// demo lists what is outdated in the sample project, or runs another command line on the same stand-ins.
func demo(args []string) (int, error) {
	w, err := world.Parse(releases)
	if err != nil {
		return 0, err
	}
	set := w.Start()
	defer w.Stop()
	cache, err := os.MkdirTemp("", "freshpin-demo-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(cache)
	set["XDG_CACHE_HOME"] = cache
	if len(args) == 0 {
		args = []string{"outdated", "--as-of", "2026-11-23", "testdata/repos/identidock"}
	}
	getenv := func(name string) string {
		if value, ok := set[name]; ok {
			return value
		}
		return os.Getenv(name)
	}
	return cli.Run(context.Background(), args, getenv, os.Stdout, os.Stderr), nil
}
