// Command freshpin lists outdated pins of container images, Python requirements, Go
// modules and more, and updates them. See package cli.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/freshpin/freshpin/cmd/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	cli.Environment(os.Environ(), os.Stderr)
	code := cli.Run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
