package check

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/patch"
	"github.com/freshpin/freshpin/cmd/internal/safewrite"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/checklist"
	"github.com/freshpin/freshpin/updater/plan"
)

// applyFixes writes the fixes, or prints them as a patch, and returns the findings that remain.
func (c *command) applyFixes(ctx context.Context, s *wiring.Settings, args []string, reports []*checklist.Report) ([]*checklist.Report, error) {
	// validate has refused --fix and --diff for more than one tree.
	r := reports[0]
	change := r.Fix(c.fix == fixAll)
	files, err := changes(r.Tree.FS, &change)
	if err != nil {
		return nil, err
	}
	for _, refused := range change.Refused {
		console.Line(c.Stderr, "freshpin: not fixed: %s:%d %s: %s", toListed(r.Tree, refused.Finding.At.File), refused.Finding.Line, refused.Finding.Rule, refused.Why)
	}
	switch {
	case c.diff:
		return reports, c.Stdout.Exact(patch.Of(r.Tree.FS, files))
	case len(files) == 0:
		return reports, nil
	}
	path := "."
	if len(args) > 0 {
		path = args[0]
	}
	if err := c.write(ctx, wiring.RootOf(path, r.Tree), r.Tree, files); err != nil {
		return nil, err
	}
	if !c.lookup.Quiet {
		console.Line(c.Stderr, "freshpin: %s fixed in %s", plan.Count(len(change.Fixed), "finding"), plan.Count(len(files), "file"))
	}
	// The fixes have moved lines, so the findings are made anew.
	return c.runRules(ctx, s, []plan.Tree{r.Tree})
}

// changes returns the files of a change, sorted by path. It fails if a new file would replace an
// existing one.
func changes(tree fs.FS, change *check.FixResult) (files []ecosystems.FileChange, err error) {
	// A file that a fix adds was not read, so its content would be lost.
	added := map[string]bool{}
	for _, f := range change.Fixed {
		for _, n := range f.Fix.Files {
			added[n.Path] = true
		}
	}
	for _, path := range slices.Sorted(maps.Keys(change.Files)) {
		if _, err := fs.Stat(tree, path); err == nil && added[path] {
			return nil, fmt.Errorf("nothing was written: %s exists already", path)
		}
		files = append(files, ecosystems.FileChange{Path: path, Data: []byte(change.Files[path])})
	}
	return files, nil
}

// write writes files into the work tree, all or none.
func (c *command) write(ctx context.Context, root string, t plan.Tree, files []ecosystems.FileChange) error {
	work, err := safewrite.Open(ctx, c.Env, root)
	if err != nil {
		return err
	}
	defer work.Close()
	if wiring.InGit(root) && !c.force {
		if err := safewrite.Clean(ctx, root, t.FS, existing(t.FS, files)); err != nil {
			return err
		}
	}
	return work.Replace(ctx, files)
}

// existing returns the paths of files that exist.
func existing(tree fs.FS, files []ecosystems.FileChange) (list []string) {
	for _, f := range files {
		if _, err := fs.Stat(tree, f.Path); err == nil {
			list = append(list, f.Path)
		}
	}
	return list
}
