// Package update is freshpin update: it writes the allowed updates into files, a patch or a branch.
package update

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/patch"
	"github.com/freshpin/freshpin/cmd/internal/safewrite"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/gitbranch"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report"
	"github.com/freshpin/freshpin/updater/sanitize"
	"github.com/freshpin/freshpin/updater/worktree"
)

// defaultBranch is the branch of --branch without a name.
const defaultBranch = "freshpin/update"

// A command holds the flags of freshpin update.
type command struct {
	*console.Env
	lookup wiring.Flags
	only   []string
	force  bool
	diff   bool
	branch string // "" for the work tree

	files *worktree.Tree // the files to write; nil for none
}

// New returns the command.
func New(e *console.Env) *cobra.Command {
	u := &command{Env: e}
	cmd := &cobra.Command{
		Use:   "update [PATH]",
		Short: "Write the allowed updates into the files of a folder",
		Long: `Writes the updates that the policy allows into the files of a folder: all of them
or none, changing only the bytes of the pins. Files with uncommitted changes are
refused, so that git can always restore the old state.

--diff prints the updates as a patch, for git apply or patch -p1 in the top folder
of the repository. --branch commits them on a branch; the work tree, the index and
HEAD stay unchanged.

Exit code: 0 everything was looked up and written, 1 something could not be, 2 the
command line or the configuration is wrong, or there is no file to read.`,
		Example: `  freshpin update
  freshpin update --allow minor --only 'golang.org/x/*'
  freshpin update --diff | git apply
  freshpin update --branch && git push origin freshpin/update`,
		RunE: u.run,
	}
	f := cmd.Flags()
	f.StringSliceVar(&u.only, "only", nil, "update only packages whose name matches this `GLOB` (repeatable)")
	f.BoolVar(&u.force, "force", false, "also overwrite uncommitted changes, and commits of others on the branch")
	f.BoolVar(&u.diff, "diff", false, "print a patch and write nothing")
	f.StringVar(&u.branch, "branch", "", "commit on the branch `NAME`, given as --branch=NAME, and leave the work tree unchanged")
	f.Lookup("branch").NoOptDefVal = defaultBranch
	u.lookup.Register(f)
	u.lookup.Complete(cmd)
	return cmd
}

func (u *command) run(cmd *cobra.Command, args []string) error {
	path, err := u.path(cmd, args)
	if err != nil {
		return err
	}
	if cmd.Flags().Changed("branch") {
		if u.diff {
			return console.Usagef("--diff and --branch exclude each other")
		}
		if err := gitbranch.CheckBranch(u.branch); err != nil {
			return console.Usagef("--branch: %w", err)
		}
	}
	u.lookup.Names, u.lookup.NameFlag = append(u.lookup.Names, u.only...), "--only"
	if err := u.lookup.Check(); err != nil {
		return err
	}
	s, err := wiring.Read(u.Env, &u.lookup)
	if err != nil {
		return err
	}
	t, err := wiring.Tree(cmd.Context(), path, s)
	if err != nil {
		return err
	}
	root := wiring.RootOf(path, t)
	if !u.diff && u.branch == "" {
		// Before the files are read: it completes an update that was interrupted.
		if u.files, err = safewrite.Open(cmd.Context(), u.Env, root); err != nil {
			return err
		}
		defer u.files.Close()
	}
	now, err := wiring.ParseTime(u.lookup.AsOf)
	if err != nil {
		return err
	}
	p, err := wiring.PlanOf(cmd.Context(), u.Env, &u.lookup, s, []plan.Tree{t})
	if err != nil {
		return err
	}
	work, err := edit.Write(cmd.Context(), t, p.Items, now)
	if err != nil {
		return err
	}
	return u.finish(cmd.Context(), &updated{p, work, t, root})
}

// path returns the single folder or file to update.
func (u *command) path(cmd *cobra.Command, args []string) (string, error) {
	switch {
	case len(args) == 0:
		return ".", nil
	case wiring.IsRemote(args[0]):
		return "", &console.UsageError{
			Err:  fmt.Errorf("%s: update writes into a folder, and this is a repository on GitHub", args[0]),
			Hint: "freshpin run " + args[0] + " opens pull requests there",
		}
	case len(args) > 1:
		return "", console.Args(cobra.MaximumNArgs(1))(cmd, args)
	}
	if _, err := os.Stat(args[0]); err != nil && u.branch == defaultBranch {
		return "", &console.UsageError{
			Err:  fmt.Errorf("%s: no such file or folder", args[0]),
			Hint: "a branch is named with an equals sign: --branch=" + args[0],
		}
	}
	return args[0], nil
}

// An updated is the result of an update.
type updated struct {
	plan *plan.Plan
	work *edit.Work
	tree plan.Tree
	root string // the folder of the tree
}

