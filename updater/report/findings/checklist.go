// Package findings prints the findings of the checklist, for people and programs.
package findings

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report"
)

// A Checklist is the result of checking one or more trees.
type Checklist struct {
	Findings []check.Finding // with file names as they are displayed
	Ignored  []check.Finding
	Files    int
	Unknown  int // unanswered questions; rules that need the answers reported nothing
	Rules    []check.Rule
	Version  string // Freshpin's version
}

// A Summary counts the findings, without information findings.
type Summary struct {
	Files       int `json:"files"`
	Must        int `json:"must"`
	Should      int `json:"should"`
	Could       int `json:"could"`
	Information int `json:"information"`
	Ignored     int `json:"ignored"`
	Safe        int `json:"safe_fixes"` // findings that --fix fixes
	Fixes       int `json:"fixes"`      // findings that --fix=all fixes
	Unknown     int `json:"unknown"`
}

// Summary counts the findings.
func (c *Checklist) Summary() Summary {
	s := Summary{Files: c.Files, Ignored: len(c.Ignored), Unknown: c.Unknown}
	for i := range c.Findings {
		f := &c.Findings[i]
		switch {
		case f.Mode == check.Information:
			s.Information++
		case f.Level == check.Must:
			s.Must++
		case f.Level == check.Should:
			s.Should++
		default:
			s.Could++
		}
		if f.Fix.Writes() {
			s.Fixes++
			if f.Fix.Kind == check.Safe {
				s.Safe++
			}
		}
	}
	return s
}

// Tripped returns the words of a gate that fail: a level, if there is a finding of
// it or above, or a rule. Information findings fail nothing.
func (c *Checklist) Tripped(words []string) (tripped []string) {
	for _, w := range words {
		// A word that is no level is the name of a rule.
		level, err := check.ParseLevel(w)
		if slices.ContainsFunc(c.Findings, func(f check.Finding) bool {
			return f.Mode != check.Information && (err == nil && f.Level <= level || f.Rule == w)
		}) {
			tripped = append(tripped, w)
		}
	}
	return tripped
}

const (
	widestRule = 22 // columns for the name of a rule
	narrowest  = 60 // below this terminal width, text is not wrapped
)

// Table prints findings as a table, file by file.
func Table(w io.Writer, c *Checklist, o report.Options) error {
	var b strings.Builder // of one file at a time: all of them may be megabytes
	out := bufio.NewWriter(w)
	for i := 0; i < len(c.Findings); {
		n := i
		for n < len(c.Findings) && c.Findings[n].At.File == c.Findings[i].At.File {
			n++
		}
		b.WriteString(o.Bold(report.Named(c.Findings[i].At.File, 200)) + "\n")
		for k := i; k < n; k++ {
			finding(o, &b, &c.Findings[k])
		}
		i = n
		out.WriteString(b.String())
		b.Reset()
	}
	if !o.Quiet {
		ignored(o, &b, c)
		b.WriteString(c.sentence())
		out.WriteString(b.String())
	}
	return out.Flush()
}

// finding prints one finding: line, level and rule, and beside them problem and fix.
func finding(o report.Options, b *strings.Builder, f *check.Finding) {
	line := ""
	if f.Line > 0 {
		line = fmt.Sprint(f.Line)
	}
	what := report.Clean(f.Text, 400)
	if f.Mode == check.Information {
		what += " (information)"
	}
	if f.Stage != "" {
		what += " [" + report.Cell(f.Stage, 40) + "]"
	}
	head := fmt.Sprintf("%5s  %-6s  %-*s  ", line, f.Level, widestRule, f.Rule)
	indent := strings.Repeat(" ", len(head))
	painted := colored(o, f, head)
	for _, l := range beside(o, what, len(head)) {
		b.WriteString(strings.TrimRight(painted+l, " ") + "\n")
		painted = indent
	}
	for _, more := range []string{f.Hint, fixNote(f.Fix)} {
		if more != "" {
			for _, l := range beside(o, report.Clean(more, 400), len(head)) {
				b.WriteString(indent + l + "\n")
			}
		}
	}
}

