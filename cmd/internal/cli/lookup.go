package cli

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
)

// lookupFlags are the flags shared by all commands that look something up.
type lookupFlags struct {
	ecosystems []string
	files      []string
	names      []string
	nameFlag   string // the command's name for the name filter; "" means --name
	allow      string
	asOf       string
	operator   string
	cacheDir   string
	osvDB      string
	offline    bool
	details    bool
	layers     bool
	verbose    bool
	quiet      bool
	jobs       int
	timeout    time.Duration

	remote     bool // reads a forge repository, which others wrote
	unattended bool // runs unattended on content of strangers: private addresses are refused

	only func(*plan.Item) bool // set by a command that wants a single line
}

func (l *lookupFlags) register(f *pflag.FlagSet) {
	f.StringSliceVar(&l.ecosystems, "ecosystem", nil, "read only these ecosystems: "+strings.Join(all.Infos().Names(), ", "))
	f.StringSliceVar(&l.files, "file", nil, "read only files whose path matches this `GLOB`")
	f.StringSliceVar(&l.names, "name", nil, "read only packages whose name matches this `GLOB`, where * also matches slashes")
	f.StringVar(&l.allow, "allow", "", "how far an update may move: patch, minor or major (default as configured, else patch)")
	f.StringVar(&l.asOf, "as-of", "", "compute ages as of this `TIME` instead of now")
	f.StringVar(&l.operator, "config", "", "the operator's `FILE` (not the repository's .freshpin.yaml)")
	f.StringVar(&l.cacheDir, "cache-dir", "", "cache answers in this `FOLDER` (default freshpin in the user's cache folder)")
	f.StringVar(&l.osvDB, "osv-db", "", "read known vulnerabilities from this folder or zip `ARCHIVE` in OSV format instead of asking OSV")
	f.BoolVar(&l.offline, "offline", false, "use only the cache; a lookup that is not cached fails")
	f.BoolVar(&l.details, "details", false, "also look up image dates, what changed inside images, and release notes")
	f.BoolVar(&l.layers, "layers", false, "like --details, and also download the layers of images without an attached SBOM to list their packages")
	l.registerJobs(f)
	f.DurationVar(&l.timeout, "timeout", 0, "give up lookups that are not finished after this time (default none)")
	f.BoolVarP(&l.verbose, "verbose", "v", false, "print every request and every dependency")
	f.BoolVarP(&l.quiet, "quiet", "q", false, "print only results, no progress and no hints")
}

// offerWords registers shell completion for these flags.
func (l *lookupFlags) offerWords(cmd *cobra.Command) {
	console.Complete(cmd, "ecosystem", all.Infos().Names()...)
	console.Complete(cmd, "allow", "patch", "minor", "major")
}

// registerJobs adds --jobs.
func (l *lookupFlags) registerJobs(f *pflag.FlagSet) {
	f.Var((*console.Positive)(&l.jobs), "jobs", "how many requests to send at once (default 32)")
}

// check rejects invalid values before any work is done.
func (l *lookupFlags) check() error {
	known := all.Infos().Names()
	for _, e := range l.ecosystems {
		if !slices.Contains(known, e) {
			return console.Usagef("--ecosystem %q is not %s or %s", e, strings.Join(known[:len(known)-1], ", "), known[len(known)-1])
		}
	}
	for _, g := range append(slices.Clone(l.files), l.names...) {
		if !doublestar.ValidatePattern(g) {
			return console.Usagef("%q is not a valid glob", g)
		}
	}
	if l.timeout < 0 {
		return console.Usagef("--timeout %s is negative", l.timeout)
	}
	return nil
}

// level parses --allow; nil if it is not given.
func (l *lookupFlags) level() (*version.Level, error) {
	for _, level := range []version.Level{version.Patch, version.Minor, version.Major} {
		if level.String() == l.allow {
			return &level, nil
		}
	}
	if l.allow == "" {
		return nil, nil
	}
	return nil, console.Usagef("--allow %q is not patch, minor or major", l.allow)
}

