package gomod

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/gomod/gocommand"
)

// Finish applies the moves to the manifest and completes them with the go command:
// go.sum, the indirect requirements, an existing vendor folder, the other modules of
// a go.work, and modules that replace this one by its folder. Every module that was
// tidy before is tidy afterwards.
//
// If the module was not tidy before, Finish tidies it, too. If go mod tidy fails, for
// example because generated code is not in git, Finish makes only security fixes with
// go get, and packages that could be built before must still build.
//
// It refuses manifests for a newer go command (TooNew), changes that would lose files
// in a vendor folder (NotTidy), moves that raise a go line (Drags), and moves that
// the go command rejects (ToolFail). It does not judge how far other requirements
// are moved along.
func (e *Ecosystem) Finish(ctx context.Context, dir, manifest string, moves []ecosystems.Move) (ecosystems.Finished, error) {
	t, err := openTree(dir)
	if err != nil {
		return ecosystems.Finished{}, err
	}
	if err := t.watch(manifest); err != nil {
		return ecosystems.Finished{}, err
	}
	if t.before[manifest] == nil {
		return ecosystems.Finished{}, fmt.Errorf("%s is not there", manifest)
	}
	f := &finisher{tree: t, eco: e, tool: e.tool, manifest: manifest, folder: path.Dir(manifest)}
	changes, err := f.finish(ctx, moves)
	if err != nil {
		if back := t.set(t.before); back != nil {
			return ecosystems.Finished{}, errors.Join(err, back)
		}
		return ecosystems.Finished{}, err
	}
	return ecosystems.Finished{Changes: changes, Tidied: f.tidied}, nil
}

// Finishes returns true, because the go command completes every edit.
func (*Ecosystem) Finishes(ecosystems.Dependency) bool { return true }

// A finisher applies the moves of one manifest.
type finisher struct {
	*tree
	eco      *Ecosystem
	tool     *gocommand.Tool
	manifest string // "api/go.mod"
	folder   string // "api"

	found  state  // original state, with the line ends of the go command
	start  state  // state before any move, tidy if go mod tidy works
	tidied string // what go mod tidy has changed before the moves; "" if it was tidy
	broken string // why go mod tidy fails; "" if it works
	module *mod   // nil for a go.work
	others []*mod // other modules that may have to be tidied
	work   *work  // the go.work that uses the module, or that is the manifest; nil for none
	synced bool   // go work sync has nothing to change before the moves
}

// finish is Finish without the clean-up.
func (f *finisher) finish(ctx context.Context, moves []ecosystems.Move) ([]ecosystems.FileChange, error) {
	asked := len(moves)
	moves, err := f.relocate(moves)
	if err != nil {
		return nil, err
	}
	// Toolchain lines are only text to the go command here, so an edit is enough. Without
	// moves, Finish still tidies.
	if asked > 0 && !slices.ContainsFunc(moves, needsTool) {
		if err := f.edit(moves); err != nil {
			return nil, err
		}
		return f.tree.finish()
	}
	if f.tool == nil {
		return nil, noTool()
	}
	ctx, cancel := f.tool.Within(ctx)
	defer cancel()
	if err := f.prepare(ctx); err != nil {
		return nil, err
	}
	if err := f.complete(ctx, moves); err != nil {
		return nil, err
	}
	return f.tree.finish()
}

// needsTool reports whether a move needs the go command. The toolchain line does not, because the go command ignores it with GOTOOLCHAIN=local.
func needsTool(m ecosystems.Move) bool { return m.Dependency.Package.Name != toolchain }

func noTool() error { return refuse(ecosystems.NoTool, "no go command here, so go.mod is not updated") }

// prepare reads the affected modules, and refuses them if they have a problem before any move.
func (f *finisher) prepare(ctx context.Context) error {
	tool, err := f.tool.Version(ctx)
	if errors.Is(err, gocommand.ErrNone) {
		return noTool()
	}
	if err != nil {
		return err
	}
	if err := f.open(tool); err != nil {
		return err
	}
	if err := f.convertToLF(); err != nil {
		return err
	}
	if f.found, err = f.now(); err != nil {
		return err
	}
	f.start = f.found
	if f.module == nil {
		return nil
	}
	return f.tidyFirst(ctx)
}

