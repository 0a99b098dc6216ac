package check

import (
	"fmt"
	"net/url"
	"strings"
)

// Identity returns what a finding is known by in baselines, SARIF and
// comparisons: "FILE RULE STAGE EVIDENCE", each escaped so that it has no
// white space. Lines and wording are no part of it, so that moved code and
// better prose open nothing again.
func (f *Finding) Identity() string {
	parts := []string{f.At.File, f.Rule, f.Stage, f.Evidence}
	for i, p := range parts {
		p = strings.ReplaceAll(url.PathEscape(strings.Join(strings.Fields(p), " ")), "%2F", "/")
		if p == "" {
			p = "-"
		}
		parts[i] = p
	}
	return strings.Join(parts, " ")
}

// identify gives every finding its ID: equal ones are counted, in the order of the file.
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
