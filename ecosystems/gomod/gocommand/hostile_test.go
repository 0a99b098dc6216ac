package gocommand

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/internal/confine"
)

// TestHostileCache: what modules leave behind is bounded, and swept (report F14).
func TestHostileCache(t *testing.T) {
	path := script(t, "mkdir -p \"$GOMODCACHE\" && n=$(ls \"$GOMODCACHE\" | wc -l) && head -c 400000 /dev/zero > \"$GOMODCACHE/$n.zip\"\n")
	cache := t.TempDir()
	tool := New(Options{Getenv: func(name string) string { return map[string]string{"PATH": path}[name] }, Cache: cache, Size: 1 << 20})
	var most int64
	for range 20 {
		if _, err := tool.Run(t.Context(), Command{Dir: t.TempDir(), Args: []string{"mod", "download"}}); err != nil {
			t.Fatal(err)
		}
		most = max(most, sizeOf(filepath.Join(cache, "mod")))
	}
	if now := sizeOf(filepath.Join(cache, "mod")); most > 9*400_000 || now > 5*400_000 || now == 0 {
		t.Errorf("%d bytes at most, %d now: want it swept every %d runs", most, now, sweepEvery)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "tmp", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestHostilePaths: what the go command says of its folders tells nothing of this machine (report F15).
func TestHostilePaths(t *testing.T) {
	for _, said := range []string{
		`go: -> unzip $GOMODCACHE/cache/download/a.b/c/@v/v1.0.0.zip: zip: not a valid zip file`,
		`go: open $GOTMPDIR/x/go.mod: no space`, `go: $GOCACHE: read-only`, `go: reading $HOME/.config/go/env`,
	} {
		path := script(t, "echo \""+said+"\" >&2; exit 1\n")
		cache := t.TempDir()
		tool := New(Options{Getenv: func(name string) string { return map[string]string{"PATH": path}[name] }, Cache: cache})
		_, err := tool.Run(t.Context(), Command{Dir: t.TempDir(), Args: []string{"mod", "tidy"}})
		if err == nil || strings.Contains(err.Error(), cache) || strings.Contains(err.Error(), "$") {
			t.Errorf("%s: %v", said, err)
		}
	}
}

// TestHostileProgram: what a go command may want of this machine, and what it gets.
func TestHostileProgram(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the limits are those of Linux")
	}
	const patience = 2 * time.Minute // a safety net: what is waited for is the end of the program
	for _, test := range []struct {
		name, body, want string
		limit            time.Duration
	}{
		{"output without end", "yes | head -c 200000000; exit 1", "exit status 1", patience},
		{"complaints without end", "yes | head -c 200000000 >&2; exit 1", "exit status 1", patience},
		{"a file without end", "yes > \"$GOTMPDIR/x\"; exit 1", "exit status 1", patience},
		{"no end at all", "while :; do sleep 1; done", "longer than", time.Second},
		{"a child that stays", "sleep 1000 & exit 1", "exit status 1", patience},
		{"a core dump", "kill -SEGV $$", "segmentation fault", patience},
	} {
		path := script(t, test.body+"\n")
		o := Options{Getenv: func(name string) string { return map[string]string{"PATH": path}[name] }, Cache: t.TempDir(), Disk: 8 << 20, Output: 1 << 20, Memory: 64 << 20, Limit: test.limit}
		tool := New(o)
		ctx, cancel := tool.Within(t.Context())
		_, err := tool.Run(ctx, Command{Dir: t.TempDir(), Args: []string{"mod", "tidy"}})
		cancel()
		var f *Failure
		if err == nil || !strings.Contains(err.Error(), test.want) && !errors.Is(err, confine.ErrBeyond) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if errors.As(err, &f) && (len(f.Stdout) > o.Output || len(f.Stderr) > o.Output) {
			t.Errorf("%s: %d and %d bytes kept", test.name, len(f.Stdout), len(f.Stderr))
		}
		if size := sizeOf(o.Cache); size > 64<<20 {
			t.Errorf("%s: %d bytes on the disk", test.name, size)
		}
	}
	if left, err := filepath.Glob("core*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestHostileSettings: what a tree or its go.env wants of the go command does not count.
func TestHostileSettings(t *testing.T) {
	operator := map[string]string{"PATH": script(t, "/usr/bin/env\n"), "HOME": "/home/op", "GOFLAGS": "-toolexec=evil", "GOENV": "/evil/env", "CGO_ENABLED": "1", "CC": "evil", "CGO_CFLAGS": "-fplugin=evil", "GOTOOLCHAIN": "go9.99",
		"GOWORK": "/evil/go.work", "GOCACHEPROG": "evil", "GOAUTH": "evil", "GOVCS": "*:all", "GIT_SSH_COMMAND": "evil", "LD_PRELOAD": "/evil.so", "GODEBUG": "x=1", "GOROOT_FINAL": "/evil", "GOEXPERIMENT": "evil", "GOPACKAGESDRIVER": "evil", "EDITOR": "evil"}
	out, err := New(Options{Getenv: func(name string) string { return operator[name] }, Cache: t.TempDir(), Strict: true}).Run(t.Context(), Command{Dir: t.TempDir(), Args: []string{"mod", "tidy"}})
	if err != nil || strings.Contains(string(out), "evil") || strings.Contains(string(out), "go9.99") {
		t.Errorf("%v, %s", err, out)
	}
	for _, line := range []string{"CGO_ENABLED=0", "GOENV=off", "GOTOOLCHAIN=local", "GOVCS=*:off", "GOWORK=off", "GOFLAGS=-modcacherw -mod=mod"} {
		if !strings.Contains(string(out), line+"\n") {
			t.Errorf("%s is missing", line)
		}
	}
}

// TestHostileAppetite: a command that wants more of the machine than it may
// have is ended with all that it has started, whatever it wants it of. The bombs
// have a bottom, and end by themselves: they must not take the machine along
// where they are not stopped.
func TestHostileAppetite(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what a command and its children have together is known on Linux only")
	}
	for _, test := range []struct{ name, body, want string }{
		{"a tree of forks", "f() { if [ $1 -lt 8 ]; then f $(($1+1)) & f $(($1+1)); else sleep 30; fi; }; f 0; wait", "more than 40 processes at once"},
		{"many children", "i=0; while [ $i -lt 200 ]; do sleep 30 & i=$((i+1)); done; wait", "more than 40 processes at once"},
		{"many children in sessions of their own", "i=0; while [ $i -lt 200 ]; do setsid sleep 30 & i=$((i+1)); done; wait", "more than 40 processes at once"},
		{"a processor that is kept busy", "while :; do :; done", "processor time|killed|CPU time limit"},
		{"many that are kept busy", "for i in 1 2 3 4; do (while :; do :; done) & done; wait", "processor time"},
		{"memory of one process", "head -c 500000000 /dev/zero | tail -c 400000000 | wc -c; exit 1", "MiB of memory"},
		{"children that stay behind, in sessions of their own", "i=0; while [ $i -lt 20 ]; do setsid sleep 30 >/dev/null 2>&1 & i=$((i+1)); done; exit 1", "exit status 1"},
		{"memory of many", "for i in 1 2 3 4 5 6 7 8; do (v=$(head -c 30000000 /dev/zero | tr '\\0' x); sleep 30; :) & done; wait", "MiB of memory"},
	} {
		cpu := time.Minute
		if strings.Contains(test.want, "processor time") {
			cpu = time.Second
		}
		mark := "freshpin-test-" + strings.ToLower(rand.Text())
		path := script(t, "MARK="+mark+"; export MARK\n"+test.body+"\n")
		tool := New(Options{Getenv: func(name string) string { return map[string]string{"PATH": path}[name] }, Cache: t.TempDir(), Processes: 40, CPU: cpu, Memory: 64 << 20, Limit: 2 * time.Minute})
		ctx, cancel := tool.Within(t.Context())
		_, err := tool.Run(ctx, Command{Dir: t.TempDir(), Args: []string{"mod", "tidy"}})
		cancel()
		if err == nil || !regexp.MustCompile(test.want).MatchString(err.Error()) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if left := marked(mark); len(left) > 0 {
			t.Errorf("%s: %d processes are left", test.name, len(left))
		}
	}
}

// marked returns the processes whose environment has a mark.
func marked(mark string) (pids []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil && strings.Contains(string(data), mark) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}
