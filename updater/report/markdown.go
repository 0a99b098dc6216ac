package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// Markdown prints the plan as a CI summary: sentences, a table of the proposed
// updates, and folded tables of held, failed, skipped and current pins. It escapes
// everything from outside.
func Markdown(w io.Writer, p *plan.Plan) error {
	var b strings.Builder
	b.WriteString("## Freshpin\n\n")
	for _, s := range sentences(p) {
		fmt.Fprintf(&b, "- %s\n", Escape(s))
	}
	section(&b, p, plan.Update, "Proposed", true)
	section(&b, p, plan.Failed, "Failed", true)
	section(&b, p, plan.Held, "Held", false)
	section(&b, p, plan.Skipped, "Skipped", false)
	section(&b, p, plan.Current, "Current", false)
	_, err := io.WriteString(w, sanitize.Lines(b.String()))
	return err
}

// MaxSection limits the rows of one section, in bytes: GitHub cuts a job summary at 1 MiB.
const MaxSection = 150 << 10

func section(b *strings.Builder, p *plan.Plan, status plan.Status, title string, open bool) {
	rows, size, left := []string{}, 0, 0
	down := FailuresOf(p)
	for n := range p.Items {
		i := &p.Items[n]
		switch {
		case i.Status != status:
		// The count goes on, so that the summary says how many are missing.
		case size > MaxSection:
			left++
		default:
			rows = append(rows, row(i, down))
			size += len(rows[len(rows)-1])
		}
	}
	if len(rows) == 0 {
		return
	}
	if open {
		fmt.Fprintf(b, "\n### %s\n\n", title)
	} else {
		fmt.Fprintf(b, "\n<details><summary>%s: %d</summary>\n\n", title, len(rows)+left)
	}
	b.WriteString("| name | current | action | where | safe | minor | latest |\n|---|---|---|---|---|---|---|\n")
	b.WriteString(strings.Join(rows, ""))
	if left > 0 {
		fmt.Fprintf(b, "\nand %d more, not shown here.\n", left)
	}
	if !open {
		b.WriteString("\n</details>\n")
	}
}

func row(i *plan.Item, down Failures) string {
	last := down.Of(i)
	if i.Status == plan.Update {
		last = i.Band + ": " + action(i)
	}
	if !i.Behind.IsZero() {
		last += "; " + i.Behind.Text
	}
	for _, a := range i.Advisories {
		last += "; " + advice(a)
	}
	for _, n := range i.Notes {
		if n.Code == ecosystems.EndOfLife || slices.Contains(alarming, n.Code) {
			last += "; note: " + n.Text
		}
	}
	cells := []string{i.Dependency.Name, pin(i), strings.TrimPrefix(last, "; "), fmt.Sprintf("%s:%d", sanitize.Name(i.File), i.Line), i.Safe, i.Minor, latest(i)}
	for n, c := range cells {
		cells[n] = Escape(Clean(c, 300))
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// Escape makes text literal for Markdown, HTML and GitHub: no markup, link, mention
// or issue number, and no command in the log that it is printed to.
func Escape(s string) string {
	var b strings.Builder
	for _, r := range sanitize.Unlink(sanitize.Text(s)) {
		switch {
		case strings.ContainsRune("\\`*_{}[]()#+!|~<>$", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '&':
			b.WriteString("&amp;")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
