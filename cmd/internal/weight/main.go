//go:build linux

// Command weight measures what building and starting freshpin costs:
// modules that are downloaded, processor time of a build without a cache, bytes
// of the binary, processor time and memory of "freshpin version", and what is
// allocated before main runs.
//
//	go run ./cmd/internal/weight [--cold] [--assert]
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A measure is a figure with what it may be at most.
type measure struct {
	what  string
	is    float64
	limit float64 // 0 for none: processor time is the machine's too
	unit  string
}

// What the figures may be at most: what they were when they were set, and a
// tenth. One that grows for a good reason is set anew, with the reason in the commit.
const (
	maxModules  = 135
	maxBytes    = 44.3 // MB
	maxMemory   = 34.0 // MB; more than a tenth, because most of it are pages of the binary: how many are mapped differs by 4 MB from build to build
	maxPrepared = 2.0  // MB
)

func main() {
	cold := flag.Bool("cold", false, "build without a cache too, which takes minutes")
	assert := flag.Bool("assert", false, "fail where a figure is too large")
	flag.Parse()
	list, err := weigh(context.Background(), *cold)
	for _, m := range list {
		fmt.Printf("%-36s %8.1f %-3s", m.what, m.is, m.unit)
		if m.limit > 0 {
			fmt.Printf(" at most %.1f", m.limit)
		}
		fmt.Println()
		if *assert && m.limit > 0 && m.is > m.limit {
			err = errors.Join(err, fmt.Errorf("%s: %.1f %s, more than %.1f", m.what, m.is, m.unit, m.limit))
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "weight:", err)
		os.Exit(1)
	}
}

func weigh(ctx context.Context, cold bool) ([]measure, error) {
	dir, err := os.MkdirTemp("", "weight-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bin := filepath.Join(dir, "freshpin")
	build := func(env ...string) (*syscall.Rusage, error) {
		env = append(env, "CGO_ENABLED=0") // as releases are built
		return run(ctx, env, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "./cmd/freshpin")
	}
	modules, err := exec.CommandContext(ctx, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./cmd/freshpin").Output()
	if err != nil {
		return nil, err
	}
	paths := strings.Fields(string(modules))
	slices.Sort(paths)
	list := []measure{{"modules of go build ./cmd/freshpin", float64(len(slices.Compact(paths))), maxModules, ""}}
	if cold {
		used, err := build("GOCACHE=" + filepath.Join(dir, "cache"))
		if err != nil {
			return list, err
		}
		list = append(list, measure{"build without a cache, processor", processor(used).Seconds(), 0, "s"})
	} else if _, err := build(); err != nil {
		return list, err
	}
	info, err := os.Stat(bin)
	if err != nil {
		return list, err
	}
	list = append(list, measure{"stripped binary", float64(info.Size()) / 1e6, maxBytes, "MB"})
	start, memory, err := started(ctx, bin)
	if err != nil {
		return list, err
	}
	allocated, err := prepared(ctx, bin)
	return append(list,
		measure{"freshpin version, processor", start.Seconds() * 1000, 0, "ms"},
		measure{"freshpin version, memory", memory, maxMemory, "MB"},
		measure{"allocated before main", allocated, maxPrepared, "MB"},
	), err
}

// initLine is what the runtime says of the preparation of one package: variables and init functions.
// See https://pkg.go.dev/runtime, GODEBUG=inittrace.
var initLine = lazyregexp.New(`(?m)^init \S+ @.* clock, (\d+) bytes, \d+ allocs$`)

// prepared returns the memory (MB) that the variables and init functions of all packages allocate, which every start pays for.
func prepared(ctx context.Context, bin string) (float64, error) {
	cmd := exec.CommandContext(ctx, bin, "version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	said, err := cmd.CombinedOutput()
	if err != nil {
		return 0, err
	}
	lines := initLine.FindAllSubmatch(said, -1)
	if len(lines) < 100 {
		return 0, fmt.Errorf("the runtime told of %d packages", len(lines))
	}
	bytes := 0
	for _, line := range lines {
		n, err := strconv.Atoi(string(line[1]))
		if err != nil {
			return 0, err
		}
		bytes += n
	}
	return float64(bytes) / 1e6, nil
}

// started returns the least processor time and memory (MB) of several starts: what others do at the same time only adds to them.
func started(ctx context.Context, bin string) (least time.Duration, memory float64, err error) {
	for range 9 {
		used, err := run(ctx, nil, bin, "version")
		if err != nil {
			return 0, 0, err
		}
		took, size := processor(used), float64(used.Maxrss)*1024/1e6 // Linux counts in KiB
		least, memory = min(cmp.Or(least, took), took), min(cmp.Or(memory, size), size)
	}
	return least, memory, nil
}

func run(ctx context.Context, env []string, name string, args ...string) (*syscall.Rusage, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return nil, errors.New("this system does not tell what a process used")
	}
	return used, nil
}

// processor is the time that a process and those below it that ended took.
func processor(used *syscall.Rusage) time.Duration {
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
