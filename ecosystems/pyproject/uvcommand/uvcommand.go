// Package uvcommand runs uv on hostile files: with a clean environment, a time
// limit, and network access only to the package indexes that the operator allows.
//
// Package pyproject decides which files uv gets and what its output means. uv
// builds nothing (--no-build) except projects that are marked as editable, so it
// must not get a project with dynamic metadata. It searches for interpreters and
// settings in its working folder and in those above, so it runs in a private folder
// with only the given files.
package uvcommand

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems/internal/confine"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// ErrNone is the error if uv is not installed.
var ErrNone = errors.New("no uv command here")

// Options configure the runs of uv. The zero value of every field is useful.
type Options struct {
	Getenv func(name string) string                                 // the operator's environment; nil means os.Getenv
	Dial   func(ctx context.Context, host string) (net.Conn, error) // connects to the https port of a host; nil for no network
	Allows func(host string) bool                                   // reports whether uv may connect to a host; nil for none
	Cache  string                                                   // parent folder for the downloads of a run, which are removed after it; "" means freshpin/uv in the user's cache folder

	Limit time.Duration  // of one run; 0 means 5 minutes
	Has   confine.Limits // of one run; 0 means 10 minutes of processor time, 2 GiB of memory, 2 GiB of disk, 64 processes
}

// A Tool runs uv. It is safe for concurrent use.
type Tool struct{ o Options }

// New returns a tool.
func New(o Options) *Tool {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	o.Limit = cmp.Or(o.Limit, 5*time.Minute)
	o.Has.CPU, o.Has.Memory = cmp.Or(o.Has.CPU, 10*time.Minute), cmp.Or(o.Has.Memory, 2<<30)
	o.Has.Disk, o.Has.Processes = cmp.Or(o.Has.Disk, 2<<30), cmp.Or(o.Has.Processes, 64)
	return &Tool{o}
}

// There reports whether uv is installed.
func (t *Tool) There() bool {
	_, err := confine.Find(t.o.Getenv("PATH"), "uv")
	return err == nil
}

// A Failure is the error of a run of uv that failed.
type Failure struct {
	Text      string // its output in one line
	Unreached bool   // it could not reach a server
}

// Error returns the output of uv.
func (f *Failure) Error() string { return "uv lock: " + f.Text }

// Lock writes files, by their relative paths, to a private folder, runs uv lock in
// it, and returns the new uv.lock. upgrade are requirements for the packages to
// move ("idna==2.6"). The error is ErrNone, a *Failure, or that of the context.
func (t *Tool) Lock(ctx context.Context, files map[string][]byte, upgrade []string) ([]byte, error) {
	program, err := confine.Find(t.o.Getenv("PATH"), "uv")
	if err != nil {
		return nil, ErrNone
	}
	r, err := t.open(files)
	if err != nil {
		return nil, err
	}
	defer r.close()
	ctx, cancel := context.WithTimeoutCause(ctx, t.o.Limit, fmt.Errorf("uv needs longer than %v", t.o.Limit))
	defer cancel()
	proxy, closes, err := t.startProxy(ctx)
	if err != nil {
		return nil, err
	}
	defer closes()
	args := []string{"lock", "--no-build", "--no-progress", "--color", "never"}
	for _, one := range upgrade {
		args = append(args, "--upgrade-package", one)
	}
	said := &confine.Head{Limit: 1 << 20}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = r.tree, t.environment(r, proxy), said, said
	err = confine.Run(ctx, cmd, t.o.Has, r.temp, r.temp)
	switch { // a limit first, because it explains why the command failed
	case errors.Is(err, confine.ErrBeyond):
		return nil, fmt.Errorf("uv lock: %w", err)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("uv lock: %w", context.Cause(ctx))
	case err != nil:
		return nil, &Failure{sentence(string(said.Data), r.tree, r.temp), unreached.MatchString(string(said.Data))}
	}
	return r.read("uv.lock")
}

// maxLock limits a lock, in bytes.
const maxLock = 32 << 20

// A run holds the folders of one run of uv. Runs share no cache, so that a hostile
// project cannot affect others.
type run struct {
	temp string
	tree string // below temp: the given files
}