// wasKept checks whether other files that the go command maintains were up to date
// before the moves. It runs only when the moves are known to be possible.
func (f *finisher) wasKept(ctx context.Context) error {
	after, err := f.now()
	if err != nil {
		return err
	}
	if err := f.set(f.found); err != nil {
		return err
	}
	if err := f.wasVendored(ctx, f.site()); err != nil {
		return err
	}
	if err := f.set(f.start); err != nil {
		return err
	}
	if f.work != nil {
		if err := f.wasVendored(ctx, f.work.site()); err != nil {
			return err
		}
		if err := f.wasSynced(ctx); err != nil {
			return err
		}
	}
	return f.set(after)
}

// complete applies the moves and updates everything that depends on them.
func (f *finisher) complete(ctx context.Context, moves []ecosystems.Move) error {
	if f.broken != "" {
		return f.getOnly(ctx, moves)
	}
	if err := f.try(ctx, moves); err != nil {
		return f.blame(ctx, moves, err)
	}
	// Each step needs what the one before it has brought about; vendor folders copy all of it.
	for _, step := range []func(context.Context) error{f.wasKept, f.sync, f.tidyOthers, f.vendorAll} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if f.module == nil {
		return nil
	}
	diff, err := f.diff(ctx, f.site())
	if err == nil && diff != "" {
		err = refuse(ecosystems.ToolFail, "go mod tidy does not come to rest: %s", diff)
	}
	return err
}

// try applies moves to the start state of the module or the go.work.
func (f *finisher) try(ctx context.Context, moves []ecosystems.Move) error {
	if err := f.set(f.start); err != nil {
		return err
	}
	if err := f.edit(moves); err != nil {
		return err
	}
	if f.module == nil {
		return f.run(ctx, f.work.site(), "work", "sync")
	}
	if err := f.run(ctx, f.site(), "mod", "tidy"); err != nil {
		return err
	}
	return f.arrived(ctx, moves)
}

// arrived checks that every requirement has reached the version of its move, and that
// the go line and the toolchain line are as they have to be.
func (f *finisher) arrived(ctx context.Context, moves []ecosystems.Move) error {
	after, err := f.load(f.folder)
	if err != nil {
		return err
	}
	if err := f.checkGoLine(ctx, f.module, after, moves); err != nil {
		return err
	}
	for _, m := range moves {
		if !f.requires(m) {
			continue
		}
		for _, r := range after.file.Require {
			if r.Mod.Path == m.Dependency.Package.Name && semver.Compare(r.Mod.Version, m.To.Version.Text) < 0 {
				no := refuse(ecosystems.ToolFail, "go mod tidy leaves %s at %s", r.Mod.Path, r.Mod.Version)
				no.Moves = []string{r.Mod.Path}
				return no
			}
		}
	}
	return nil
}

// requires reports whether a move is for a requirement. A replacement may have the
// same path and often the same version.
func (f *finisher) requires(m ecosystems.Move) bool {
	before := f.before[f.manifest].data[:m.Dependency.At[0].Start]
	line := 1 + bytes.Count(before, []byte("\n"))
	return slices.ContainsFunc(f.module.file.Require, func(r *requirement) bool { return r.Syntax.Start.Line == line })
}

// blame finds the move that causes an error which names none: the first that fails
// together with those before it.
func (f *finisher) blame(ctx context.Context, moves []ecosystems.Move, err error) error {
	no, refused := errors.AsType[*ecosystems.Refusal](err)
	if !refused || no.Moves != nil {
		return err
	}
	good, bad := 0, len(moves) // moves[:good] succeed, moves[:bad] fail
	for bad-good > 1 {
		middle := (good + bad) / 2
		err := f.try(ctx, moves[:middle])
		again, refused := errors.AsType[*ecosystems.Refusal](err)
		switch {
		case err == nil:
			good = middle
		case !refused:
			return err
		case again.Moves != nil:
			return again
		default:
			no, bad = again, middle
		}
	}
	no.Moves = []string{moves[bad-1].Dependency.Package.Name}
	return no
}
