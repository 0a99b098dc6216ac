package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// alarming are the notes that are shown first: what a pin names is in trouble,
// whether or not anything newer exists.
var alarming = []string{ecosystems.DigestGone, ecosystems.TagGone, ecosystems.TagMoved, ecosystems.Yanked, ecosystems.Retracted, ecosystems.ForeignCommit, ecosystems.ChecksumMismatch, ecosystems.BadSignature, ecosystems.CommentMismatch, ecosystems.TagObject}

func alarms(i *plan.Item) (list []ecosystems.Note) {
	for _, n := range i.Notes {
		if slices.Contains(alarming, n.Code) {
			list = append(list, n)
		}
	}
	return list
}

// alarms prints what needs attention first.
func (o Options) alarms(b *strings.Builder, p *plan.Plan) {
	before := b.Len()
	for n := range p.Items {
		i := &p.Items[n]
		for _, note := range alarms(i) {
			if b.Len() == before {
				fmt.Fprintln(b, o.Bold("Needs attention first"))
			}
			line := fmt.Sprintf("%s:%d %s: %s", Named(i.File, 200), i.Line, Cell(name(i), 60), Clean(note.Text, 300))
			for _, part := range o.wrapped(line, 2) {
				fmt.Fprintln(b, "  "+part)
			}
		}
	}
	if b.Len() > before {
		fmt.Fprintln(b)
	}
}
