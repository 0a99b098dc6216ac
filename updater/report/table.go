package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// Options control how a table looks.
type Options struct {
	Color   bool
	Width   int  // width of the terminal in columns; 0 for unlimited
	Verbose bool // also list current pins, and every note
	Quiet   bool // no summary
}

// Table prints the plan for people: a table for each file, then a summary in sentences.
func Table(w io.Writer, p *plan.Plan, o Options) error {
	var b strings.Builder
	o.alarms(&b, p)
	down := FailuresOf(p)
	for start := 0; start < len(p.Items); {
		end := start
		// The items of a plan are sorted by file.
		for end < len(p.Items) && p.Items[end].File == p.Items[start].File {
			end++
		}
		o.file(&b, p.Items[start:end], down)
		start = end
	}
	if !o.Quiet {
		for _, s := range sentences(p) {
			fmt.Fprintln(&b, strings.Join(o.wrapped(sanitize.Text(s), len(hang)), "\n"+hang))
		}
	}
	_, err := io.WriteString(w, sanitize.Lines(b.String()))
	return err
}

// file prints the table of one file. The end of each line, or the line below it on a
// narrow terminal, says what would be done, or why nothing is.
func (o Options) file(b *strings.Builder, items []plan.Item, down Failures) {
	var rows [][]string
	for n := range items {
		rows = append(rows, cellsOf(&items[n]))
	}
	l := newLayout(o, rows)
	fmt.Fprintln(b, o.Bold(Named(items[0].File, 200)))
	fmt.Fprintln(b, l.head())
	for n := range items {
		o.row(b, l, rows[n], &items[n], down)
	}
	fmt.Fprintln(b)
}

const (
	indent = "        "
	hang   = "  " // starts the continuation lines of a sentence, so that text from outside never begins a line
)

// row prints a line of the table and the verdict on its item.
func (o Options) row(b *strings.Builder, l layout, cells []string, i *plan.Item, down Failures) {
	line, below := l.line(cells, true)
	verdict := o.verdict(i, down)
	last := line[strings.LastIndexByte(line, '\n')+1:]
	if full := max(l.total(), wide(last)); verdict != "" && len(below) == 0 && (o.Width == 0 || full+2+wide(verdict) <= o.Width) {
		line, verdict = line+strings.Repeat(" ", full-wide(last)+2)+verdict, ""
	}
	fmt.Fprintln(b, strings.TrimRight(line, " "))
	for _, text := range append(below, verdict) {
		o.below(b, text)
	}
	for _, a := range i.Advisories {
		o.below(b, o.Colored(text.FgRed, Clean(advice(a), 300)))
	}
	for _, line := range news(i) {
		o.below(b, Clean(line, 300))
	}
	for _, note := range i.Notes {
		if o.Verbose || note.Code == ecosystems.EndOfLife || note == ecosystems.Note(i.Behind) {
			o.below(b, "note: "+Clean(note.Text, 300))
		}
	}
}

// advice describes in one line the advisories of the version in use.
func advice(a plan.Advisory) string {
	s := "vulnerable: " + a.ID
	if a.Severity != "" {
		s += " (" + strings.ToLower(a.Severity) + ")"
	}
	if a.Summary != "" {
		s += ": " + a.Summary
	}
	switch {
	case a.Imported != "":
		s += "; imported in " + a.Imported
	case a.Looked:
		s += "; not imported by the code here, but maybe by dependencies"
	}
	if a.Fixed == "" {
		return s + "; no fix yet"
	}
	return s + "; fixed in " + a.Fixed
}

// below prints text under a line, wrapped to the terminal.
func (o Options) below(b *strings.Builder, s string) {
	if s == "" {
		return
	}
	for _, line := range o.wrapped(s, len(indent)) {
		fmt.Fprintln(b, strings.TrimRight(indent+line, " "))
	}
}

// wrapped breaks text that begins at a column.
func (o Options) wrapped(s string, behind int) []string {
	if o.Width == 0 {
		return []string{s}
	}
	return wrap(s, max(o.Width, leastWidth)-behind)
}

func name(i *plan.Item) string { return i.Dependency.Name }

func pin(i *plan.Item) string {
	return cmp.Or(i.Current, i.Dependency.Pin.Version.Text, i.Dependency.Pin.Text)
}

func latest(i *plan.Item) string {
	if i.LatestPackage != "" {
		return i.Latest + " (" + i.LatestPackage + ")"
	}
	return i.Latest
}

// changed drops cells that repeat the column before.
func changed(text, before string) string {
	if text == before {
		return ""
	}
	return Cell(text, 100)
}

// verdict says what would be done, or why nothing is.
func (o Options) verdict(i *plan.Item, down Failures) string {
	switch i.Status {
	case plan.Update:
		return o.Colored(text.FgGreen, action(i))
	case plan.Failed:
		return o.Colored(text.FgRed, "failed: "+Clean(down.Of(i), 300))
	case plan.Current:
		return ""
	}
	return o.Colored(text.FgHiBlack, string(i.Status)+": "+Clean(i.Reason.Text, 300))
}

// action describes the change of an update.
func action(i *plan.Item) string {
	digest, word := "", "digest"
	if d := i.Target.Digest; d != "" {
		digest = "@" + short(d)
		// A digest has its algorithm before a colon, a commit has none.
		if !strings.Contains(d, ":") {
			word = "commit"
		}
	}
	switch {
	case i.Band == "digest" && i.Dependency.Pin.Digest == "":
		return "add " + word + " " + short(i.Target.Digest)
	case i.Band == "digest" && strings.EqualFold(i.Dependency.Pin.Digest, i.Target.Digest):
		return "correct the comment: " + Cell(i.Target.Version.Text, 44)
	case i.Band == "digest":
		return "renew " + word + " " + short(i.Target.Digest)
	case i.Target.Version.Text == i.Current:
		return "add bounds"
	}
	return "to " + Cell(i.Target.Version.Text, 44) + digest
}

// short returns the first digits of a digest.
func short(digest string) string {
	if !strings.Contains(digest, ":") { // a commit, usually shortened further
		digest = ecosystems.ShortDigest(digest)
	}
	return Cell(digest, 20)
}

func (o Options) paint(band, s string) string {
	colors := map[string]text.Color{"patch": text.FgGreen, "minor": text.FgYellow, "major": text.FgRed}
	if s == "" {
		return ""
	}
	return o.Colored(colors[band], s)
}

// Colored returns a text in a color, if colors are wanted.
func (o Options) Colored(c text.Color, s string) string {
	if !o.Color {
		return s
	}
	return c.EscapeSeq() + s + text.Reset.EscapeSeq()
}

// Bold returns a text in bold, if colors are wanted.
func (o Options) Bold(s string) string { return o.Colored(text.Bold, s) }

// Clean makes a line of text from outside safe for a terminal, and shortens it.
func Clean(s string, most int) string { return cut(sanitize.Text(s), most) }

// Cell is Clean for table cells.
func Cell(s string, most int) string { return cut(sanitize.Cell(s), most) }

// Named is Clean for file names.
func Named(s string, most int) string { return cut(sanitize.Name(s), most) }

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
