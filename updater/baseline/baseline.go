// Package baseline compares current findings with earlier ones, from a file of
// known findings or from another state of the tree.
//
// It has no side effects. The identity of a finding is its file, rule, place and
// evidence, without its line and wording, so that moved code and changed messages
// do not make a known finding new.
package baseline

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Limits of a baseline file.
const (
	MaxFile  = 16 << 20 // in bytes
	maxEntry = 4096     // bytes of one entry
	version  = "# freshpin baseline 1: known findings, one a line; written by --write-baseline"
)

// Identity joins the parts of an identity, "FILE RULE WHERE EVIDENCE", each escaped
// so that it has no white space; an empty part is "-".
func Identity(parts ...string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		p = strings.ReplaceAll(url.PathEscape(strings.Join(strings.Fields(p), " ")), "%2F", "/")
		if p == "" {
			p = "-"
		}
		out[i] = p
	}
	return strings.Join(out, " ")
}

// field returns part n of an identity, "" if it is missing.
func field(id string, n int) string {
	parts := strings.SplitN(id, " ", 5)
	if n >= len(parts) {
		return ""
	}
	return parts[n]
}

// A File is the content of a baseline: the number of occurrences of each identity.
type File map[string]int

// Parse parses a baseline. Its error names the line.
func Parse(name string, data []byte) (File, error) {
	f := File{}
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF"))))
	lines.Buffer(nil, maxEntry)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case n == 1 && strings.HasPrefix(line, "# freshpin baseline ") && !strings.HasPrefix(line, "# freshpin baseline 1:"):
			return nil, fmt.Errorf("%s:1: the baseline was written by a newer version of Freshpin", name)
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.Count(line, " ") != 3:
			return nil, fmt.Errorf("%s:%d: %.60q is no entry of a baseline: FILE RULE WHERE EVIDENCE", name, n, line)
		default:
			f[line]++
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: an entry is longer than %d bytes", name, maxEntry)
	}
	return f, nil
}

// Write writes the identities, sorted.
func (f File) Write(w io.Writer) error {
	var b strings.Builder
	b.WriteString(version + "\n")
	for _, id := range slices.Sorted(maps.Keys(f)) {
		b.WriteString(strings.Repeat(id+"\n", f[id]))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Of returns a File with the identities.
func Of(ids []string) File {
	f := File{}
	for _, id := range ids {
		f[plain(id)]++
	}
	return f
}

// plain removes the number that distinguishes equal identities of one file.
func plain(id string) string {
	if i := strings.LastIndexByte(id, '#'); i > strings.LastIndexByte(id, ' ') && strings.Trim(id[i+1:], "0123456789") == "" && i+1 < len(id) {
		return id[:i]
	}
	return id
}

// Keep adds the entries of another file whose rules are not judged now, which are
// those of another command.
func (f File) Keep(other File, judged func(rule string) bool) {
	for id, n := range other {
		if !judged(field(id, 1)) {
			f[id] = n
		}
	}
}

// New returns the indexes of the identities that the baseline does not have.
func (f File) New(ids []string) (fresh []int) {
	left := maps.Clone(f)
	for i, id := range ids {
		id = plain(id)
		if left[id] > 0 {
			left[id]--
			continue
		}
		fresh = append(fresh, i)
	}
	return fresh
}

// Gone returns the entries that no longer occur, sorted. judged reports whether a
// rule was applied to a file.
func (f File) Gone(ids []string, judged func(file, rule string) bool) (gone []string) {
	left := maps.Clone(f)
	for _, id := range ids {
		left[plain(id)]--
	}
	for _, id := range slices.Sorted(maps.Keys(left)) {
		file, err := url.PathUnescape(field(id, 0))
		if left[id] > 0 && err == nil && judged(file, field(id, 1)) {
			gone = append(gone, id)
		}
	}
	return gone
}

// Introduced returns the indexes of the current findings that were not there before.
// A finding that differs only in its file counts as moved if the old file no longer
// has it.
func Introduced(now, before []string) (fresh []int) {
	known := Of(before)
	fresh = known.New(now)
	// What remains in known is gone.
	for _, id := range now {
		if p := plain(id); known[p] > 0 {
			known[p]--
		}
	}
	moved := map[string]int{} // findings that are gone, without their files
	for id, n := range known {
		_, rest, _ := strings.Cut(id, " ")
		moved[rest] += n
	}
	return slices.DeleteFunc(fresh, func(i int) bool {
		_, rest, _ := strings.Cut(plain(now[i]), " ")
		// Each finding that is gone explains one new finding elsewhere.
		moved[rest]--
		return moved[rest] >= 0
	})
}
