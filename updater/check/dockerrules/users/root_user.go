// Package users holds the rules about the users and rights in an image, one file for each.
package users

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// RootUser is the rule root-user: the program runs as root.
var RootUser = check.Rule{
	ID: "root-user", Level: check.Must, Mode: check.Default,
	Title:  "the program runs as root",
	Why:    "Who takes the program over is root in the container: one mistake of the kernel or of a mount away from the host.",
	Silent: "where the base image cannot be read, and where an image from scratch starts no program; where the entry point gives up its rights, a service says user:, or only a shell is started, it is information.",
	Fixes:  "all: creates a user as the base image's system does, or takes the one it has, and writes USER before the program starts.",
	Source: "https://docs.docker.com/build/building/best-practices/#user",
	Also:   []string{"DL3002", "CKV_DOCKER_3", "CKV_DOCKER_8", "DS-0002", "fd54f200-402c-4333-a5a4-36ef6709af2f", "67fd0c4a-68cf-46d7-8c41-bc9fba7e40ae"},
	Docker: rootUser,
}

// A user is the user of a stage.
type user struct {
	index int    // of the USER instruction; -1 for none
	name  string // without the group, with variables replaced
	known bool
}

// lastUser returns the last USER of a stage, its own or inherited from another stage.
func lastUser(d *check.Docker, stage int) user {
	for stage := range d.Chain(stage) {
		s := d.Stages[stage]
		for i := s.Last - 1; i > s.First; i-- {
			if in := d.Instructions[i]; in.Name == "user" && in.Args.Len() > 0 {
				value, known, _ := d.Expand(i, in.Args)
				name, _, _ := strings.Cut(strings.TrimSpace(value), ":")
				return user{i, name, known}
			}
		}
	}
	return user{index: -1}
}

func isRoot(name string) bool {
	return strings.EqualFold(name, "root") || strings.Trim(name, "0") == "" && name != ""
}

func rootUser(d *check.Docker, facts *check.Facts) (found []check.Finding) {
	for _, stage := range d.Results {
		if isWindows(d, stage) || d.IsTemplate() {
			continue
		}
		f, ok := runsAsRoot(d, stage, facts)
		if !ok {
			continue
		}
		f.Stage, f.Evidence = d.StageName(stage), "root"
		if why := givesUp(d, stage, facts); why != "" {
			f.Mode, f.Hint = check.Information, why
		} else {
			f.Fix = userFix(d, stage, facts)
		}
		found = append(found, f)
	}
	return found
}

// runsAsRoot returns a finding for a stage that runs as root; false if its user is another one or unknown.
func runsAsRoot(d *check.Docker, stage int, facts *check.Facts) (check.Finding, bool) {
	u := lastUser(d, stage)
	if u.index >= 0 {
		at := d.Instructions[u.index].Text.Span(d.Name)
		return check.Finding{At: at, Text: fmt.Sprintf("the program runs as root: USER %s is the last", judged.Clip(u.name, 30))}, u.known && isRoot(u.name)
	}
	root := judged.RootOf(d, stage)
	if root < 0 {
		return check.Finding{}, false
	}
	s := d.Stages[root]
	f := check.Finding{At: d.Instructions[d.Stages[stage].First].Text.Span(d.Name)}
	switch {
	case s.Unknown != "":
		return f, false
	case s.Base == "scratch":
		f.Text = "the program runs as root: no USER follows FROM scratch"
		return f, startOf(d, stage, facts).own // without a program it only carries files
	}
	image, ok := facts.Image(s.Base, s.Platform)
	if !ok || image.Config == nil {
		return f, false
	}
	name, _, _ := strings.Cut(image.Config.User, ":")
	switch {
	case name == "":
		f.Text = fmt.Sprintf("the program runs as root: %s sets no user, and no USER follows", judged.Clip(s.Base, 60))
	case isRoot(name):
		f.Text = fmt.Sprintf("the program runs as root: %s sets it, and no USER follows", judged.Clip(s.Base, 60))
	default:
		return f, false
	}
	return f, true
}

func isWindows(d *check.Docker, stage int) bool {
	root := judged.RootOf(d, stage)
	if root < 0 {
		return false
	}
	base := strings.ToLower(d.Stages[root].Base + " " + d.Stages[root].Platform)
	return strings.Contains(base, "windows") || strings.Contains(base, "nanoserver")
}
