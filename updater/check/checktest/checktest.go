// Package checktest tests rules with tables of files, with and without findings.
package checktest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
)

// A Row is a Dockerfile with the expected findings of a rule: "LINE EVIDENCE" for
// each, joined by "; ", followed by " info" for an information, and by a level such
// as " could" if it is not the level of the rule. "" means no findings.
type Row struct {
	Src, Want string
	Name      string             // of the file; "" means Dockerfile
	Around    check.Surroundings // Digests is set
	Facts     map[check.Question]check.Answer
	Fixed     string // expected file after the fix; "" to skip the comparison
}

// Docker tests a rule with its rows, at least five with findings and five without.
func Docker(t *testing.T, r check.Rule, rows []Row) {
	t.Helper()
	loud, silent := 0, 0
	for _, row := range rows {
		got := run(r, row)
		if row.Want == "" {
			silent++
		} else {
			loud++
		}
		if list := show(r, got.Findings); list != row.Want {
			t.Errorf("%s: %q:\n  got  %q\n  want %q", r.ID, row.Src, list, row.Want)
			continue
		}
		if row.Fixed != "" {
			fixed(t, r, row, got)
		}
	}
	if loud < 5 || silent < 5 {
		t.Errorf("%s has %d findings and %d silences, of which there must be at least five each", r.ID, loud, silent)
	}
}

func run(r check.Rule, row Row) check.Result {
	row.Around.Digests = true
	name := row.Name
	if name == "" {
		name = "Dockerfile"
	}
	unit := check.Unit{Docker: check.NewDocker(name, row.Src, row.Around)}
	return check.Judge([]check.Rule{r}, []check.Unit{unit}, &check.Facts{Answers: row.Facts}, check.Settings{Strict: true})
}

func show(r check.Rule, list []check.Finding) string {
	var out []string
	for _, f := range list {
		line := fmt.Sprintf("%d %s", f.Line, f.Evidence)
		if f.Mode == check.Information && r.Mode != check.Information {
			line += " info"
		}
		if f.Level != r.Level {
			line += " " + f.Level.String()
		}
		out = append(out, line)
	}
	return strings.Join(out, "; ")
}

// fixed applies the fixes of a row and compares the file; a refused fix is compared as "refused: WHY".
func fixed(t *testing.T, r check.Rule, row Row, got check.Result) {
	t.Helper()
	file := got.Findings[0].At.File
	if f := got.Findings[0].Fix; f != nil && f.Refused != "" {
		if row.Fixed != "refused: "+f.Refused {
			t.Errorf("%s: %q: refused: %s, want %q", r.ID, row.Src, f.Refused, row.Fixed)
		}
		return
	}
	again := func(_, src string) []check.Finding {
		row.Src = src
		return run(r, row).Findings
	}
	change := check.ApplyFixes(got.Findings, true, map[string]string{file: row.Src}, again)
	for _, refusal := range change.Refused {
		t.Errorf("%s: %q: %s", r.ID, row.Src, refusal.Why)
	}
	after, ok := change.Files[file]
	for path, text := range change.Files {
		if path != file {
			after, ok = path+":\n"+text, true
		}
	}
	if !ok || after != row.Fixed {
		t.Errorf("%s: mended:\n%s\nwant:\n%s", r.ID, after, row.Fixed)
	}
}

// Image returns the answer to the question about the config of an image.
func Image(ref string, config ecosystems.ImageConfig) map[check.Question]check.Answer {
	return map[check.Question]check.Answer{{Kind: check.AskImage, Name: ref}: {Image: ecosystems.Image{Config: &config}}}
}
