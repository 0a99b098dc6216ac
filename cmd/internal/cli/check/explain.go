package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/rules"
	"github.com/freshpin/freshpin/updater/config"
)

// Explain prints the text of a checklist rule, and reports whether word is a rule or looks like a
// misspelt one.
func Explain(e *console.Env, word string) (explained bool, err error) {
	all := rules.All()
	if i := slices.IndexFunc(all, func(r check.Rule) bool { return r.ID == word }); i >= 0 {
		fmt.Fprintf(e.Stdout, "%s\n\n%s", word, all[i].Text("", ""))
		return true, nil
	}
	// It is a place in a file, or nothing like any rule.
	if strings.ContainsAny(word, ":/.") || config.Closest(word, RuleNames()) == "" {
		return false, nil
	}
	return true, UnknownRule("explain", word, RuleNames())
}
