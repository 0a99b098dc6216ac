package users

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// WorldWritable is the rule world-writable: files are made writable for all users.
var WorldWritable = check.Rule{
	ID: "world-writable", Level: check.Should, Mode: check.Strict,
	Title:  "files are made writable for all users",
	Why:    "Every process in the container can then change what runs there.",
	Silent: "with the sticky bit (1777), which folders for temporary files have.",
	Fixes:  "text: give the files to the user that writes them (COPY --chown, chown).",
	Source: "https://cwe.mitre.org/data/definitions/732.html",
	Docker: worldWritable,
}

var allWrite = lazyregexp.New(`^0?[0-7]?[0-7][0-7][2367]$|^[ugoa]*[oa][ugoa]*[+=][rxXst]*w[rwxXst]*$|,[ugoa]*[oa][ugoa]*[+=][rxXst]*w[rwxXst]*$`)

var sticky = lazyregexp.New(`^0?[1357][0-7]{3}$|t`)

func worldWritable(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	add := func(f check.Finding, mode, what string) {
		f.Evidence = mode + " " + what
		f.Text = fmt.Sprintf("%s becomes writable for all users (%s)", judged.Clip(what, 60), mode)
		found = append(found, f)
	}
	judged.EachCommand(d, func(s *runscript.Script, _ int, c *runscript.Command) {
		name, args := c.Program()
		if name != "chmod" {
			return
		}
		for i, a := range args {
			if allWrite.MatchString(a.Text) && !sticky.MatchString(a.Text) && i+1 < len(args) {
				add(check.Finding{At: c.At, Stage: judged.StageOf(d, s)}, a.Text, args[i+1].Text)
				return // the other arguments are files
			}
		}
	})
	for _, in := range judged.Instructions(d, "copy", "add") {
		if mode, ok := in.FlagValue("chmod"); ok && allWrite.MatchString(mode.String()) && !sticky.MatchString(mode.String()) {
			words := in.Args.Fields()
			add(check.Finding{At: in.Text.Span(d.Name), Stage: d.StageName(in.Stage)}, mode.String(), words[len(words)-1].String())
		}
	}
	return found
}
