package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// release writes everything for the targets into a folder.
func release(ctx context.Context, dir string, targets []target, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "freshpin-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	common, err := documents()
	if err != nil {
		return err
	}
	sums := map[string]string{}
	for n, t := range targets {
		fmt.Fprintf(out, "building for %s/%s (%d of %d)\n", t.os, t.arch, n+1, len(targets))
		files, err := t.publish(ctx, scratch, common)
		if err != nil {
			return fmt.Errorf("build for %s/%s: %w", t.os, t.arch, err)
		}
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				return err
			}
			sum := sha256.Sum256(data)
			sums[name] = hex.EncodeToString(sum[:])
			fmt.Fprintf(out, "  %s  %d bytes\n", name, len(data))
		}
	}
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(listing(sums)), 0o644)
}

// listing is the format that sha256sum --check reads, sorted by name.
func listing(sums map[string]string) string {
	var lines []string
	for name, sum := range sums {
		lines = append(lines, sum+"  "+name+"\n")
	}
	// By name: each line begins with 64 digits of a checksum.
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	return strings.Join(lines, "")
}

// publish returns the files that a release contains for one target, by name.
func (t target) publish(ctx context.Context, scratch string, common []file) (map[string][]byte, error) {
	program := filepath.Join(scratch, t.program())
	if err := t.build(ctx, program); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	bill, err := materials(program, t)
	if err != nil {
		return nil, err
	}
	all := append([]file{{t.program(), 0o755, data}}, common...)
	archive, err := t.pack(all)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{t.name() + t.ending(): archive, t.name() + ".cdx.json": bill}, nil
}

func (t target) program() string {
	if t.os == "windows" {
		return "freshpin.exe"
	}
	return "freshpin"
}

// build compiles the program. It leaves out version control data, so that a commit
// which only records the checksums of these archives does not change them.
func (t target) build(ctx context.Context, to string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", to, "github.com/freshpin/freshpin/cmd/freshpin")
	// The builder's own settings must not reach the bytes.
	cmd.Env = append(os.Environ(), "GOOS="+t.os, "GOARCH="+t.arch, "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(text)))
	}
	return nil
}
