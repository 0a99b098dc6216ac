// Package patch prints changes of files as a patch that git apply takes, and that no
// terminal or CI system obeys.
package patch

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// Of formats changes as git diff does, for git apply and patch -p1 in the top
// folder. A file with lines that a terminal or a CI system would obey is written in
// git's binary form, which only git apply accepts.
//
// The format is that of "Generating patch text with -p" in git-diff(1).
func Of(tree fs.FS, files []ecosystems.FileChange) []byte {
	var b bytes.Buffer
	for _, f := range files {
		old, err := fs.ReadFile(tree, f.Path)
		exists := err == nil
		if !exists && f.Delete || exists && !f.Delete && bytes.Equal(old, f.Data) {
			continue
		}
		patchFile(&b, f, old, mode(tree, f.Path, exists), exists)
	}
	return b.Bytes()
}

// mode returns git's mode of a file, such as "100644".
func mode(tree fs.FS, name string, exists bool) string {
	if !exists {
		return "100644"
	}
	// git knows two modes of files, by the owner's right to execute.
	if i, err := fs.Stat(tree, name); err == nil && i.Mode()&0o100 != 0 {
		return "100755"
	}
	return "100644"
}

// patchFile prints the change of one file.
func patchFile(b *bytes.Buffer, f ecosystems.FileChange, old []byte, mode string, exists bool) {
	from, to := "a/"+f.Path, "b/"+f.Path
	fmt.Fprintf(b, "diff --git %s %s\n", quote(from), quote(to))
	switch {
	case !exists:
		from = "/dev/null"
		fmt.Fprintf(b, "new file mode %s\n", mode)
	case f.Delete:
		to = "/dev/null"
		fmt.Fprintf(b, "deleted file mode %s\n", mode)
	}
	text := diff.Diff("a", old, "b", f.Data)
	_, hunks, ok := bytes.Cut(text, []byte("\n@@"))
	if !ok {
		return // an empty file is created or deleted, so there are no hunks
	}
	if obeyed(hunks) {
		binaryPatch(b, f, old, mode, exists)
		return
	}
	fmt.Fprintf(b, "--- %s\n+++ %s\n@@", ended(from), ended(to))
	b.Write(hunks)
}

// ended appends a tab to a name with spaces after --- and +++, because patch would
// otherwise parse what follows the space as a date.
func ended(name string) string {
	q := quote(name)
	if q == name && strings.Contains(name, " ") {
		return q + "\t"
	}
	return q
}

// quote quotes names with control or quote characters, as "core.quotePath" in
// git-config(1) describes, and with characters that a terminal or a CI system would
// obey; other bytes above 0x80 stay.
func quote(name string) string {
	hostile := sanitize.Obeyed(name)
	if !hostile && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f }) {
		return name
	}
	var b strings.Builder
	b.WriteByte('"')
	for n := range len(name) {
		switch c := name[n]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ' || c == 0x7f || hostile && (c >= 0x80 || c == '#' || c == '_'):
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
