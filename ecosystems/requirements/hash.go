package requirements

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/requirements/lines"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// hashes are the --hash options of a line: one block, which an edit replaces as a
// whole in the same style.
type hashes struct {
	place
	prefix    string // "--hash=" or "--hash "
	pieces    bool   // there are other options between them
	separator string // between two hashes: a space, or backslash, line end and indentation
}

// hashes returns the hashes of a line; nil for none.
func (f *manifest) hashes(l *lines.Line, options []lines.Option) *hashes {
	isHash := func(o lines.Option) bool { return o.Name == "hash" }
	first := slices.IndexFunc(options, isHash)
	if first < 0 {
		return nil
	}
	found := slices.DeleteFunc(slices.Clone(options), func(o lines.Option) bool { return !isHash(o) })
	h := &hashes{place: f.place(l, found[0].Start, found[len(found)-1].End)}
	h.pieces = !slices.Equal(options[first:first+len(found)], found)
	h.prefix = l.Text[found[0].Start:found[0].ValueAt]
	if !strings.HasPrefix(h.prefix, "--") || strings.ContainsAny(h.prefix, "\"'\\") {
		h.prefix = "--hash=" // the written one may open a quote that only its own value closes
	}
	// Two hashes are separated as the first two are, else as the only one is from the requirement.
	before := strings.TrimRight(l.Text[:found[0].Start], pep508.Space)
	from, to := l.At(len(before)-1)+1, l.At(found[0].Start)
	if len(found) > 1 {
		from, to = l.At(found[0].End-1)+1, l.At(found[1].Start)
	}
	h.separator = f.data[from:to]
	return h
}

// edit returns the edit that replaces the block by other hashes.
func (h *hashes) edit(sums []string) ecosystems.Edit {
	words := make([]string, len(sums))
	for i, s := range sums {
		words[i] = h.prefix + s
	}
	return ecosystems.Edit{At: h.at, Old: h.old, New: strings.Join(words, h.separator)}
}
