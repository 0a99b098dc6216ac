package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/updater/baseline"
	"github.com/freshpin/freshpin/updater/gitcommand"
	"github.com/freshpin/freshpin/updater/localfs"
	"github.com/freshpin/freshpin/updater/plan"
)

// knownFlags select findings that existed before and must not fail a gate.
type knownFlags struct {
	since    string // a branch, tag or commit
	baseline string // a file
	write    bool   // write it
	strict   bool   // its entries must still occur
}

// defaultBaseline is the file that --write-baseline writes by default.
const defaultBaseline = ".freshpin-baseline"

func (k *knownFlags) register(f *pflag.FlagSet) {
	f.StringVar(&k.since, "since", "", "list only what changes since this `REF` introduced; nothing else fails a gate")
	f.StringVar(&k.baseline, "baseline", "", "leave out the findings listed in this `FILE`")
	f.BoolVar(&k.write, "write-baseline", false, "write all findings into the file of --baseline (default "+defaultBaseline+")")
	f.BoolVar(&k.strict, "strict-baseline", false, "exit with 3 if an entry of the baseline no longer occurs")
}

// gates reports whether known findings are left out, so that every remaining one is new and fails the
// gate.
func (k *knownFlags) gates() bool { return !k.write && (k.since != "" || k.baseline != "") }

// check rejects contradictory flags before any work is done.
func (k *knownFlags) check(args []string) error {
	switch {
	case k.write && k.since != "":
		return console.Usagef("--write-baseline and --since exclude each other: one writes all findings, the other lists some of them")
	case k.strict && (k.baseline == "" || k.write):
		return console.Usagef("--strict-baseline needs --baseline")
	case k.since != "" && slices.ContainsFunc(args, wiring.IsRemote):
		return &console.UsageError{Err: errors.New("--since needs a local clone, because it reads the git history"), Hint: "clone the repository, and name its folder"}
	}
	return nil
}

// read reads the baseline; nil if none is wanted.
func (k *knownFlags) read() (baseline.File, error) {
	if k.baseline == "" {
		return nil, nil
	}
	data, err := readPlain(k.baseline, baseline.MaxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && k.write:
		return baseline.File{}, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, &console.UsageError{Err: fmt.Errorf("the baseline %s does not exist", k.baseline), Hint: "--write-baseline creates it"}
	case err != nil:
		return nil, console.Usagef("read the baseline %s: %w", k.baseline, console.Cause(err))
	}
	f, err := baseline.Parse(k.baseline, data)
	if err != nil {
		return nil, &console.UsageError{Err: err, Hint: "--write-baseline replaces it"}
	}
	return f, nil
}

// readPlain reads a regular file named on the command line.
func readPlain(name string, limit int64) ([]byte, error) {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return localfs.Read(root, filepath.Base(name), limit)
}

// save writes the findings into the baseline, and keeps the entries of other commands.
func (k *knownFlags) save(e *console.Env, ids []string, mine func(rule string) bool) error {
	name := k.baseline
	if name == "" {
		name = defaultBaseline
	}
	was, err := (&knownFlags{baseline: name, write: true}).read()
	if err != nil {
		return err
	}
	f := baseline.Of(ids)
	f.Keep(was, mine)
	if err := (console.Output{File: name}).Write(f.Write); err != nil {
		return err
	}
	console.Line(e.Stderr, "freshpin: %s written to %s", console.Count(len(ids), "finding"), name)
	return nil
}

// snapshots returns the trees at their merge bases with a ref.
func snapshots(ctx context.Context, ref string, args []string, list []plan.Tree, wanted func(name string) bool) (old []plan.Tree, bases []*gitcommand.Snapshot, err error) {
	paths := distinct(args)
	for n, t := range list {
		base, err := gitcommand.Base(ctx, wiring.RootOf(paths[n], t), ref)
		if err != nil {
			return nil, nil, console.Usagef("--since: %w", err)
		}
		if err := base.Load(wanted); err != nil {
			return nil, nil, fmt.Errorf("read the tree of %.12s: %w", base.Commit, err)
		}
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
