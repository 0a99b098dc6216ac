package cli

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
)

// settings are the operator's decisions: flags, environment, the operator's file.
type settings struct {
	env       *console.Env
	operator  *config.Operator
	mirrors   map[string]string
	overrides config.Overrides
	client    *fetch.Client
	offline   bool
	strict    bool         // the go command runs on trees of strangers and gets no logins
	cacheDir  string       // "" for none
	log       *slog.Logger // nil for none
	askers    askers       // of GitHub, for lookups
}

// readSettings reads the operator's file and the environment; flags override the
// environment, which overrides the file.
func readSettings(e *console.Env, l *lookupFlags) (*settings, error) {
	operator := &config.Operator{}
	if file := cmp.Or(l.operator, e.Getenv("FRESHPIN_CONFIG")); file != "" {
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
	over := config.Overrides{Allow: allow, Operator: operator, Ecosystems: all.Infos()}
	s := &settings{env: e, operator: operator, mirrors: mirrors, overrides: over, offline: offline, cacheDir: cacheFolder(e, l, operator), log: newLogger(e, l)}
	if s.client, err = s.newClient(l); err != nil {
		return nil, err
	}
	l.jobs, l.timeout = cmp.Or(l.jobs, operator.Jobs), cmp.Or(l.timeout, time.Duration(operator.Timeout))
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
func isOffline(e *console.Env, l *lookupFlags) (bool, error) {
	offline, err := strconv.ParseBool(cmp.Or(e.Getenv("FRESHPIN_OFFLINE"), "false"))
	if err != nil {
		return false, console.Usagef("FRESHPIN_OFFLINE: %q is not true or false", e.Getenv("FRESHPIN_OFFLINE"))
	}
	return l.offline || offline, nil
}

// newClient creates the HTTP client of a run.
func (s *settings) newClient(l *lookupFlags) (*fetch.Client, error) {
	return s.clientWith(l, func(*fetch.Options) {})
}

// clientWith creates an HTTP client with changed options.
func (s *settings) clientWith(l *lookupFlags, change func(*fetch.Options)) (*fetch.Client, error) {
	e, o := s.env, s.operator
	netrc, err := fetch.Netrc(cmp.Or(e.Getenv("NETRC"), filepath.Join(e.Getenv("HOME"), ".netrc")))
	if err != nil {
		return nil, console.Usagef("%w", err)
	}
	parallel := cmp.Or(l.jobs, o.Jobs, 32)
	options := fetch.Options{
		UserAgent:   "freshpin/" + console.Version,
		Parallel:    parallel,
		PerHost:     max(1, parallel*3/4), // a slow host must leave slots for the others
		CacheDir:    s.cacheDir,
		Lifetime:    lifetime(o.Cache.Lifetime),
		CacheSize:   int64(o.Cache.Size),
		Offline:     s.offline,
		Credentials: netrc,
		Log:         s.log,
		NoPrivate:   l.strangers(e.Getenv) && !slices.Contains(o.PrivateHosts, "*"),
		Own:         s.own(),
	}
	change(&options)
	return fetch.New(options), nil
}

// own reports whether the operator has named a host in any setting; such a host may
// have a private address, even in unattended runs.
func (s *settings) own() func(host string) bool {
	named := sync.OnceValue(func() []string {
		hosts := append(all.Hosts(context.Background(), s.options()), s.operator.InsecureRegistries...)
		hosts = append(hosts, hostOf(s.operator.OSVURL), hostOf(s.env.Getenv("GITHUB_API_URL")), hostOf(s.env.Getenv("GITHUB_SERVER_URL")))
		for _, prefix := range s.operator.OwnRegistries {
			host, _, _ := strings.Cut(prefix, "/")
			hosts = append(hosts, host)
		}
		return hosts
	})
	return func(host string) bool {
		name := (&url.URL{Host: host}).Hostname()
		return slices.Contains(named(), host) || slices.Contains(s.operator.PrivateHosts, host) || slices.Contains(s.operator.PrivateHosts, name)
	}
}

// newLogger logs every request with --verbose; nil otherwise.
func newLogger(e *console.Env, l *lookupFlags) *slog.Logger {
	if !l.verbose {
		return nil
	}
	return slog.New(tint.NewTextHandler(e.Stderr, &tint.Options{Level: slog.LevelDebug, NoColor: !console.IsTerminal(e.Stderr)}))
}

// lifetime converts the cache lifetime to fetch's convention: 0 disables the cache, unset is the
// default.
func lifetime(d *config.Duration) time.Duration {
	switch {
	case d == nil:
		return 0
	case *d == 0:
		return -1
	}
	return time.Duration(*d)
}

// cacheFolder follows the flag, then the operator, then the XDG base directory specification.
func cacheFolder(e *console.Env, l *lookupFlags, o *config.Operator) string {
	if dir := cmp.Or(l.cacheDir, o.Cache.Dir); dir != "" {
		return dir
	}
	if dir := e.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "freshpin")
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "" // without a home folder nothing is cached
	}
	return filepath.Join(dir, "freshpin")
}

// rules returns the settings of a repository, for the files of a branch of it: "" where
// that is not known. home tells the default branch.
func (s *settings) rules(repo fs.FS, branch string, home bool) *config.Tree {
	return config.Load(repo, s.overrides.On(branch, home))
}

// folder returns a subfolder of the cache, "" without a cache.
func (s *settings) folder(name string) string {
	if s.cacheDir == "" {
		return ""
	}
	return filepath.Join(s.cacheDir, name)
}

// ecosystems connects every ecosystem to the one client.
func (s *settings) ecosystems() []ecosystems.Ecosystem { return all.New(s.options()) }

func (s *settings) options() all.Options {
	compute := int64(1 << 30)
	if s.strict { // files of strangers must not make a service download without limit
		compute = 0
	}
	return all.Options{
		Compute:  compute,
		HTTP:     s.client,
		Getenv:   s.env.Getenv,
		Mirrors:  s.mirrors,
		Insecure: func(host string) bool { return slices.Contains(s.operator.InsecureRegistries, host) },
		Direct:   s.operator.AllowDirect && !s.offline,
		GoCache:  s.folder("go"),
		UVCache:  s.folder("uv"),
		GoSize:   int64(s.operator.Cache.Size),
		GoStrict: s.strict,
		Git:      all.Git{Server: gitServer(s.env.Getenv), Mirrors: s.operator.GitMirrors, Login: s.gitLogin(), API: s.apiLogin()},
		Allowed:  s.operator.AllowedHosts,
	}
}
