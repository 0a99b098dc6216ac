// Package wiring turns flags, environment and the operator's file into what commands
// work with: clients, ecosystems, trees, the forge, limits and logins.
package wiring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lmittmann/tint"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/registry"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/config/value"
	"github.com/freshpin/freshpin/updater/forge/github"
)

// Settings are the operator's decisions: flags, environment, the operator's file.
type Settings struct {
	env       *console.Env
	Operator  *config.Operator
	Mirrors   map[string]string
	Overrides config.Overrides
	Client    *fetch.Client
	Offline   bool
	Strict    bool         // the go command runs on trees of strangers and gets no logins
	CacheDir  string       // "" for none
	Log       *slog.Logger // nil for none
	Forge     Provider
	asker     func() (*github.Forge, error) // makes the client that logs lookups in once, since it keeps the tokens of installations
}

// Read reads the operator's file and the environment; flags override the
// environment, which overrides the file.
func Read(e *console.Env, l *Flags) (*Settings, error) {
	operator := &config.Operator{}
	if file := cmp.Or(l.Operator, e.Getenv("FRESHPIN_CONFIG")); file != "" {
		var errs []error
		if operator, errs = config.LoadOperator(file, all.Infos()); len(errs) > 0 {
			return nil, &console.UsageError{Err: errors.Join(errs...)}
		}
	}
	if err := operator.Environment(e.Getenv); err != nil {
		return nil, &console.UsageError{Err: err}
	}
	mirrors, err := checkMirrors(operator.RegistryMirrors)
	if err != nil {
		return nil, console.Usagef("registry mirrors: %w", err)
	}
	if err := checkGitMirrors(operator.GitMirrors); err != nil {
		return nil, console.Usagef("git mirrors: %w", err)
	}
	allow, err := l.level()
	if err != nil {
		return nil, err
	}
	offline, err := isOffline(e, l)
	if err != nil {
		return nil, err
	}
	operator.OSVDB = cmp.Or(l.osvDB, operator.OSVDB)
	l.logIn(operator)
	over := config.Overrides{Allow: allow, Operator: operator, Ecosystems: all.Infos()}
	s := &Settings{env: e, Operator: operator, Mirrors: mirrors, Overrides: over, Offline: offline, CacheDir: cacheFolder(e, l, operator), Log: newLogger(e, l)}
	s.asker = sync.OnceValues(func() (*github.Forge, error) { return s.openGitHub(nil, nil) })
	s.Forge = s.provider()
	if s.Client, err = s.ClientWith(l, func(*fetch.Options) {}); err != nil {
		return nil, err
	}
	// Commands look at the flags alone, so the operator's values go there.
	l.Jobs, l.Timeout = cmp.Or(l.Jobs, operator.Jobs), cmp.Or(l.Timeout, time.Duration(operator.Timeout))
	return s, nil
}

// checkMirrors validates the mirrors of registries.
func checkMirrors(m config.Mirrors) (map[string]string, error) {
	var list []string
	for host, url := range m {
		list = append(list, host+"="+url)
	}
	slices.Sort(list)
	return registry.ParseMirrors(strings.Join(list, ","))
}

// checkGitMirrors requires the mirrors to be addresses.
func checkGitMirrors(m config.Mirrors) error {
	for host, text := range m {
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("the mirror for %s is not an address: %s", host, fetch.Redact(text))
		}
	}
	return nil
}

// isOffline reports whether only the cache may be used.
func isOffline(e *console.Env, l *Flags) (bool, error) {
	offline, err := strconv.ParseBool(cmp.Or(e.Getenv("FRESHPIN_OFFLINE"), "false"))
	if err != nil {
		return false, console.Usagef("FRESHPIN_OFFLINE: %q is not true or false", e.Getenv("FRESHPIN_OFFLINE"))
	}
	return l.Offline || offline, nil
}

// ClientWith creates an HTTP client with changed options.
func (s *Settings) ClientWith(l *Flags, change func(*fetch.Options)) (*fetch.Client, error) {
	e, o := s.env, s.Operator
	netrc, err := fetch.Netrc(cmp.Or(e.Getenv("NETRC"), filepath.Join(e.Getenv("HOME"), ".netrc")))
	if err != nil {
		return nil, console.Usagef("%w", err)
	}
	parallel := cmp.Or(l.Jobs, o.Jobs, 64)
	options := fetch.Options{
		UserAgent:   "freshpin/" + console.Version,
		Parallel:    parallel,
		PerHost:     max(1, parallel*3/4), // a slow host must leave slots for the others
		CacheDir:    s.CacheDir,
		Lifetime:    lifetime(o.Cache.Lifetime),
		CacheSize:   int64(o.Cache.Size),
		Offline:     s.Offline,
		Credentials: netrc,
		Log:         s.Log,
		NoPrivate:   l.strangers(e.Getenv) && !slices.Contains(o.PrivateHosts, "*"),
		Own:         s.own(),
	}
	change(&options)
	return fetch.New(options), nil
}