// wants reports whether an item passes the filters.
func (l *lookupFlags) wants(i *plan.Item) bool {
	d := i.Dependency
	if len(l.ecosystems) > 0 && !slices.Contains(l.ecosystems, cmp.Or(d.Ecosystem, l.ecosystems[0])) {
		return false
	}
	if len(l.files) > 0 && !matches(l.files, i.File) {
		return false
	}
	if len(l.names) > 0 && !named(l.names, d.Name) && !named(l.names, d.Package.Name) {
		return false
	}
	return l.only == nil || l.only(i)
}

func named(globs []string, text string) bool {
	return slices.ContainsFunc(globs, func(g string) bool { return config.MatchName(g, text) })
}

func matches(globs []string, text string) bool {
	return slices.ContainsFunc(globs, func(g string) bool { return doublestar.MatchUnvalidated(g, text) })
}

// makePlan runs the common part of all lookups: read the settings, scan, look up, decide.
func makePlan(ctx context.Context, e *console.Env, l *lookupFlags, paths []string) (*plan.Plan, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	l.remote = slices.ContainsFunc(paths, isRemote)
	s, err := readSettings(e, l)
	if err != nil {
		return nil, err
	}
	list, err := trees(ctx, paths, s)
	if err != nil {
		return nil, err
	}
	return planOf(ctx, e, l, s, list)
}

// fitsNothing is the error for filters that match no pin, because a gate that checks
// nothing would always pass.
func (l *lookupFlags) fitsNothing(p *plan.Plan) error {
	if len(p.Items) > 0 || p.Filtered == 0 || l.only != nil {
		return nil
	}
	var given []string
	for _, f := range []struct {
		name  string
		words []string
	}{{"--ecosystem", l.ecosystems}, {"--file", l.files}, {cmp.Or(l.nameFlag, "--name"), l.names}} {
		for _, w := range f.words {
			given = append(given, fmt.Sprintf("%s %q", f.name, w))
		}
	}
	if len(given) == 0 {
		return nil
	}
	return &console.UsageError{
		Err:  fmt.Errorf("none of %s matches %s", console.Count(p.Filtered, "pin"), strings.Join(given, " ")),
		Hint: "freshpin outdated without these flags lists all pins",
	}
}

// strangers reports whether the content comes from strangers and runs unattended: in
// a service, on a build server, or from a forge.
func (l *lookupFlags) strangers(getenv func(string) string) bool {
	ci, err := strconv.ParseBool(getenv("CI"))
	return l.unattended || l.remote || err == nil && ci
}

// planOf scans, looks up and decides in open trees.
func planOf(ctx context.Context, e *console.Env, l *lookupFlags, s *settings, list []plan.Tree) (*plan.Plan, error) {
	now, err := parseTime(l.asOf)
	if err != nil {
		return nil, err
	}
	if l.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.timeout)
		defer cancel()
	}
	progress, done := e.Progress(l.quiet, s.client.Waiting)
	scan, err := s.scan()
	if err != nil {
		return nil, err
	}
	scan.Now, scan.Only, scan.Details, scan.Explain, scan.Progress = now, l.wants, l.details || l.layers, l.only != nil, progress
	scan.Layers = scan.Layers || l.layers
	p, err := scan.Plan(s.within(ctx, l.unattended), list)
	done()
	warn(e, list)
	if err != nil {
		return nil, err
	}
	if err := l.fitsNothing(p); err != nil {
		return nil, err
	}
	if p.Files == 0 && !l.quiet {
		console.Line(e.Stderr, "freshpin: no %s were found; name a file to read it whatever it is called", all.Infos().Files("or"))
	}
	p.Requests = s.client.Stats()
	if s.reliesOn(p) {
		e.Code = console.ExitFailed
	}
	if l.verbose {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Fprintf(e.Stderr, "freshpin: %d requests sent, %d revalidated, %d answered from the cache; %d MB of memory\n",
			p.Requests.Sent, p.Requests.Revalidated, p.Requests.Cached, m.Sys>>20)
	}
	return p, nil
}
