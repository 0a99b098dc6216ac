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

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
)

// lookupFlags are the flags of every command that looks something up.
type lookupFlags struct {
	ecosystems []string
	files      []string
	names      []string
	nameFlag   string // how the command calls the flag of names; "" means --name
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

	remote     bool // a repository of a forge is read, which is somebody else's
	unattended bool // nobody is looking, and strangers wrote what is read: private addresses are refused

	only func(*plan.Item) bool // set by a command that wants one line only
}

func (l *lookupFlags) register(f *pflag.FlagSet) {
	f.StringSliceVar(&l.ecosystems, "ecosystem", nil, "only these: "+strings.Join(all.Infos().Names(), ", "))
	f.StringSliceVar(&l.files, "file", nil, "only files whose path matches the `GLOB`")
	f.StringSliceVar(&l.names, "name", nil, "only packages whose name matches the `GLOB`, in which * stands for slashes too")
	f.StringVar(&l.allow, "allow", "", "how far an update may move: patch, minor or major (default as configured, else patch)")
	f.StringVar(&l.asOf, "as-of", "", "count ages up to this `TIME` instead of now")
	f.StringVar(&l.operator, "config", "", "the operator's `FILE` (not the repository's .freshpin.yaml)")
	f.StringVar(&l.cacheDir, "cache-dir", "", "keep answers in this `FOLDER` (default freshpin in the user's cache folder)")
	f.StringVar(&l.osvDB, "osv-db", "", "read known vulnerabilities from this folder or zip `ARCHIVE` in the OSV format instead of asking a service")
	f.BoolVar(&l.offline, "offline", false, "answer from the cache only, and fail what is not there")
	f.BoolVar(&l.details, "details", false, "also look up the dates of images, what is new inside of them, and release notes")
	f.BoolVar(&l.layers, "layers", false, "as --details, and download the layers of images that have no list of packages attached, to read them there")
	f.IntVar(&l.jobs, "jobs", 0, "how many requests are under way at once (default 32)")
	f.DurationVar(&l.timeout, "timeout", 0, "give up what has not been looked up after this time (default none)")
	f.BoolVarP(&l.verbose, "verbose", "v", false, "tell of every request and every dependency")
	f.BoolVarP(&l.quiet, "quiet", "q", false, "print results only, no progress and no hints")
}

// offerWords lets the shell complete what these flags take.
func (l *lookupFlags) offerWords(cmd *cobra.Command) {
	offer(cmd, "ecosystem", all.Infos().Names()...)
	offer(cmd, "allow", "patch", "minor", "major")
}

// offer lets the shell complete the words of a flag.
func offer(cmd *cobra.Command, flag string, words ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // no such flag: a mistake in this package
	}
}

// check finds words that mean nothing before any work is done.
func (l *lookupFlags) check() error {
	known := all.Infos().Names()
	for _, e := range l.ecosystems {
		if !slices.Contains(known, e) {
			return usage("--ecosystem %q is not %s or %s", e, strings.Join(known[:len(known)-1], ", "), known[len(known)-1])
		}
	}
	for _, g := range append(slices.Clone(l.files), l.names...) {
		if !doublestar.ValidatePattern(g) {
			return usage("%q is not a valid glob", g)
		}
	}
	if l.jobs < 0 {
		return usage("--jobs %d is negative", l.jobs)
	}
	if l.timeout < 0 {
		return usage("--timeout %s is negative", l.timeout)
	}
	return nil
}

// level reads --allow; nil where it is not given.
func (l *lookupFlags) level() (*version.Level, error) {
	for _, level := range []version.Level{version.Patch, version.Minor, version.Major} {
		if level.String() == l.allow {
			return &level, nil
		}
	}
	if l.allow == "" {
		return nil, nil
	}
	return nil, usage("--allow %q is not patch, minor or major", l.allow)
}

// wants applies the filters to an item.
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

// plan does what every lookup begins with: read the settings, scan, look up, decide.
func (e *env) plan(ctx context.Context, l *lookupFlags, paths []string) (*plan.Plan, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	l.remote = slices.ContainsFunc(paths, isRemote)
	s, err := e.settings(l)
	if err != nil {
		return nil, err
	}
	list, err := trees(ctx, paths, s)
	if err != nil {
		return nil, err
	}
	return e.planOf(ctx, l, s, list)
}

// fitsNothing is the error of filters that no pin fits: a gate that looks at
// nothing would always be green.
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
	return &usageError{
		err:  fmt.Errorf("none of %s fits %s", count(p.Filtered, "pin"), strings.Join(given, " ")),
		hint: "freshpin outdated without these flags lists what there is",
	}
}

// strangers reports whether somebody else wrote what is read, and nobody looks
// at where it leads: a service, a build server, or a repository of a forge.
func (l *lookupFlags) strangers(getenv func(string) string) bool {
	ci, err := strconv.ParseBool(getenv("CI"))
	return l.unattended || l.remote || err == nil && ci
}

// planOf scans, looks up and decides in trees that are open.
func (e *env) planOf(ctx context.Context, l *lookupFlags, s *settings, list []plan.Tree) (*plan.Plan, error) {
	now, err := parseTime(l.asOf)
	if err != nil {
		return nil, err
	}
	if l.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.timeout)
		defer cancel()
	}
	progress, done := e.progress(l, s.client.Waiting)
	scan, err := s.scan()
	if err != nil {
		return nil, err
	}
	scan.Now, scan.Only, scan.Details, scan.Explain, scan.Progress = now, l.wants, l.details || l.layers, l.only != nil, progress
	scan.Layers = scan.Layers || l.layers
	p, err := scan.Plan(s.within(ctx, l.unattended), list)
	done()
	e.warn(list)
	if err != nil {
		return nil, err
	}
	if err := l.fitsNothing(p); err != nil {
		return nil, err
	}
	if p.Files == 0 && !l.quiet {
		printLine(e.stderr, "freshpin: no %s were found; a file with another name is read where it is named", all.Infos().Files("or"))
	}
	p.Requests = s.client.Stats()
	if s.reliesOn(p) {
		e.code = exitFailed
	}
	if l.verbose {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Fprintf(e.stderr, "freshpin: %d requests sent, %d revalidated, %d answered by the cache; %d MB of memory\n",
			p.Requests.Sent, p.Requests.Revalidated, p.Requests.Cached, m.Sys>>20)
	}
	return p, nil
}
