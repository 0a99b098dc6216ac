package untrusted

import (
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	gtext "github.com/yuin/goldmark/text"

	"github.com/freshpin/freshpin/updater/sanitize"
)

const (
	maxNotes      = 16_000 // bytes of release notes that are parsed
	maxNotesNodes = 3_000  // Markdown nodes that are rendered
	maxNotesDepth = 8      // nesting depth of lists
)

// notes renders a publisher's Markdown safely: headings, lists, emphasis, code and
// links stay. It parses CommonMark and writes it anew node by node, so that nothing
// unknown passes: raw HTML is dropped, images become their descriptions, links lead
// only to https, and mentions or issue references become plain text.
func notes(s string) string {
	// The cut may divide a character.
	s = strings.ReplaceAll(strings.ToValidUTF8(s[:min(len(s), maxNotes)], "\ufffd"), "\r", "")
	source := []byte(s)
	w := &notesWriter{source: source}
	w.blocks(goldmark.New().Parser().Parse(gtext.NewReader(source)), "", 0)
	return strings.TrimSpace(w.out.String())
}

// A notesWriter writes a Markdown tree anew.
type notesWriter struct {
	source []byte
	out    strings.Builder
	nodes  int
}

// full counts a node, and reports whether there are too many.
func (w *notesWriter) full() bool {
	w.nodes++
	return w.nodes > maxNotesNodes
}

// blocks writes the child blocks of a node, each line after the indent.
func (w *notesWriter) blocks(parent ast.Node, indent string, depth int) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if w.full() || depth > maxNotesDepth {
			return
		}
		switch b := n.(type) {
		case *ast.Heading:
			w.line(indent, "#### ", w.inline(b)) // below the headings of the pull request itself
		case *ast.Paragraph, *ast.TextBlock:
			w.line(indent, "", w.inline(n))
		case *ast.List:
			w.list(b, indent, depth)
		case *ast.Blockquote:
			w.blocks(b, indent+"> ", depth+1)
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			w.code(n, indent)
		}
		if _, tight := n.(*ast.TextBlock); !tight {
			w.out.WriteString(strings.TrimRight(indent, " ") + "\n")
		}
	}
}

// line writes one block of text on one line.
func (w *notesWriter) line(indent, mark, s string) {
	if s = strings.TrimSpace(s); s != "" {
		w.out.WriteString(indent + mark + trailer.ReplaceAllString(s, "$1"+joiner+":") + "\n")
	}
}

// list writes the items of a list with their markers.
func (w *notesWriter) list(l *ast.List, indent string, depth int) {
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		if w.full() {
			return
		}
		// The lines of an item are indented when all of them are known.
		inner := &notesWriter{source: w.source, nodes: w.nodes}
		inner.blocks(item, "", depth+1)
		w.nodes = inner.nodes
		body := strings.TrimSpace(inner.out.String())
		if body == "" {
			continue
		}
		for n, s := range strings.Split(body, "\n") {
			mark := "  "
			if n == 0 {
				mark = "- "
			}
			w.out.WriteString(strings.TrimRight(indent+mark+s, " ") + "\n")
		}
	}
}

// code writes a block of code between fences longer than any in its content.
func (w *notesWriter) code(n ast.Node, indent string) {
	var lines []string
	fence := "```"
	for i := range n.Lines().Len() {
		at := n.Lines().At(i)
		s := sanitize.Unlink(codeLine(string(at.Value(w.source))))
		for strings.Contains(s, fence) {
			fence += "`"
		}
		lines = append(lines, s)
	}
	for _, s := range append(append([]string{fence}, lines...), fence) {
		w.out.WriteString(strings.TrimRight(indent+s, " ") + "\n")
	}
}

// codeLine returns a line of code without invisible characters.
func codeLine(s string) string {
	left := strings.TrimLeft(s, " \t")
	return strings.Repeat(" ", min(len(s)-len(left), 40)) + trailer.ReplaceAllString(Clean(left), "$1"+joiner+":")
}

// inline renders the inline content of a block.
func (w *notesWriter) inline(parent ast.Node) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if w.full() {
			break
		}
		switch t := n.(type) {
		case *ast.Text:
			b.WriteString(spaced(string(t.Segment.Value(w.source))))
			if t.SoftLineBreak() || t.HardLineBreak() {
				b.WriteString(" ")
			}
		case *ast.String:
			b.WriteString(spaced(string(t.Value)))
		case *ast.CodeSpan:
			b.WriteString(code(w.plain(t)))
		case *ast.Emphasis:
			b.WriteString(emphasized(w.inline(t), t.Level))
		case *ast.Link:
			b.WriteString(linked(w.inline(t), string(t.Destination)))
		case *ast.AutoLink:
			b.WriteString(linked(text(string(t.Label(w.source))), string(t.URL(w.source))))
		case *ast.Image:
			b.WriteString(w.inline(t))
		}
	}
	return b.String()
}

// plain returns the text of a node that contains only text.
func (w *notesWriter) plain(parent ast.Node) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil && !w.full(); n = n.NextSibling() {
		if t, ok := n.(*ast.Text); ok {
			b.Write(t.Segment.Value(w.source))
		}
	}
	return b.String()
}

// spaced escapes text and keeps spaces at both ends, so that words do not run together.
func spaced(s string) string {
	out := text(s)
	if out == "" {
		if s != "" {
			return " "
		}
		return ""
	}
	if strings.HasPrefix(s, " ") {
		out = " " + out
	}
	if strings.HasSuffix(s, " ") {
		out += " "
	}
	return out
}

// emphasized puts text between tags, which work in every context; asterisks do not.
func emphasized(s string, level int) string {
	if strings.TrimSpace(s) == "" {
		return s
	}
	if level > 1 {
		return "<b>" + s + "</b>"
	}
	return "<i>" + s + "</i>"
}

// linked is link for text that may contain a link, since links cannot be nested.
func linked(shown, to string) string {
	if strings.TrimSpace(shown) == "" || strings.Contains(shown, "](") {
		return shown
	}
	return link(shown, to)
}
