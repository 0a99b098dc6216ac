package updater

import (
	"context"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
)

// Inputs returns the files that an update is made from, sorted: those that it
// edits, and those that a tool reads to complete it. While they stay as they
// are, the update writes the same.
func (i *Item) Inputs() []string {
	files := []string{i.manifest}
	for _, e := range i.Edits {
		files = append(files, e.At.File)
	}
	if c, ok := i.eco.(interface {
		Companions(manifest string) []string
	}); ok {
		files = append(files, c.Companions(i.manifest)...)
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// Manifest returns the file that was read, relative to the root of the
// repository; File may be another one, such as a .env beside it.
func (i *Item) Manifest() string { return i.manifest }

// Kind returns what is said of the kind of package.
func (i *Item) Kind() ecosystems.Kind {
	if i.eco == nil {
		return ecosystems.Kind{}
	}
	return i.eco.Info().KindOf(i.Dependency.Package.Kind)
}

// HasTool reports whether a tool completes the edits of the file, so that its updates are made together.
func (i *Item) HasTool() bool { return finisher(*i) != nil }

// Links asks where to read about an update; the zero Links where nobody knows.
func (i *Item) Links(ctx context.Context) (ecosystems.Links, error) {
	d, ok := i.eco.(ecosystems.Describer)
	if !ok {
		return ecosystems.Links{}, nil
	}
	return d.Describe(ctx, i.Dependency, i.Target)
}
