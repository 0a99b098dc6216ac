package users

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
)

// UserByName is the rule user-by-name: the user is given by name.
var UserByName = check.Rule{
	ID: "user-by-name", Level: check.Must, Mode: check.Strict,
	Title:  "the user is given by name",
	Why:    "Kubernetes cannot tell whether a name is root, and refuses the image where runAsNonRoot is set.",
	Fixes:  "safe: writes the id, where this file creates the user with a fixed one.",
	Source: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
	Docker: userByName,
}

var plainName = lazyregexp.New(`^[a-z_][a-z0-9_.-]*\$?$`)

func userByName(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	for _, stage := range d.Results {
		u := lastUser(d, stage)
		if u.index < 0 || !plainName.MatchString(u.name) || u.name == "root" {
			continue
		}
		in := d.Instructions[u.index]
		f := check.Finding{
			At: in.Text.Span(d.Name), Stage: d.StageName(stage), Evidence: u.name,
			Text: fmt.Sprintf("USER %s is a name: runAsNonRoot cannot tell whether that is root", u.name),
		}
		if id, ok := createdID(d, stage, u.name); ok && !strings.Contains(in.Args.String(), "$") {
			at := in.Args.Slice(0, len(u.name)).Span(d.Name)
			f.Fix = &check.Fix{Kind: check.Safe, Text: "writes USER " + id, Edits: []ecosystems.Edit{{At: at, Old: u.name, New: id}}}
		}
		found = append(found, f)
	}
	return found
}

// createdID returns the fixed id of a user that a stage, or one it is built on, creates.
func createdID(d *check.Docker, stage int, user string) (id string, ok bool) {
	for stage := range d.Chain(stage) {
		for script, args := range addsUsers(d, stage) {
			lookup := d.Values(script)
			if !strings.Contains(" "+runscript.Texts(args, lookup)+" ", " "+user+" ") {
				continue
			}
			for k := 0; k+1 < len(args); k++ {
				if flag := args[k].Text; flag == "--uid" || isShort(flag) && strings.HasSuffix(flag, "u") { // -u, or bundled: -Hu
					id = runscript.Expanded(args[k+1], lookup)
				}
			}
		}
	}
	return id, number.MatchString(id)
}

func isShort(flag string) bool { return strings.HasPrefix(flag, "-") && !strings.HasPrefix(flag, "--") }

var number = lazyregexp.New(`^[1-9]\d*$`)
