// Package baselineflags has the flags --baseline and --since, which find out what
// existed before and must not fail a gate: the findings of a baseline file, and those
// of the merge base with a ref.
package baselineflags

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/updater/baseline"
	"github.com/freshpin/freshpin/updater/gitcommand"
	"github.com/freshpin/freshpin/updater/localfs"
	"github.com/freshpin/freshpin/updater/plan"
)

// Flags select findings that existed before and must not fail a gate.
type Flags struct {
	Since    string // a branch, tag or commit
	Baseline string // a file
	Write    bool   // write it
	Strict   bool   // its entries must still occur
}

// defaultBaseline is the file that --write-baseline writes by default.
const defaultBaseline = ".freshpin-baseline"

// Register adds the flags.
func (k *Flags) Register(f *pflag.FlagSet) {
	f.StringVar(&k.Since, "since", "", "list only what changes since this `REF` introduced; nothing else fails a gate")
	f.StringVar(&k.Baseline, "baseline", "", "leave out the findings listed in this `FILE`")
	f.BoolVar(&k.Write, "write-baseline", false, "write all findings into the file of --baseline (default "+defaultBaseline+")")
	f.BoolVar(&k.Strict, "strict-baseline", false, "exit with 3 if an entry of the baseline no longer occurs")
}

// Gates reports whether known findings are left out, so that every remaining one is new and fails the
// gate.
func (k *Flags) Gates() bool { return !k.Write && (k.Since != "" || k.Baseline != "") }

// Check rejects contradictory flags before any work is done.
func (k *Flags) Check(args []string) error {
	switch {
	case k.Write && k.Since != "":
		return console.Usagef("--write-baseline and --since exclude each other: one writes all findings, the other lists some of them")
	case k.Strict && (k.Baseline == "" || k.Write):
		return console.Usagef("--strict-baseline needs --baseline")
	case k.Since != "" && slices.ContainsFunc(args, wiring.IsRemote):
		return &console.UsageError{Err: errors.New("--since needs a local clone, because it reads the git history"), Hint: "clone the repository, and name its folder"}
	}
	return nil
}

// Read reads the baseline; nil if none is wanted.
func (k *Flags) Read() (baseline.File, error) {
	if k.Baseline == "" {
		return nil, nil
	}
	data, err := readPlain(k.Baseline, baseline.MaxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && k.Write:
		return baseline.File{}, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, &console.UsageError{Err: fmt.Errorf("the baseline %s does not exist", k.Baseline), Hint: "--write-baseline creates it"}
	case err != nil:
		return nil, console.Usagef("read the baseline %s: %w", k.Baseline, console.Cause(err))
	}
	f, err := baseline.Parse(k.Baseline, data)
	if err != nil {
		return nil, &console.UsageError{Err: err, Hint: "--write-baseline replaces it"}
	}
	return f, nil
}

// LeftOut returns which of the named findings the baseline lists, by their index, and
// says how many. noun is what a finding is called.
func (k *Flags) LeftOut(e *console.Env, listed baseline.File, ids []string, noun string, quiet bool) map[int]bool {
	old := map[int]bool{}
	for n := range ids {
		old[n] = true
	}
	for _, n := range listed.New(ids) {
		delete(old, n)
	}
	if len(old) > 0 && !quiet {
		console.Line(e.Stderr, "freshpin: %s left out because they are listed in %s", plan.Count(len(old), noun), k.Baseline)
	}
	return old
}

// readPlain reads a regular file named on the command line.
func readPlain(name string, limit int64) ([]byte, error) {
	// A hostile checkout may have a link of that name, which must not lead out of its folder.
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return localfs.Read(root, filepath.Base(name), limit)
}

// Save writes the findings into the baseline, and keeps the entries of other commands.
func (k *Flags) Save(e *console.Env, ids []string, mine func(rule string) bool) error {
	name := k.Baseline
	if name == "" {
		name = defaultBaseline
	}
	was, err := (&Flags{Baseline: name, Write: true}).Read()
	if err != nil {
		return err
	}
	f := baseline.Of(ids)
	// outdated and check share one file.
	f.Keep(was, mine)
	if err := (console.Output{File: name}).Write(f.Write); err != nil {
		return err
	}
	console.Line(e.Stderr, "freshpin: %s written to %s", plan.Count(len(ids), "finding"), name)
	return nil
}

// Snapshots returns the trees at their merge bases with a ref.
func Snapshots(ctx context.Context, ref string, args []string, list []plan.Tree, wanted func(name string) bool) (old []plan.Tree, bases []*gitcommand.Snapshot, err error) {
	paths := distinct(args)
	for n, t := range list {
		base, err := gitcommand.Base(ctx, wiring.RootOf(paths[n], t), ref)
		if err != nil {
			return nil, nil, console.Usagef("--since: %w", err)
		}
		if err := base.Load(wanted); err != nil {
			return nil, nil, fmt.Errorf("read the tree of %.12s: %w", base.Commit, err)
		}
		// The settings stay those of today, so that both trees are judged by the same rules.
		t.FS = base
		old, bases = append(old, t), append(bases, base)
	}
	return old, bases, nil
}

// distinct returns the arguments without duplicates, in the form that trees opens.
func distinct(args []string) (paths []string) {
	for _, p := range args {
		if !slices.ContainsFunc(paths, func(q string) bool { return filepath.Clean(p) == filepath.Clean(q) }) {
			paths = append(paths, p)
		}
	}
	if len(paths) == 0 {
		return []string{"."}
	}
	return paths
}

// Complain prints the entries that no longer occur, and returns the words for the gate.
func (k *Flags) Complain(e *console.Env, entries []string) []string {
	for _, id := range entries {
		console.Line(e.Stderr, "freshpin: %s: no longer found: %s", k.Baseline, id)
	}
	if len(entries) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s of the baseline no longer found", plan.Count(len(entries), "finding"))}
}

// OutdatedRule is the prefix of pin identities, as in "outdated/dockerfile".
const OutdatedRule = "outdated/"

// OfOutdated reports whether a rule is the name of a pin of freshpin outdated.
func OfOutdated(rule string) bool { return strings.HasPrefix(rule, OutdatedRule) }

// OfCheck reports whether a rule is one of the checklist.
func OfCheck(rule string) bool { return !OfOutdated(rule) }
