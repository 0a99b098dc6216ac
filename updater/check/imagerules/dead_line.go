package imagerules

import (
	"fmt"

	"github.com/freshpin/freshpin/updater/check"
)

// DeadLine is the rule dead-line: the line of an image has ended.
var DeadLine = judge(check.Rule{
	ID: "dead-line", Level: check.Must, Mode: check.Default,
	Title:  "the line of an image has ended",
	Why:    "A line that has ended gets no more fixes: every vulnerability found since stays in it.",
	Silent: "where the table of ends of lines does not know the image.",
	Fixes:  "text: freshpin outdated names the nearest living line.",
	Source: "https://endoflife.date/",
}, deadLine)

func deadLine(list []check.Image, _ bool, facts *check.Facts) (found []check.Finding) {
	for _, i := range list {
		if !isImage(i.Dependency) || i.Pin.Text == "" {
			continue
		}
		ended, ok := facts.Ended(Reference(i.Dependency))
		if !ok || ended == "" {
			continue
		}
		found = append(found, check.Finding{
			At: i.At[0], Stage: i.Stage, Evidence: i.Name + ":" + i.Pin.Text,
			Text: fmt.Sprintf("%s:%s: %s", i.Name, i.Pin.Text, ended),
			Hint: "freshpin outdated names the nearest living line",
		})
	}
	return found
}
