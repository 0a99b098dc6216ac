// Package isolation holds the rules about what the containers of a compose file may do
// to their machine: rights, capabilities, namespaces, paths, limits. One file for each.
package isolation

import (
	"github.com/freshpin/freshpin/updater/check"

	"github.com/freshpin/freshpin/updater/check/composerules/judged"
)

// Privileged is the rule privileged: a service runs privileged.
var Privileged = judged.PerService(check.Rule{
	ID: "privileged", Level: check.Could, Mode: check.Default,
	Title:  "a service runs privileged",
	Why:    "A privileged container has every capability and every device: who breaks into it has the machine.",
	Fixes:  "text: names what may be given instead: single capabilities (cap_add) and devices.",
	Source: "https://docs.docker.com/reference/compose-file/services/#privileged",
	Also:   []string{"ae5b6871-7f45-42e0-bb4c-ab300c4d2026"},
}, func(s judged.Service, _ *check.Facts) []check.Finding {
	n := s.Node.Get("privileged")
	if !n.True() {
		return nil
	}
	f := judged.At(n, "privileged", "%s runs privileged: it has every capability and every device of the machine", s.Name)
	f.Hint = "cap_add and devices give what it needs, and no more"
	return []check.Finding{f}
})
