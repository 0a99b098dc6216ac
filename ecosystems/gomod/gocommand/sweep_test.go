//go:build linux

package gocommand

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// sweeperOf names the cache of a process that sweeps, and the path of its go command.
const sweeperOf, sweeperPath = "FRESHPIN_TEST_SWEEPER", "FRESHPIN_TEST_SWEEPER_PATH"

// TestHostileSweeper is not a test: it is the process that TestHostileSweep starts.
func TestHostileSweeper(t *testing.T) {
	cache := os.Getenv(sweeperOf)
	if cache == "" {
		t.Skip("only for TestHostileSweep")
	}
	tool := New(Options{Getenv: func(string) string { return os.Getenv(sweeperPath) }, Cache: cache, Size: 1})
	if _, err := tool.Run(t.Context(), Command{Dir: t.TempDir(), Args: []string{"mod", "tidy"}}); err != nil {
		t.Fatal(err)
	}
}

// TestHostileSweep: what a run of one process uses is swept by no other process;
// when it has ended, it is (F14). Many processes at once do not mix.
func TestHostileSweep(t *testing.T) {
	cache, dir := t.TempDir(), t.TempDir()
	kept := filepath.Join(cache, "mod", "kept")
	if err := errors.Join(os.MkdirAll(filepath.Dir(kept), 0o700), os.WriteFile(kept, []byte("content"), 0o600)); err != nil {
		t.Fatal(err)
	}
	started, end := filepath.Join(dir, "started"), filepath.Join(dir, "end")
	for _, file := range []string{started, end} {
		if err := mkfifo(file); err != nil {
			t.Skip(err)
		}
	}
	slow := New(Options{Getenv: func(string) string {
		return script(t, fmt.Sprintf("echo x > '%s'; cat '%s' > /dev/null; cat \"$GOMODCACHE/kept\"\n", started, end))
	}, Cache: cache})
	type result struct {
		out []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		out, err := slow.Run(t.Context(), Command{Dir: dir, Args: []string{"mod", "tidy"}})
		done <- result{out, err}
	}()
	if _, err := os.ReadFile(started); err != nil { // until it runs
		t.Fatal(err)
	}
	quick := script(t, "exit 0\n")
	sweep := func() {
		t.Helper()
		var group []*exec.Cmd
		for range 4 {
			cmd := exec.Command(os.Args[0], "-test.run=^TestHostileSweeper$")
			cmd.Env = append(os.Environ(), sweeperOf+"="+cache, sweeperPath+"="+quick)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			group = append(group, cmd)
		}
		for _, cmd := range group {
			if err := cmd.Wait(); err != nil {
				t.Errorf("a sweeper: %v", err)
			}
		}
	}
	sweep()
	if err := os.WriteFile(end, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := <-done; r.err != nil || string(r.out) != "content" {
		t.Errorf("what a run used was swept: %q, %v", r.out, r.err)
	}
	sweep()
	if _, err := os.Stat(kept); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was never swept: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "tmp", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
