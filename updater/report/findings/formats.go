package findings

import (
	"fmt"
	"io"
	"strings"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/report"
	"github.com/freshpin/freshpin/updater/report/sarif"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// A Finding is a finding in JSON.
type Finding struct {
	ID       string `json:"id"` // file, rule, stage or service, evidence: stable when lines move
	Rule     string `json:"rule"`
	Level    string `json:"level"` // must, should or could
	Mode     string `json:"mode"`  // default, information or strict
	File     string `json:"file"`
	Line     int    `json:"line"`
	Stage    string `json:"stage"` // stage or service; "" for the whole file
	Evidence string `json:"evidence"`
	Text     string `json:"text"`
	Hint     string `json:"hint"`
	Fix      Fix    `json:"fix"`
	Ignored  string `json:"ignored"` // the comment or setting that ignores it; "" if it counts
}

// A Fix is the fix of a finding, in JSON.
type Fix struct {
	Kind    string `json:"kind"` // safe or all; "" if there is none
	Text    string `json:"text"`
	Refused string `json:"refused"` // why there is no fix; "" if there is one
}

// A Document is the output of freshpin check --format json.
type Document struct {
	Schema   int       `json:"schema"`
	Version  string    `json:"version"`
	Findings []Finding `json:"findings"`
	Ignored  []Finding `json:"ignored"`
	Summary  Summary   `json:"summary"`
}

// JSON prints the findings as JSON.
func (c *Checklist) JSON(w io.Writer) error {
	s := sanitize.NewJSONStream(w)
	s.Raw(`{"schema":1,"version":`)
	s.Value(c.Version)
	s.Raw(`,"findings":[`)
	streamFindings(s, c.Findings)
	s.Raw(`],"ignored":[`)
	streamFindings(s, c.Ignored)
	s.Raw(`],"summary":`)
	s.Value(c.Summary())
	s.Raw("}")
	return s.Close()
}

// streamFindings writes the elements of a list, made one by one.
func streamFindings(s *sanitize.JSONStream, list []check.Finding) {
	for n := range list {
		if n > 0 {
			s.Raw(",")
		}
		s.Value(jsonFinding(&list[n]))
	}
}

// Outputs prints the counts as outputs of a workflow step.
func (c *Checklist) Outputs(w io.Writer) error {
	s := c.Summary()
	_, err := fmt.Fprintf(w, "must=%d\nshould=%d\ncould=%d\n", s.Must, s.Should, s.Could)
	return err
}

func jsonFinding(f *check.Finding) Finding {
	one := Finding{
		ID: f.ID, Rule: f.Rule, Level: f.Level.String(), Mode: f.Mode.String(), File: f.At.File, Line: f.Line, Stage: f.Stage,
		Evidence: f.Evidence, Text: f.Text, Hint: f.Hint, Ignored: f.Ignored,
	}
	if f.Fix != nil && (f.Fix.Writes() || f.Fix.Refused != "") {
		one.Fix = Fix{f.Fix.Kind, f.Fix.Text, f.Fix.Refused}
	}
	return one
}

// Markdown prints a summary and the findings by level, for pull requests and job summaries.
func (c *Checklist) Markdown(w io.Writer) error {
	var b strings.Builder
	s := c.Summary()
	b.WriteString("## Checklist\n\n")
	fmt.Fprintf(&b, "| must | should | could | information | files |\n| ---: | ---: | ---: | ---: | ---: |\n| %d | %d | %d | %d | %d |\n", s.Must, s.Should, s.Could, s.Information, s.Files)
	for l := check.Must; l <= check.Could; l++ {
		c.section(&b, l)
	}
	if s.Information > 0 {
		b.WriteString("\n<details><summary>For information</summary>\n\n| where | rule | what |\n| --- | --- | --- |\n")
		for i := range c.Findings {
			if c.Findings[i].Mode == check.Information {
				b.WriteString(findingRow(&c.Findings[i]))
			}
		}
		b.WriteString("\n</details>\n")
	}
	b.WriteString("\n" + c.sentence())
	_, err := io.WriteString(w, b.String())
	return err
}

// section prints the findings of one level.
func (c *Checklist) section(b *strings.Builder, l check.Level) {
	head := fmt.Sprintf("\n### %s\n\n| where | rule | what |\n| --- | --- | --- |\n", capital(l))
	for i := range c.Findings {
		if f := &c.Findings[i]; f.Level == l && f.Mode != check.Information {
			b.WriteString(head + findingRow(f))
			// A level without findings has no heading, and each other one has it once.
			head = ""
		}
	}
}

func findingRow(f *check.Finding) string {
	what := f.Text
	for _, more := range []string{f.Hint, fixNote(f.Fix)} {
		if more != "" {
			what += ". " + more
		}
	}
	return fmt.Sprintf("| %s:%d | %s | %s |\n", report.Escape(report.Named(f.At.File, 200)), f.Line, f.Rule, report.Escape(report.Cell(what, 600)))
}

// SARIF prints the findings as SARIF 2.1.0; findings that a comment or setting
// ignores are suppressed. Fingerprints are the IDs of findings.
func (c *Checklist) SARIF(w io.Writer) error {
	run := sarif.Run{Version: c.Version}
	for i := range c.Rules {
		run.Rules = append(run.Rules, checkRule(&c.Rules[i]))
	}
	return sarif.Write(w, run, func(yield func(sarif.Finding) bool) {
		for _, list := range [][]check.Finding{c.Findings, c.Ignored} {
			for n := range list {
				if !yield(sarifFinding(&list[n])) {
					return
				}
			}
		}
	})
}

func checkRule(r *check.Rule) sarif.Rule {
	return sarif.Rule{
		ID: r.ID, ShortDescription: sarif.Text{Text: r.Title}, Configuration: sarif.Severity{Level: severity(r.Level, r.Mode)},
		Full: &sarif.Text{Text: r.Why}, Help: &sarif.Help{Text: r.Text("", ""), Markdown: r.Text("**", "**")}, HelpURI: r.Source,
	}
}

func severity(l check.Level, m check.Mode) string {
	switch {
	case m == check.Information || l == check.Could:
		return "note"
	case l == check.Must:
		return "error"
	}
	return "warning"
}

func sarifFinding(f *check.Finding) sarif.Finding {
	message := f.Text
	if f.Hint != "" {
		message += "; " + f.Hint
	}
	return sarif.Finding{
		Rule: f.Rule, Level: severity(f.Level, f.Mode), Message: report.Clean(message, 1000),
		File: f.At.File, Line: f.Line, ID: f.ID, Ignored: report.Clean(f.Ignored, 400),
	}
}
