// Command freshpin-release builds the files of a release from the module that
// contains it:
//
//	go run ./cmd/freshpin-release --out dist
//
// For each target it writes an archive with the program, its manual pages, its
// shell completions and its licence, and a bill of materials (CycloneDX) beside
// it; and one file SHA256SUMS over all of them. Equal sources and an equal
// toolchain give equal bytes: they do not depend on the machine, the folder or the
// clock.
//
// It does not sign, tag or upload: .github/workflows/release.yml does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/console"
)

// Exit codes.
const (
	exitOK     = 0 // everything is written
	exitFailed = 1 // something could not be built or written
	exitUsage  = 2
)

// everyTarget lists the targets of a release, as GOOS/GOARCH.
const everyTarget = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("freshpin-release", flag.ContinueOnError)
	flags.SetOutput(errs)
	dir := flags.String("out", "dist", "the `folder` to write into; it is created if needed")
	targets := flags.String("targets", everyTarget, "targets, as GOOS/GOARCH separated by commas")
	want := flags.String("version", console.Version, "the expected version; it is an error if the sources have another one")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitOK
	} else if err != nil {
		return exitUsage
	}
	list, err := parseTargets(*targets)
	if err == nil && strings.TrimPrefix(*want, "v") != console.Version {
		err = fmt.Errorf("--version %s: the sources have version %s (cmd/internal/console/version.go)", *want, console.Version)
	}
	if err != nil || flags.NArg() > 0 {
		fmt.Fprintln(errs, "freshpin-release:", errors.Join(err, extra(flags.Args())))
		return exitUsage
	}
	if err := release(ctx, *dir, list, out); err != nil {
		fmt.Fprintln(errs, "freshpin-release:", err)
		return exitFailed
	}
	return exitOK
}

func extra(args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("unexpected arguments: %q", args)
}

// A target is a platform that the program is built for.
type target struct{ os, arch string }

func parseTargets(text string) ([]target, error) {
	var list []target
	for word := range strings.SplitSeq(text, ",") {
		system, arch, ok := strings.Cut(strings.TrimSpace(word), "/")
		if !ok || system == "" || arch == "" {
			return nil, fmt.Errorf("--targets: %q is not GOOS/GOARCH, such as linux/arm64", word)
		}
		list = append(list, target{system, arch})
	}
	return list, nil
}

// name is the common prefix of a target's files.
func (t target) name() string {
	return fmt.Sprintf("freshpin_%s_%s_%s", console.Version, t.os, t.arch)
}
