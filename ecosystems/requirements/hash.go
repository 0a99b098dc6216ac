package requirements

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
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
func (f *manifest) hashes(l *line, options []option) *hashes {
	var found []option
	last := 0
	for i, o := range options {
		if o.name == "hash" {
			found = append(found, o)
			last = i
		}
	}
	if len(found) == 0 {
		return nil
	}
	h := &hashes{place: f.place(l, found[0].start, found[len(found)-1].end)}
	if options[last].start != found[len(found)-1].start || options[last-len(found)+1].start != found[0].start {
		h.pieces = true
	}
	h.prefix = l.text[found[0].start:found[0].valueAt]
	if !strings.HasPrefix(h.prefix, "--") || strings.ContainsAny(h.prefix, "\"'\\") {
		h.prefix = "--hash="
	}
	before := strings.TrimRight(l.text[:found[0].start], pep508.Space)
	from, to := l.at(len(before)-1)+1, l.at(found[0].start)
	if len(found) > 1 {
		from, to = l.at(found[0].end-1)+1, l.at(found[1].start)
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
