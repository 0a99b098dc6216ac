// Package gocommand runs the go command on untrusted trees: with a separate
// environment, separate caches and a time limit, and without access to version
// control or to another toolchain.
//
// Package gomod decides what to run and interprets the output. The go command
// executes no code of the tree as long as it only resolves, downloads, copies and
// compiles modules without cgo (Go Modules Reference, "Module-aware commands").
// Use this package only for those.
package gocommand

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/confine"
)

// ErrNone means that no go command is installed.
var ErrNone = errors.New("no go command here")

// Options configure how the go command runs. The zero value of every field is useful.
type Options struct {
	Getenv func(name string) string // the operator's environment; nil means os.Getenv
	Direct bool                     // allow version control with the operator's logins, if GOPROXY says so
	Cache  string                   // folder for modules and builds, shared between runs; "" means freshpin/go in the user's cache folder
	Via    http.RoundTripper        // for requests to module proxies; nil means one without rules about hosts
	Strict bool                     // use no logins from a .netrc, for trees that are not trusted
	Size   int64                    // of the shared caches in bytes, beyond which they are emptied; 0 means 512 MiB

	Limit     time.Duration // for all commands of one manifest; 0 means 5 minutes
	CPU       time.Duration // processor time of one command; 0 means 20 minutes
	Memory    int64         // of one command, in bytes; 0 means 2 GiB. The system stops a command that uses twice as much, if it can
	Disk      int64         // bytes that one command may write; 0 means 4 GiB
	Processes int           // of one command at once; 0 means 256
	Output    int           // bytes of each stream of a command that are kept; 0 means 64 MiB
}

// A Tool runs the go command. It is safe for concurrent use. It looks for the go
// command on first use.
type Tool struct {
	o     Options
	runs  atomic.Int64
	using sync.RWMutex // read-locked while the caches are in use

	mu    sync.Mutex
	ready bool
	s     settings
}

// New returns a tool.
func New(o Options) *Tool {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Via == nil {
		o.Via = fetch.New(fetch.Options{}).Transport()
	}
	o.Size, o.Output = cmp.Or(o.Size, 512<<20), cmp.Or(o.Output, 64<<20)
	o.Limit, o.CPU = cmp.Or(o.Limit, 5*time.Minute), cmp.Or(o.CPU, 20*time.Minute)
	o.Memory, o.Disk, o.Processes = cmp.Or(o.Memory, 2<<30), cmp.Or(o.Disk, 4<<30), cmp.Or(o.Processes, 256)
	return &Tool{o: o}
}

// Version returns the version of the go command, "go1.26.2", or ErrNone.
func (t *Tool) Version(ctx context.Context) (string, error) {
	s, err := t.settings(ctx)
	return s.version, err
}

// Within returns a context that ends at the time limit.
func (t *Tool) Within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, t.o.Limit, fmt.Errorf("the go command needs longer than %v", t.o.Limit))
}

// A Command is one run of the go command.
type Command struct {
	Dir  string   // absolute
	Work string   // the go.work that applies, absolute; "" for none
	Args []string // "mod", "tidy"
}

// String returns the beginning of a command: "go mod tidy".
func (c Command) String() string {
	return "go " + strings.Join(c.Args[:min(2, len(c.Args))], " ")
}

// A Failure is the error of a go command that failed.
type Failure struct {
	Args   []string
	Stdout []byte
	Stderr string
	Err    error
}

// Error returns a one-line summary of what the command printed.
func (f *Failure) Error() string {
	return fmt.Sprintf("go %s: %v: %s", f.Args[0], f.Err, Sentence(f.Stderr))
}

// Unwrap returns the error of the process.
func (f *Failure) Unwrap() error { return f.Err }

// Run runs the go command and returns its standard output. The error is ErrNone,
// a *Failure, or that of the context. No process that it started outlives it.
func (t *Tool) Run(ctx context.Context, c Command) ([]byte, error) {
	s, err := t.settings(ctx)
	if err != nil {
		return nil, err
	}
	h, err := openHome(t.o)
	if err != nil {
		return nil, err
	}
	defer h.close()
	t.sweep(h) // before this run uses the caches itself, which would keep them
	t.using.RLock()
	defer t.using.RUnlock()
	release, err := share(ctx, h.cache)
	if err != nil {
		return nil, err
	}
	defer release()
	env := append(s.environment(t.o, h), "PWD="+c.Dir, "GOWORK="+cmp.Or(c.Work, "off"), "GOFLAGS="+flags(c))
	var d *gateway
	if !t.o.Direct {
		var lead []string
		var closes func()
		if d, lead, closes, err = t.open(ctx, s); err != nil {
			return nil, err
		}
		defer closes()
		env = append(env, lead...)
	}
	stdout, stderr := &confine.Head{Limit: t.o.Output}, &confine.Head{Limit: t.o.Output}
	cmd := exec.CommandContext(ctx, s.tool, c.Args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.Dir, env, stdout, stderr
	err = confine.Run(ctx, cmd, confine.Limits{CPU: t.o.CPU, Memory: t.o.Memory, Disk: t.o.Disk, Processes: t.o.Processes}, h.cache, h.temp)
	switch {
	case errors.Is(err, confine.ErrBeyond):
		return nil, fmt.Errorf("%s: %w", c, err)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s: %w", c, context.Cause(ctx))
	case err != nil:
		return nil, &Failure{c.Args, stdout.Data, d.hide(h.hide(string(stderr.Data))), err}
	}
	return stdout.Data, nil
}

// flags returns GOFLAGS. It omits -mod=mod in a workspace, which does not accept it.
func flags(c Command) string {
	if c.Work != "" {
		return "-modcacherw"
	}
	return "-modcacherw -mod=mod"
}
