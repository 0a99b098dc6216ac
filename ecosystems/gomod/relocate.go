package gomod

import (
	"os"
	"slices"

	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
)

// edit writes the manifest with the moves and with the line ends of the go command.
func (f *finisher) edit(moves []ecosystems.Move) error {
	var edits []ecosystems.Edit
	for _, m := range moves {
		list, err := f.eco.Edit(m.Dependency, m.To)
		if err != nil {
			return err
		}
		edits = append(edits, list...)
	}
	out, err := ecosystems.Apply(f.before[f.manifest].data, edits)
	if err != nil {
		return err
	}
	if f.before[f.manifest].endsInCRLF() {
		out = toLF(out)
	}
	return f.write(f.manifest, out)
}

// relocate returns the moves with positions in the current manifest, which moves of
// another module of the repository may have changed since it was read. It omits moves
// whose dependency already has the version or a higher one.
func (f *finisher) relocate(moves []ecosystems.Move) ([]ecosystems.Move, error) {
	deps, err := f.eco.Extract(os.DirFS(f.root), f.manifest)
	if err != nil {
		return nil, err
	}
	var kept []ecosystems.Move
	for _, m := range moves {
		d, ok := find(deps, m.Dependency)
		if !ok {
			return nil, &ecosystems.Refusal{
				Reason: ecosystems.Reason{Code: ecosystems.ToolFail, Text: m.Dependency.Name + " does not stand there any more"},
				Moves:  []string{m.Dependency.Package.Name},
			}
		}
		if needsTool(m) && d.Pin.Text != m.Dependency.Pin.Text && semver.Compare(d.Pin.Text, m.To.Version.Text) >= 0 {
			continue // another manifest's update has raised it already
		}
		m.Dependency = d
		kept = append(kept, m)
	}
	return kept, nil
}

// find finds a dependency from an earlier state: by its place, else by name and version, else by name.
func find(deps []ecosystems.Dependency, old ecosystems.Dependency) (ecosystems.Dependency, bool) {
	named := func(d ecosystems.Dependency) bool { return d.Name == old.Name && d.Pin.Text != "" }
	versioned := func(d ecosystems.Dependency) bool { return named(d) && d.Pin.Text == old.Pin.Text }
	placed := func(d ecosystems.Dependency) bool { return versioned(d) && slices.Equal(d.At, old.At) }
	for _, same := range []func(ecosystems.Dependency) bool{placed, versioned, named} {
		if i := slices.IndexFunc(deps, same); i >= 0 {
			return deps[i], true
		}
	}
	return old, false
}
