package check

import (
	"fmt"
	"net/url"
	"strings"
)

// Identity returns the key of a finding in baselines, SARIF and comparisons:
// "FILE RULE STAGE EVIDENCE", each escaped so that it has no white space. It does
// not contain the line and the wording, so moved code and a better text do not
// make an old finding new.
func (f *Finding) Identity() string {
	parts := []string{f.At.File, f.Rule, f.Stage, f.Evidence}
	for i, p := range parts {
		// Slashes stay, so that paths can be read.
		p = strings.ReplaceAll(url.PathEscape(strings.Join(strings.Fields(p), " ")), "%2F", "/")
		// Else a split at white space would lose an empty part.
		if p == "" {
			p = "-"
		}
		parts[i] = p
	}
	return strings.Join(parts, " ")
}

// identify sets the ID of every finding and numbers equal ones in the order of the file.
func identify(list []Finding) {
	seen := map[string]int{}
	for i := range list {
		id := list[i].Identity()
		if seen[id]++; seen[id] > 1 {
			list[i].ID = fmt.Sprintf("%s#%d", id, seen[id])
			continue
		}
		list[i].ID = id
	}
}
