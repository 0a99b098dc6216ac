package gocommand

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"

	"github.com/freshpin/freshpin/ecosystems/internal/goenv"
)

// settings describe the operator's go command.
type settings struct {
	tool    string // path of the program
	version string // "go1.26.2"
	env     map[string]string
}

// asked are the variables whose values are read with "go env", so that the operator's configuration applies.
var asked = []string{"GOVERSION", "GOPROXY", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOVCS", "GOAUTH"}

// finding are the variables by which programs find their own files.
var finding = []string{"PATH", "GOROOT", "SYSTEMROOT"}

// reaching are the variables for network access, for a go command that accesses the network itself.
var reaching = []string{
	"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR",
}

// personal are the variables that version control needs for the operator's logins.
var personal = []string{"HOME", "USERPROFILE", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO"}

// settings runs "go env" once, and again only after an error.
func (t *Tool) settings(ctx context.Context) (settings, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ready {
		return t.s, nil
	}
	tool, err := goenv.Find(t.o.Getenv("PATH"))
	if err != nil {
		return settings{}, ErrNone
	}
	env, err := goenv.Read(ctx, tool, t.o.Getenv, asked...)
	if ctx.Err() != nil {
		return settings{}, ctx.Err()
	}
	if err != nil {
		return settings{}, fmt.Errorf("go env: %w", err)
	}
	t.s, t.ready = settings{tool, env["GOVERSION"], env}, true
	return t.s, nil
}

// mostThreads is GOMAXPROCS of one command and the number of packages it compiles
// at once. The limits on memory and processor time assume it.
const mostThreads = 4

// environment returns the environment of the go command, except for variables
// that differ between runs. It has the operator's network access if Direct is
// allowed, and otherwise none until open adds a gateway.
func (s settings) environment(o Options, h home) []string {
	env := append(goenv.Set(o.Getenv, finding),
		"GO111MODULE=on", "GOENV=off", "GOTOOLCHAIN=local", "CGO_ENABLED=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C",
		"GOPATH="+filepath.Join(h.cache, "path"), "GOMODCACHE="+filepath.Join(h.cache, "mod"), "GOCACHE="+filepath.Join(h.cache, "build"),
		"GOTMPDIR="+h.temp, "TMPDIR="+h.temp, "TMP="+h.temp, "TEMP="+h.temp,
		"GOMAXPROCS="+strconv.Itoa(min(mostThreads, runtime.NumCPU())), "GOMEMLIMIT="+strconv.FormatInt(o.Memory, 10),
		"GONOSUMDB="+s.env["GONOSUMDB"], "GOPRIVATE="+s.env["GOPRIVATE"],
	)
	own := filepath.Join(h.cache, "home") // without the operator's files, such as .netrc and .gitconfig
	if !o.Direct {
		return append(env, "HOME="+own, "USERPROFILE="+own, "XDG_CONFIG_HOME="+filepath.Join(own, ".config"), "GOVCS=*:off", "GOAUTH=off")
	}
	env = append(env, goenv.Set(o.Getenv, personal, reaching)...)
	if file := netrc(o.Getenv); file != "" && !o.Strict {
		env = append(env, "NETRC="+file)
	}
	for _, name := range []string{"GOPROXY", "GONOPROXY", "GOSUMDB", "GOINSECURE", "GOVCS", "GOAUTH"} {
		env = append(env, name+"="+s.env[name])
	}
	return env
}

// netrc returns the path of the operator's .netrc, which may have the login of a private proxy.
func netrc(getenv func(string) string) string {
	if file := getenv("NETRC"); file != "" {
		return file
	}
	name := ".netrc"
	if runtime.GOOS == "windows" {
		name = "_netrc"
	}
	if dir := getenv("HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, name)
	}
	return ""
}

// indirect returns the proxies of a GOPROXY, without "direct" and "off".
func indirect(list string) []goenv.Entry {
	return slices.DeleteFunc(goenv.Proxies(list), goenv.Entry.Word)
}
