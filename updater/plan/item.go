package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
)

// Inputs returns the files that an update is made from, sorted: those that it
// edits, and those that a tool reads to complete it. While they stay as they
// are, the update writes the same.
func (i *Item) Inputs() []string {
	files := []string{i.Origin.Manifest}
	for _, e := range i.Edits {
		files = append(files, e.At.File)
	}
	if c, ok := i.Origin.Ecosystem.(interface {
		Companions(manifest string) []string
	}); ok {
		files = append(files, c.Companions(i.Origin.Manifest)...)
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// Manifest returns the file that was read, relative to the root of the
// repository; File may be another one, such as a .env beside it.
func (i *Item) Manifest() string { return i.Origin.Manifest }

// Kind returns what is said of the kind of package.
func (i *Item) Kind() ecosystems.Kind {
	if i.Origin.Ecosystem == nil {
		return ecosystems.Kind{}
	}
	return i.Origin.Ecosystem.Info().KindOf(i.Dependency.Package.Kind)
}

// Info returns what is said of the kind of file; the zero Info of one that could not be read.
func (i *Item) Info() ecosystems.Info {
	if i.Origin.Ecosystem == nil {
		return ecosystems.Info{}
	}
	return i.Origin.Ecosystem.Info()
}

// HasTool reports whether a tool completes the edits of the file, so that its updates are made together.
func (i *Item) HasTool() bool { return i.Finisher() != nil }

// Links asks where to read about an update; the zero Links where nobody knows.
func (i *Item) Links(ctx context.Context) (ecosystems.Links, error) {
	d, ok := i.Origin.Ecosystem.(ecosystems.Describer)
	if !ok {
		return ecosystems.Links{}, nil
	}
	return d.Describe(ctx, i.Dependency, i.Target)
}

func (i *Item) Notef(code, format string, args ...any) {
	i.Notes = append(i.Notes, ecosystems.Note{Code: code, Text: fmt.Sprintf(format, args...)})
}

// End gives the item its status and the reason for it.
func (i *Item) End(s Status, why ecosystems.Reason) {
	i.Status, i.Reason = s, why
	if why.Text == "" {
		i.Tracef("%s: nothing newer exists", s)
		return
	}
	i.Tracef("%s: %s", s, why.Text)
}

func (i *Item) Tracef(format string, args ...any) {
	i.Trace = append(i.Trace, fmt.Sprintf(format, args...))
}

// Alarm says in one sentence that what is published may not be what its publisher
// meant it to be; "" for nothing of the kind.
func (i *Item) Alarm() string {
	for _, n := range i.Notes {
		if ecosystems.Tampered(n.Code) {
			return n.Text
		}
	}
	if ecosystems.Tampered(i.Reason.Code) {
		return i.Reason.Text
	}
	return ""
}

// Hold takes an update back.
func (i *Item) Hold(why ecosystems.Reason) {
	i.Target, i.Band, i.Edits, i.Behind = ecosystems.Target{}, "", nil, ecosystems.Reason{}
	i.End(Held, why)
}

// Finisher returns the tool that completes the edits of the item's file; nil for none.
func (i *Item) Finisher() ecosystems.Finisher {
	f, ok := i.Origin.Ecosystem.(ecosystems.Finisher)
	if !ok || !f.Finishes(i.Dependency) {
		return nil
	}
	return f
}
