// Package baseline compares what is found now with what was there before: with
// a file of known findings, or with what was found in another state of the tree.
//
// It is pure. A finding is known by its identity (file, rule, where, evidence),
// never by its line or wording, so that moved code and better prose open nothing again.
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

// The limits of a file.
const (
	MaxFile  = 16 << 20 // in bytes
	maxEntry = 4096     // bytes of one entry
	version  = "# freshpin baseline 1: known findings, one a line; written by --write-baseline"
)

// Identity puts the parts of an identity together: "FILE RULE WHERE EVIDENCE",
// each escaped so that it has no white space; "-" for an empty one.
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

// field returns one part of an identity, "" where it is not there.
func field(id string, n int) string {
	parts := strings.SplitN(id, " ", 5)
	if n >= len(parts) {
		return ""
	}
	return parts[n]
}

// A File is what a baseline holds: identities, each as often as it occurs.
type File map[string]int

// Parse reads a baseline. An error names the line.
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

// Write writes identities, sorted, without dates and prose.
func (f File) Write(w io.Writer) error {
	var b strings.Builder
	b.WriteString(version + "\n")
	for _, id := range slices.Sorted(maps.Keys(f)) {
		b.WriteString(strings.Repeat(id+"\n", f[id]))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Of returns the file of identities.
func Of(ids []string) File {
	f := File{}
	for _, id := range ids {
		f[plain(id)]++
	}
	return f
}

// plain takes the number away by which equal identities of one file are told apart.
func plain(id string) string {
	if i := strings.LastIndexByte(id, '#'); i > strings.LastIndexByte(id, ' ') && strings.Trim(id[i+1:], "0123456789") == "" && i+1 < len(id) {
		return id[:i]
	}
	return id
}

// Keep takes over the entries of another file that are not of a kind that is
// judged now: those of another command.
func (f File) Keep(other File, judged func(rule string) bool) {
	for id, n := range other {
		if !judged(field(id, 1)) {
			f[id] = n
		}
	}
}

// New returns which of the identities a baseline does not hold, by number.
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

// Gone returns the entries that do not occur any more, sorted. judged tells
// whether a finding of a rule in a file would have been found.
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

// Introduced returns which of the findings now were not there before, by number.
// What is the same but for its file counts as moved where the other file has it no more.
func Introduced(now, before []string) (fresh []int) {
	known := Of(before)
	fresh = known.New(now)
	for _, id := range now {
		if p := plain(id); known[p] > 0 {
			known[p]--
		}
	}
	moved := map[string]int{} // what is gone, without its file
	for id, n := range known {
		_, rest, _ := strings.Cut(id, " ")
		moved[rest] += n
	}
	return slices.DeleteFunc(fresh, func(i int) bool {
		_, rest, _ := strings.Cut(plain(now[i]), " ")
		moved[rest]--
		return moved[rest] >= 0
	})
}
