package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
)

// Inputs returns the files that determine an update, sorted, each once: those that it
// edits and those that a tool reads to complete it. While they do not change,
// the update writes the same bytes.
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

// Kind describes the item's kind of package; the zero Kind for a file that could not be read.
func (i *Item) Kind() ecosystems.Kind { return i.Info().KindOf(i.Dependency.Package.Kind) }

// Info describes the item's ecosystem; the zero Info for a file that could not be read.
func (i *Item) Info() ecosystems.Info {
	if i.Origin.Ecosystem == nil {
		return ecosystems.Info{}
	}
	return i.Origin.Ecosystem.Info()
}

// HasTool reports whether a tool completes the edits of the file. Such updates of one file are made together.
func (i *Item) HasTool() bool { return i.Finisher() != nil }

// Links looks up links about an update; the zero Links if the ecosystem has none.
func (i *Item) Links(ctx context.Context) (ecosystems.Links, error) {
	d, ok := i.Origin.Ecosystem.(ecosystems.Describer)
	if !ok {
		return ecosystems.Links{}, nil
	}
	return d.Describe(ctx, i.Dependency, i.Target)
}

// Notef adds a note with a reason code.
func (i *Item) Notef(code, format string, args ...any) {
	i.Notes = append(i.Notes, ecosystems.Note{Code: code, Text: fmt.Sprintf(format, args...)})
}

// End sets the status and its reason, and records both in the trace.
func (i *Item) End(s Status, why ecosystems.Reason) {
	i.Status, i.Reason = s, why
	if why.Text == "" {
		why.Text = "nothing newer exists"
	}
	i.Tracef("%s: %s", s, why.Text)
}

// Tracef adds a step to the trace, which "freshpin explain" prints.
func (i *Item) Tracef(format string, args ...any) {
	i.Trace = append(i.Trace, fmt.Sprintf(format, args...))
}

// Alarm returns a sentence about a sign of tampering, such as a checksum that
// differs from the published one; "" for none.
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

// Hold withdraws the item's update, with the reason.
func (i *Item) Hold(why ecosystems.Reason) {
	// What was found out about the target must not be shown for an item without one.
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