// finish writes, prints or commits the files as the flags say, and reports it.
func (u *command) finish(ctx context.Context, done *updated) error {
	var end string
	var err error
	switch {
	case len(done.work.Files) == 0:
		end = u.nothing(done)
	case u.diff:
		err = u.Stdout.Exact(patch.Of(done.tree.FS, done.work.Files))
	case u.branch != "":
		end, err = u.commit(ctx, done)
	default:
		end, err = u.write(ctx, done)
	}
	if err != nil {
		return err
	}
	if !u.diff {
		u.table(done)
	}
	u.troubles(done)
	if end != "" && u.diff {
		console.Line(u.Stderr, "freshpin: %s", end)
	} else if end != "" {
		console.Line(u.Stdout, "%s", end)
	}
	return nil
}

// write writes into the work tree.
func (u *command) write(ctx context.Context, done *updated) (string, error) {
	repository := wiring.InGit(done.root)
	if repository && !u.force {
		if err := safewrite.Clean(ctx, done.root, done.tree.FS, paths(done.work.Files)); err != nil {
			return "", err
		}
	}
	if err := u.files.Replace(ctx, done.work.InOrder()); err != nil {
		return "", err
	}
	if !repository && !u.lookup.Quiet {
		console.Line(u.Stderr, "freshpin: %s is not a git repository, so the old state cannot be restored", done.root)
	}
	if len(done.work.Made) == 0 {
		return fmt.Sprintf("Nothing to update; tidied %s.", plan.Count(len(done.work.Files), "file")), nil
	}
	return fmt.Sprintf("%s in %s.", plan.Count(len(done.work.Made), "update"), plan.Count(len(done.work.Files), "file")), nil
}

func paths(files []ecosystems.FileChange) []string {
	var list []string
	for _, f := range files {
		list = append(list, f.Path)
	}
	return list
}

// nothing explains why there is nothing to write.
func (u *command) nothing(done *updated) string {
	p := done.plan
	switch {
	case len(p.Items) == 0 && p.Filtered > 0:
		return fmt.Sprintf("Nothing to update: none of %s matches the flags.", plan.Count(p.Filtered, "pin"))
	case len(p.Items) == 0:
		return fmt.Sprintf("Nothing to update: no pins in %s.", plan.Count(p.Files, "file"))
	}
	s := report.Summarize(p)
	s.Held, s.Updates = s.Held+s.Updates, 0 // the tools refused these updates
	return fmt.Sprintf("Nothing to update in %s: %s.", plan.Count(len(p.Items), "pin"), report.Tally(s))
}

// table prints what was written.
func (u *command) table(done *updated) {
	rows := [][]string{{"file", "name", "from", "to", "band"}}
	for n := range done.work.Made {
		i := &done.work.Made[n]
		rows = append(rows, []string{fmt.Sprintf("%s:%d", sanitize.Name(i.File), i.Line), i.Dependency.Name, i.From(), i.To(), i.Band})
	}
	for _, d := range done.work.Dragged {
		rows = append(rows, []string{fmt.Sprintf("%s:%d", sanitize.Name(d.File), d.Line), d.Dependency.Name, d.From, d.To, d.Band + ", along with others"})
	}
	if len(rows) > 1 {
		console.Table(u.Stdout, rows)
	}
}

// troubles prints what was not written, and sets the exit code. What policy holds is printed only with
// -v.
func (u *command) troubles(done *updated) {
	refused := map[string]bool{}
	for n := range done.work.Held {
		i := &done.work.Held[n]
		refused[i.ID] = true
		u.trouble(i, i.Reason.Text)
	}
	for _, t := range done.work.Tidied {
		if t.Done {
			console.Line(u.Stderr, "freshpin: %s was not tidy, and is now: %s", t.File, t.Text)
			continue
		}
		console.Line(u.Stderr, "freshpin: %s: %s", t.File, t.Text)
	}
	// A tool could not run, so that these updates were not tried.
	if len(done.work.Unasked) > 0 {
		u.Code = console.ExitFailed
	}
	trouble := report.FailuresOf(done.plan)
	for n := range done.plan.Items {
		i := &done.plan.Items[n]
		switch {
		case refused[i.ID]:
		case i.Status == plan.Failed:
			u.Code = console.ExitFailed
			u.trouble(i, trouble.Of(i))
		case u.lookup.Verbose && (i.Status == plan.Held || i.Status == plan.Skipped):
			u.trouble(i, i.Reason.Text)
		}
	}
	for _, s := range trouble.Sentences() {
		console.Line(u.Stderr, "freshpin: %s", s)
	}
}

func (u *command) trouble(i *plan.Item, why string) {
	console.Line(u.Stderr, "freshpin: %s %s:%d %s: %s", i.Status, sanitize.Name(i.File), i.Line, sanitize.Cell(i.Dependency.Name), why)
}
