package ecosystems

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// An Edit replaces the text of one span.
type Edit struct {
	At  Span
	Old string // the expected text at At; Apply fails if it differs
	New string
}

// Apply returns data after the edits of one file. Equal edits count once. It
// returns an error if edits overlap, are outside of data, or do not find their
// Old text. Bytes outside of the spans do not change.
func Apply(data []byte, edits []Edit) ([]byte, error) {
	edits = slices.Clone(edits) // the caller's order stays
	slices.SortFunc(edits, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.At.Start, b.At.Start), cmp.Compare(a.At.End, b.At.End), cmp.Compare(a.New, b.New))
	})
	edits = slices.Compact(edits) // a shared place has an edit of each dependency
	var out bytes.Buffer
	end := 0
	for _, e := range edits {
		if err := check(data, e, end); err != nil {
			return nil, err
		}
		out.Write(data[end:e.At.Start])
		out.WriteString(e.New)
		end = e.At.End
	}
	out.Write(data[end:])
	return out.Bytes(), nil
}

func check(data []byte, e Edit, end int) error {
	at := e.At
	switch {
	case at.Start < 0 || at.End < at.Start || at.End > len(data):
		return fmt.Errorf("%s: edit of bytes %d to %d lies outside the file of %d bytes", at.File, at.Start, at.End, len(data))
	case at.Start < end:
		return fmt.Errorf("%s: edit at byte %d overlaps another", at.File, at.Start)
	case string(data[at.Start:at.End]) != e.Old:
		return fmt.Errorf("%s: byte %d has %q, not %q", at.File, at.Start, data[at.Start:at.End], e.Old)
	}
	return nil
}

// Position returns the line and column of a byte offset, both counted from 1, the
// column in bytes. An offset after the end counts as the end.
func Position(data []byte, offset int) (line, column int) {
	before := data[:min(max(offset, 0), len(data))]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, len(before) - bytes.LastIndexByte(before, '\n')
}
