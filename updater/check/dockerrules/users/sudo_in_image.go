package users

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// SudoInImage is the rule sudo-in-image: sudo is installed or used.
var SudoInImage = check.Rule{
	ID: "sudo-in-image", Level: check.Must, Mode: check.Strict,
	Title:  "sudo is installed or used",
	Why:    "A user who may become root is root; USER does the same without a program in the image.",
	Silent: "in .devcontainer.",
	Fixes:  "text: USER root before what needs it, USER of the application behind.",
	Source: "https://docs.docker.com/build/building/best-practices/#user",
	Also:   []string{"DL3004", "DS-0010", "CKV2_DOCKER_1", "8ada6e80-0ade-439e-b176-0b28f6bce35a"},
	Docker: sudoInImage,
}

func sudoInImage(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	if strings.Contains(d.Name, ".devcontainer") {
		return nil
	}
	judged.EachCommand(d, func(s *runscript.Script, _ int, c *runscript.Command) {
		f := check.Finding{At: c.At, Stage: judged.StageOf(d, s)}
		switch name, args := c.Program(); {
		case c.Name() == "sudo":
			f.Evidence, f.Text = "used", "sudo is used"
		case slices.Contains(systemManagers, name) && slices.ContainsFunc(args, func(a runscript.Word) bool { return a.Text == "sudo" }):
			f.Evidence, f.Text = "installed", "sudo is installed"
		default:
			return
		}
		found = append(found, f)
	})
	return found
}

// systemManagers are the package managers of Linux distributions.
var systemManagers = []string{"apt-get", "apt", "aptitude", "apk", "yum", "dnf", "microdnf", "tdnf", "zypper", "pacman"}
