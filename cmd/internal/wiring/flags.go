package wiring

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/config/value"
	"github.com/freshpin/freshpin/updater/plan"
)

// Flags are the flags shared by all commands that look something up.
type Flags struct {
	Ecosystems []string
	Files      []string
	Names      []string
	NameFlag   string // the command's name for the name filter; "" means --name
	Allow      string
	AsOf       string
	Operator   string
	CacheDir   string
	osvDB      string
	Offline    bool
	Details    bool
	layers     bool
	Verbose    bool
	Quiet      bool
	Jobs       int
	Timeout    time.Duration

	Remote     bool // reads a forge repository, which others wrote
	Unattended bool // runs unattended on content of strangers: private addresses are refused

	login config.Service // of the flags of RegisterLogin

	Only func(*plan.Item) bool // set by a command that wants a single line
}

// Register adds the flags.
func (l *Flags) Register(f *pflag.FlagSet) {
	f.StringSliceVar(&l.Ecosystems, "ecosystem", nil, "read only these ecosystems: "+strings.Join(all.Infos().Names(), ", "))
	f.StringSliceVar(&l.Files, "file", nil, "read only files whose path matches this `GLOB`")
	f.StringSliceVar(&l.Names, "name", nil, "read only packages whose name matches this `GLOB`, where * also matches slashes")
	f.StringVar(&l.Allow, "allow", "", "how far an update may move: patch, minor or major (default as configured, else patch)")
	f.StringVar(&l.AsOf, "as-of", "", "compute ages as of this `TIME` instead of now")
	f.StringVar(&l.Operator, "config", "", "the operator's `FILE` (not the repository's .freshpin.yaml)")
	f.StringVar(&l.CacheDir, "cache-dir", "", "cache answers in this `FOLDER` (default freshpin in the user's cache folder)")
	f.StringVar(&l.osvDB, "osv-db", "", "read known vulnerabilities from this folder or zip `ARCHIVE` in OSV format instead of asking OSV")
	f.BoolVar(&l.Offline, "offline", false, "use only the cache; a lookup that is not cached fails")
	f.BoolVar(&l.Details, "details", false, "also look up image dates, what changed inside images, and release notes")
	f.BoolVar(&l.layers, "layers", false, "like --details, and also download the layers of images without an attached SBOM to list their packages")
	l.RegisterJobs(f)
	f.DurationVar(&l.Timeout, "timeout", 0, "give up lookups that are not finished after this time (default none)")
	f.BoolVarP(&l.Verbose, "verbose", "v", false, "print every request and every dependency")
	f.BoolVarP(&l.Quiet, "quiet", "q", false, "print only results, no progress and no hints")
}

// Complete registers shell completion for these flags.
func (l *Flags) Complete(cmd *cobra.Command) {
	console.Complete(cmd, "ecosystem", all.Infos().Names()...)
	console.Complete(cmd, "allow", "patch", "minor", "major")
}

// RegisterJobs adds --jobs.
func (l *Flags) RegisterJobs(f *pflag.FlagSet) {
	f.Var((*console.Positive)(&l.Jobs), "jobs", "how many requests to send at once (default 64)")
}

// Check rejects invalid values before any work is done.
func (l *Flags) Check() error {
	known := all.Infos().Names()
	for _, e := range l.Ecosystems {
		if !slices.Contains(known, e) {
			return console.Usagef("--ecosystem %q is not %s or %s", e, strings.Join(known[:len(known)-1], ", "), known[len(known)-1])
		}
	}
	// Matching does not check globs, so a wrong one would silently match nothing.
	for _, g := range append(slices.Clone(l.Files), l.Names...) {
		if !doublestar.ValidatePattern(g) {
			return console.Usagef("%q is not a valid glob", g)
		}
	}
	if l.Timeout < 0 {
		return console.Usagef("--timeout %s is negative", l.Timeout)
	}
	return nil
}

// level parses --allow; nil if it is not given.
func (l *Flags) level() (*version.Level, error) {
	for _, level := range []version.Level{version.Patch, version.Minor, version.Major} {
		if level.String() == l.Allow {
			return &level, nil
		}
	}
	if l.Allow == "" {
		return nil, nil
	}
	return nil, console.Usagef("--allow %q is not patch, minor or major", l.Allow)
}

// Wants reports whether an item passes the filters.
func (l *Flags) Wants(i *plan.Item) bool {
	d := i.Dependency
	if len(l.Ecosystems) > 0 && !slices.Contains(l.Ecosystems, cmp.Or(d.Ecosystem, l.Ecosystems[0])) {
		return false
	}
	if len(l.Files) > 0 && !Matches(l.Files, i.File) {
		return false
	}
	if len(l.Names) > 0 && !named(l.Names, d.Name) && !named(l.Names, d.Package.Name) {
		return false
	}
	return l.Only == nil || l.Only(i)
}

func named(globs []string, text string) bool {
	return slices.ContainsFunc(globs, func(g string) bool { return value.MatchName(g, text) })
}

// Matches reports whether one of the globs matches a path.
func Matches(globs []string, text string) bool {
	return slices.ContainsFunc(globs, func(g string) bool { return doublestar.MatchUnvalidated(g, text) })
}

// fitsNothing is the error for filters that match no pin, because a gate that checks
// nothing would always pass.
func (l *Flags) fitsNothing(p *plan.Plan) error {
	if len(p.Items) > 0 || p.Filtered == 0 || l.Only != nil {
		return nil
	}
	var given []string
	for _, f := range []struct {
		name  string
		words []string
	}{{"--ecosystem", l.Ecosystems}, {"--file", l.Files}, {cmp.Or(l.NameFlag, "--name"), l.Names}} {
		for _, w := range f.words {
			given = append(given, fmt.Sprintf("%s %q", f.name, w))
		}
	}
	if len(given) == 0 {
		return nil
	}
	return &console.UsageError{
		Err:  fmt.Errorf("none of %s matches %s", plan.Count(p.Filtered, "pin"), strings.Join(given, " ")),
		Hint: "freshpin outdated without these flags lists all pins",
	}
}

// Timed bounds ctx by --timeout.
func (l *Flags) Timed(ctx context.Context) (context.Context, context.CancelFunc) {
	return fetch.WithTimeout(ctx, l.Timeout, "--timeout")
}

// strangers reports whether the content comes from strangers and runs unattended: in
// a service, on a build server, or from a forge.
func (l *Flags) strangers(getenv func(string) string) bool {
	ci, err := strconv.ParseBool(getenv("CI"))
	return l.Unattended || l.Remote || err == nil && ci
}
