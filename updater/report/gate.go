package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
)

// GateWords returns the values of --fail-on.
func GateWords() []string {
	return []string{"update", "security", "minor", "major", "unpinned", "skipped"}
}

// Gate returns the words of the gate that fail for a plan, in order; an unknown word
// is an error. minor and major fail if such a version exists, whatever the policy
// allows.
func Gate(p *plan.Plan, words []string) (tripped []string, err error) {
	for _, w := range words {
		if !slices.Contains(GateWords(), w) {
			return nil, fmt.Errorf("%q is none of %s", w, strings.Join(GateWords(), ", "))
		}
		if slices.ContainsFunc(p.Items, func(i plan.Item) bool { return trips(w, &i) }) && !slices.Contains(tripped, w) {
			tripped = append(tripped, w)
		}
	}
	return tripped, nil
}

func trips(word string, i *plan.Item) bool {
	switch word {
	case "update":
		return i.Status == plan.Update
	case "minor":
		return i.Minor != i.Safe && i.Minor != ""
	case "major":
		return i.Beyond == version.Major
	case "unpinned":
		return i.Reason.Code == ecosystems.Unpinned
	case "skipped":
		return i.Status == plan.Skipped
	}
	// A pin whose tag moved or whose signature is bad is a matter of security without any advisory.
	return word == "security" && (len(i.Advisories) > 0 || i.Alarm() != "")
}