// own reports whether the operator has named a host in any setting; such a host may
// have a private address, even in unattended runs.
func (s *Settings) own() func(host string) bool {
	// Later, because the options of the ecosystems hold the client that this belongs to.
	named := sync.OnceValue(func() []string {
		hosts := append(all.Hosts(context.Background(), s.Options()), s.Operator.InsecureRegistries...)
		hosts = append(hosts, HostOf(s.Operator.OSVURL))
		hosts = append(hosts, s.Forge.Hosts...)
		for _, prefix := range s.Operator.OwnRegistries {
			host, _, _ := strings.Cut(prefix, "/")
			hosts = append(hosts, host)
		}
		return hosts
	})
	return func(host string) bool {
		name := (&url.URL{Host: host}).Hostname()
		return slices.Contains(named(), host) || slices.Contains(s.Operator.PrivateHosts, host) || slices.Contains(s.Operator.PrivateHosts, name)
	}
}

// newLogger logs every request with --verbose; nil otherwise.
func newLogger(e *console.Env, l *Flags) *slog.Logger {
	if !l.Verbose {
		return nil
	}
	return slog.New(tint.NewTextHandler(e.Stderr, &tint.Options{Level: slog.LevelDebug, NoColor: !console.IsTerminal(e.Stderr)}))
}

// lifetime converts the cache lifetime to fetch's convention: 0 disables the cache, unset is the
// default.
func lifetime(d *value.Duration) time.Duration {
	switch {
	case d == nil:
		return 0
	case *d == 0:
		return -1
	}
	return time.Duration(*d)
}

// cacheFolder follows the flag, then the operator, then the XDG base directory specification.
func cacheFolder(e *console.Env, l *Flags, o *config.Operator) string {
	if dir := cmp.Or(l.CacheDir, o.Cache.Dir); dir != "" {
		return dir
	}
	// The specification says to ignore a relative path.
	if dir := e.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "freshpin")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "" // without a home folder nothing is cached
	}
	return filepath.Join(dir, "freshpin")
}

// Rules returns the settings of a repository, for the files of a branch of it: "" where
// that is not known. home tells the default branch.
func (s *Settings) Rules(repo fs.FS, branch string, home bool) *config.Tree {
	return config.Load(repo, s.Overrides.On(branch, home))
}

// folder returns a subfolder of the cache, "" without a cache.
func (s *Settings) folder(name string) string {
	if s.CacheDir == "" {
		return ""
	}
	return filepath.Join(s.CacheDir, name)
}

// Ecosystems connects every ecosystem to the one client.
func (s *Settings) Ecosystems() []ecosystems.Ecosystem { return all.New(s.Options()) }

// Options returns what the ecosystems are made with.
func (s *Settings) Options() all.Options {
	compute := int64(1 << 30)
	if s.Strict { // files of strangers must not make a service download without limit
		compute = 0
	}
	return all.Options{
		Compute:  compute,
		HTTP:     s.Client,
		Getenv:   s.env.Getenv,
		Mirrors:  s.Mirrors,
		Insecure: func(host string) bool { return slices.Contains(s.Operator.InsecureRegistries, host) },
		Direct:   s.Operator.AllowDirect && !s.Offline,
		GoCache:  s.folder("go"),
		UVCache:  s.folder("uv"),
		GoSize:   int64(s.Operator.Cache.Size),
		GoStrict: s.Strict,
		Git:      all.Git{Server: s.Forge.Site, Mirrors: s.Operator.GitMirrors, Login: s.gitLogin, API: s.apiLogin()},
		Allowed:  s.Operator.AllowedHosts,
	}
}

// ParseTime parses --as-of: a date, or a time in RFC 3339. Without a text it is now.
func ParseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, console.Usagef("--as-of %q is neither a date (2026-11-23) nor a time (2026-11-23T12:00:00Z)", text)
}
