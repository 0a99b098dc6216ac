package gomod

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// tidyFirst tidies the module before any move. It records what that has changed, or
// why go mod tidy fails.
func (f *finisher) tidyFirst(ctx context.Context) error {
	diff, err := f.diff(ctx, f.site())
	no, refused := errors.AsType[*ecosystems.Refusal](err)
	switch {
	case refused && no.Reason.Code == ecosystems.Drags:
		no.Reason.Code = ecosystems.TooNew // no move is made yet that could drag
		return no
	case refused && no.Reason.Code == ecosystems.ToolFail:
		f.broken = "go mod tidy fails before any update: " + no.Reason.Text
		return nil
	case err != nil || diff == "":
		return err
	}
	if err := f.run(ctx, f.site(), "mod", "tidy"); err != nil {
		return err
	}
	after, err := f.load(f.folder)
	if err != nil {
		return err
	}
	if after.language() != f.module.language() || after.toolchain() != f.module.toolchain() {
		return refuse(ecosystems.NotTidy, "go mod tidy has more to do before any update than to tidy, it changes the go line: %s", diff)
	}
	f.tidied, f.module = diff, after
	f.start, err = f.now()
	return err
}

// getOnly makes security fixes with go get in a module in which go mod tidy fails. It
// refuses other moves.
func (f *finisher) getOnly(ctx context.Context, moves []ecosystems.Move) error {
	no := refuse(ecosystems.ToolFail, "%s", f.broken)
	for _, m := range moves {
		if needsTool(m) && !m.Security {
			no.Moves = append(no.Moves, m.Dependency.Package.Name)
		}
	}
	kind, err := f.vendorKind(f.folder)
	switch {
	case err != nil:
		return err
	case len(no.Moves) > 0, len(moves) == 0:
		return no
	case kind != "" || f.work != nil:
		no.Reason.Text += "; with a vendor folder or a go.work nothing less than that keeps it whole"
		return no
	}
	before, err := f.built(ctx)
	if err != nil {
		return err
	}
	if err := f.get(ctx, moves); err != nil {
		return f.blameGet(ctx, moves, err)
	}
	after, err := f.built(ctx)
	if err != nil {
		return err
	}
	for _, pkg := range before {
		if !slices.Contains(after, pkg) {
			return refuse(ecosystems.ToolFail, "%s is not built any more after it", pkg)
		}
	}
	return nil
}

// get applies moves with go get to the start state.
func (f *finisher) get(ctx context.Context, moves []ecosystems.Move) error {
	if err := f.set(f.start); err != nil {
		return err
	}
	if err := f.edit(slices.DeleteFunc(slices.Clone(moves), f.requires)); err != nil { // go get does not change replacements
		return err
	}
	args := []string{"get"}
	for _, m := range moves {
		if f.requires(m) {
			args = append(args, m.Dependency.Package.Name+"@"+m.To.Version.Text)
		}
	}
	if len(args) > 1 {
		if err := f.run(ctx, f.site(), args...); err != nil {
			return err
		}
	}
	return f.arrived(ctx, moves)
}

// blameGet finds the move that causes an error: one that also fails alone.
func (f *finisher) blameGet(ctx context.Context, moves []ecosystems.Move, err error) error {
	no, refused := errors.AsType[*ecosystems.Refusal](err)
	if !refused || no.Moves != nil || len(moves) < 2 {
		return err
	}
	for _, m := range moves {
		if one, ok := errors.AsType[*ecosystems.Refusal](f.get(ctx, []ecosystems.Move{m})); ok {
			one.Moves = []string{m.Dependency.Package.Name}
			return one
		}
	}
	return err
}

// built returns the packages of a module that compile. This runs none of their code,
// since cgo is off. It may add missing checksums to go.sum but does not change go.mod.
func (f *finisher) built(ctx context.Context) ([]string, error) {
	name := path.Join(f.folder, "go.mod")
	was, err := f.read(name)
	if err != nil {
		return nil, err
	}
	const whole = "{{if and .Export (not .Error) (not .DepsErrors)}}{{.ImportPath}}{{end}}"
	out, err := f.ask(ctx, f.site(), "list", "-e", "-export", "-f", whole, "./...")
	if err != nil {
		return nil, f.explain(err)
	}
	// -mod=mod lets the go command also complete go.mod, which only the moves may change.
	if err := f.write(name, was.data); err != nil {
		return nil, err
	}
	return strings.Fields(string(out)), nil
}