// fixNote says which flag fixes a finding, or why none can.
func fixNote(f *check.Fix) string {
	switch {
	case f == nil:
		return ""
	case f.Refused != "":
		return "[no fix: " + f.Refused + "]"
	case !f.Writes():
		return ""
	case f.Kind == check.Safe:
		return "[--fix " + f.Text + "]"
	}
	return "[--fix=all " + f.Text + "]"
}

func colored(o report.Options, f *check.Finding, s string) string {
	switch {
	case f.Mode == check.Information:
		return s
	case f.Level == check.Must:
		return o.Colored(text.FgRed, s)
	case f.Level == check.Should:
		return o.Colored(text.FgYellow, s)
	}
	return o.Colored(text.FgCyan, s)
}

// beside breaks text into lines beside a column, if the width of the terminal is known.
func beside(o report.Options, s string, column int) []string {
	if o.Width < narrowest {
		return []string{s}
	}
	return strings.Split(text.WrapSoft(s, max(o.Width-column, 20)), "\n")
}

// ignored prints the ignored findings, and why.
func ignored(o report.Options, b *strings.Builder, c *Checklist) {
	if !o.Verbose || len(c.Ignored) == 0 {
		return
	}
	b.WriteString(o.Bold("ignored") + "\n")
	for i := range c.Ignored {
		f := &c.Ignored[i]
		fmt.Fprintf(b, "  %s:%d  %s  %s\n", report.Named(f.At.File, 200), f.Line, f.Rule, report.Cell(f.Ignored, 200))
	}
}

// sentence summarises: "Must: 3 findings in 2 of 5 files. Should: clean. Could: 1. --fix=all fixes 3."
func (c *Checklist) sentence() string {
	s := c.Summary()
	if c.Files == 0 {
		return ""
	}
	level := func(l check.Level) string {
		files := map[string]bool{}
		n := 0
		for i := range c.Findings {
			if f := &c.Findings[i]; f.Level == l && f.Mode != check.Information {
				n++
				files[f.At.File] = true
			}
		}
		if n == 0 {
			return capital(l) + ": clean."
		}
		return fmt.Sprintf("%s: %s in %d of %s.", capital(l), plan.Count(n, "finding"), len(files), plan.Count(c.Files, "file"))
	}
	parts := []string{level(check.Must), level(check.Should), level(check.Could)}
	if s.Information > 0 {
		parts = append(parts, fmt.Sprintf("For information: %d.", s.Information))
	}
	if s.Ignored > 0 {
		parts = append(parts, fmt.Sprintf("Ignored: %d.", s.Ignored))
	}
	switch {
	case s.Safe > 0 && s.Fixes > s.Safe:
		parts = append(parts, fmt.Sprintf("--fix fixes %d, --fix=all %d.", s.Safe, s.Fixes))
	case s.Safe > 0:
		parts = append(parts, fmt.Sprintf("--fix fixes %d.", s.Safe))
	case s.Fixes > 0:
		parts = append(parts, fmt.Sprintf("--fix=all fixes %d.", s.Fixes))
	}
	return strings.Join(parts, " ") + "\n"
}

// capital returns the name of a level as the beginning of a sentence.
func capital(l check.Level) string { return strings.ToUpper(l.String()[:1]) + l.String()[1:] }

// Rules prints the list of rules.
func Rules(w io.Writer, rules []check.Rule) error {
	var b strings.Builder
	for i := range rules {
		r := &rules[i]
		fmt.Fprintf(&b, "%-*s  %-6s  %-11s  %s\n", widestRule, r.ID, r.Level, r.Mode, r.Title)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Sort sorts the findings of several trees.
func (c *Checklist) Sort() {
	// The order of the arguments and of the workers must not show.
	order := func(a, b check.Finding) int {
		return cmp.Or(strings.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Start, b.At.Start), strings.Compare(a.Rule, b.Rule))
	}
	slices.SortStableFunc(c.Findings, order)
	slices.SortStableFunc(c.Ignored, order)
}