// open creates the folders and writes the files.
func (t *Tool) open(files map[string][]byte) (r run, err error) {
	dir, err := confine.Folder(t.o.Cache, "uv")
	if err != nil {
		return r, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, err
	}
	if r.temp, err = os.MkdirTemp(dir, "run-"); err != nil {
		return r, err
	}
	r.tree = filepath.Join(r.temp, "tree")
	if err := r.write(files); err != nil {
		r.close()
		return r, err
	}
	return r, nil
}

// write writes the given files.
func (r run) write(files map[string][]byte) error {
	if err := alone(r.temp); err != nil {
		return err
	}
	for _, dir := range []string{r.tree, filepath.Join(r.temp, "home")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	for name, data := range files {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("%s leads out of the project", name)
		}
		file := filepath.Join(r.tree, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// alone returns an error if a folder above dir has files that affect uv: it
// searches for settings, workspaces and interpreters in all of them.
func alone(dir string) error {
	for {
		for _, name := range []string{"pyproject.toml", "uv.toml", ".python-version", ".python-versions", ".venv"} {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				return fmt.Errorf("a %s stands in a folder above the cache, and uv would follow it", name)
			}
		}
		above := filepath.Dir(dir)
		if above == dir {
			return nil
		}
		dir = above
	}
}

// read reads a file that uv wrote.
func (r run) read(name string) ([]byte, error) {
	file := filepath.Join(r.tree, name)
	info, err := os.Lstat(file)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxLock:
		return nil, fmt.Errorf("%s is no file of at most %d bytes", name, maxLock)
	}
	return os.ReadFile(file)
}

func (r run) close() { _ = os.RemoveAll(r.temp) } // remaining files do no harm

// reaching are the operator's variables that uv gets: for finding programs and
// trusting certificates.
var reaching = []string{"PATH", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR"}

// environment returns the whole environment of uv. Its variables override the settings of a project.
func (t *Tool) environment(r run, proxy string) (env []string) {
	for _, name := range reaching {
		if v := t.o.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	home := filepath.Join(r.temp, "home")
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		env = append(env, name+"="+proxy, strings.ToLower(name)+"="+proxy)
	}
	return append(env,
		"HOME="+home, "USERPROFILE="+home, "APPDATA="+home, "LOCALAPPDATA="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "XDG_CACHE_HOME="+home, "XDG_CONFIG_DIRS="+home,
		"TMPDIR="+r.temp, "TMP="+r.temp, "TEMP="+r.temp, "PWD="+r.tree, "LC_ALL=C", "NO_COLOR=1", "NO_PROXY=", "no_proxy=",
		"UV_CACHE_DIR="+filepath.Join(r.temp, "cache"), "UV_PYTHON_DOWNLOADS=never", "UV_PYTHON_INSTALL_DIR="+home, "UV_KEYRING_PROVIDER=disabled",
		"UV_NO_BUILD=1", "UV_NO_PROGRESS=1", "UV_NO_ENV_FILE=1", "GIT_ALLOW_PROTOCOL=none", "GIT_TERMINAL_PROMPT=0",
	)
}

// unreached matches the messages of uv about a server that did not answer.
var unreached = lazyregexp.New(`(?i)error sending request|dns error|connection (?:refused|reset|closed)|tunnel|timed out|client error \(connect\)|status (?:client|server) error \((?:401|403|407|408|429|5\d\d)|no space left`)

// sentence returns the output of uv in one line, as confine.Sentence does, without
// hints and frames.
func sentence(said string, private ...string) string {
	var words []string
	for line := range strings.Lines(said) {
		line = strings.TrimFunc(line, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune("×╰─▶│├•", c) })
		if strings.HasPrefix(line, "hint:") { // all after it is advice for people at a terminal
			break
		}
		if line == "" || strings.HasPrefix(line, "Using ") || strings.HasPrefix(line, "warning:") || strings.HasPrefix(line, "Resolved ") {
			continue
		}
		words = append(words, strings.TrimPrefix(line, "error: "))
	}
	return confine.Sentence(strings.Join(words, " "), private...)
}
