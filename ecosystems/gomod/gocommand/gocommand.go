// Package gocommand runs the go command on trees that nobody trusts: with an
// environment of its own, caches of its own, a time limit, and no way to version
// control or to another toolchain.
//
// What is to be run, and what its output means, is decided in package gomod. The
// go command runs nothing of the tree itself as long as it is told only to
// resolve, download, copy and compile modules without cgo (Go Modules Reference,
// "Module-aware commands"), which is all that this package is for.
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

// ErrNone is returned where there is no go command.
var ErrNone = errors.New("no go command here")

// Options say how the go command runs. The zero value of every field is useful.
type Options struct {
	Getenv func(name string) string // the operator's environment; nil means os.Getenv
	Direct bool                     // version control may be asked, where GOPROXY says so, with the operator's logins
	Cache  string                   // folder for modules and builds, shared between runs; "" means freshpin/go in the user's cache folder
	Via    http.RoundTripper        // asks the module proxies; nil means one without rules about hosts
	Strict bool                     // no login of a .netrc is used: for trees of strangers
	Size   int64                    // of the caches that runs share, in bytes; they are emptied beyond it; 0 means 512 MiB

	Limit     time.Duration // of all that one manifest needs; 0 means 5 minutes
	CPU       time.Duration // of the processors, for one command; 0 means 20 minutes
	Memory    int64         // for one command, in bytes; 0 means 2 GiB. Beyond twice as much it is ended, where the system can
	Disk      int64         // what one command may add to the disk, in bytes; 0 means 4 GiB
	Processes int           // of one command at once; 0 means 256
	Output    int           // of each stream of a command no more is kept, in bytes; 0 means 64 MiB
}

// A Tool runs the go command. It is safe for concurrent use. Nothing is looked
// up before it is first used.
type Tool struct {
	o     Options
	runs  atomic.Int64
	using sync.RWMutex // held for reading while the caches are in use

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

// Within returns a context that ends when the time limit is over.
func (t *Tool) Within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, t.o.Limit, fmt.Errorf("the go command needs longer than %v", t.o.Limit))
}

// A Command is one run of the go command.
type Command struct {
	Dir  string   // absolute
	Work string   // the go.work that applies, absolute; "" for none
	Args []string // "mod", "tidy"
}

// A Failure is a go command that ended with a failure.
type Failure struct {
	Args   []string
	Stdout []byte
	Stderr string
	Err    error
}

// Error returns what the command said last.
func (f *Failure) Error() string {
	return fmt.Sprintf("go %s: %v: %s", f.Args[0], f.Err, Sentence(f.Stderr))
}

// Unwrap returns how the process ended.
func (f *Failure) Unwrap() error { return f.Err }

// Run runs the go command and returns what it prints. The error is ErrNone, a
// *Failure, or that of the context; nothing that it started outlives it.
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
	t.sweep(h)
	t.using.RLock()
	defer t.using.RUnlock()
	release, err := share(ctx, h.cache)
	if err != nil {
		return nil, err
	}
	defer release()
	env := append(s.environment(t.o, h), "PWD="+c.Dir, "GOWORK="+cmp.Or(c.Work, "off"), "GOFLAGS="+flags(c))
	var d *door
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
		return nil, fmt.Errorf("go %s: %w", strings.Join(c.Args[:min(2, len(c.Args))], " "), err)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("go %s: %w", strings.Join(c.Args[:min(2, len(c.Args))], " "), context.Cause(ctx))
	case err != nil:
		return nil, &Failure{c.Args, stdout.Data, d.hide(h.hide(string(stderr.Data))), err}
	}
	return stdout.Data, nil
}

// flags returns GOFLAGS: a workspace does not take -mod=mod.
func flags(c Command) string {
	if c.Work != "" {
		return "-modcacherw"
	}
	return "-modcacherw -mod=mod"
}
