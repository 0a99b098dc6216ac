// Package safewrite comes before a command writes into a work tree: one process at a
// time, unfinished updates recovered, nothing overwritten that git could not restore.
package safewrite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/gitfiles"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/worktree"
)

// Open locks the folder against other Freshpin processes until it is closed, and
// recovers what a killed one left unfinished.
func Open(ctx context.Context, e *console.Env, root string) (*worktree.Tree, error) {
	files, err := worktree.Open(ctx, root, func() { console.Line(e.Stderr, "freshpin: waiting for another update of %s", root) })
	if err != nil {
		return nil, fmt.Errorf("write into %s: %w", root, err)
	}
	found, err := files.Recover()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("recover from an interrupted update: %w", err), files.Close())
	}
	if says := found.Says(); says != "" {
		console.Line(e.Stderr, "freshpin: %s", says)
	}
	sweep(e, files, root)
	return files, nil
}

// sweep removes files that interrupted updates of version 0.1.0 left behind.
func sweep(e *console.Env, files *worktree.Tree, root string) {
	tracked, _, err := gitfiles.Read(root)
	if err != nil {
		return // without git's list of tracked files, leave them; they do no harm
	}
	gone, err := files.SweepStaged(func(name string) bool { return tracked.Has(name, false) })
	if len(gone) > 0 {
		console.Line(e.Stderr, "freshpin: removed %s left behind by an interrupted update: %s", plan.Count(len(gone), "file"), strings.Join(gone[:min(3, len(gone))], ", "))
	}
	if err != nil {
		console.Line(e.Stderr, "freshpin: %v", err)
	}
}
