package downloads

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// MovingRef is the rule moving-ref: source code is taken from a branch.
var MovingRef = check.Rule{
	ID: "moving-ref", Level: check.Must, Mode: check.Default,
	Title:  "source code is taken from a branch",
	Why:    "A branch moves with every commit: each build compiles other code, without a review.",
	Silent: "where a tag, a commit or a variable says what is taken, or something is checked out afterwards.",
	Fixes:  "text: clone a tag, or check its commit out.",
	Source: "https://reproducible-builds.org/docs/version-information/",
	Docker: movingRef,
}

func movingRef(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	judged.EachCommand(d, func(s *runscript.Script, n int, c *runscript.Command) {
		url, branch, ok := clones(c)
		if !ok || branch != "" && (aTag.MatchString(branch) || strings.Contains(branch, "$") || judged.IsCommit(branch)) || checksOut(d, s, n) {
			return
		}
		if !remote.MatchString(url) || localHost.MatchString(url) {
			return
		}
		what := "its default branch"
		if branch != "" {
			what = "the branch " + branch
		}
		found = append(found, check.Finding{
			At: c.At, Stage: judged.StageOf(d, s), Evidence: steady(url),
			Text: fmt.Sprintf("%s is cloned at %s: every build may get other code", shown(url), what),
			Hint: "clone a tag (--branch v1.2.3), or check its commit out",
		})
	})
	for i, in := range judged.Instructions(d, "add") {
		for _, a := range addedBy(d, i, in) {
			if a.git && !aTag.MatchString(a.ref) && !judged.IsCommit(a.url) && !strings.Contains(a.ref, "$") {
				found = append(found, check.Finding{
					At: a.word.Span(d.Name), Stage: d.StageName(in.Stage), Evidence: steady(a.url),
					Text: fmt.Sprintf("%s is added at a branch: every build may get other code", shown(a.url)),
					Hint: "add a commit: #<commit>",
				})
			}
		}
	}
	return found
}

var (
	remote    = lazyregexp.New(`(?i)^(?:https?://|git://|ssh://|git@)`)
	gitTakes  = "-b --branch -o --origin -c --config -u --upload-pack --reference --separate-git-dir --depth --shallow-since -j --jobs --template --filter --revision --server-option -C"
	globalGit = map[string]bool{"-c": true, "-C": true, "--git-dir": true, "--work-tree": true}
)

// clones parses git clone and returns the address and the branch.
func clones(c *runscript.Command) (url, branch string, ok bool) {
	name, args := c.Program()
	args = behindGlobal(args)
	if name != "git" || len(args) < 2 || args[0].Text != "clone" {
		return "", "", false
	}
	runscript.FlagReader{Takes: gitTakes, Flag: func(name, value string) {
		switch name {
		case "-b", "--branch", "--revision":
			branch = value
		}
	}, Word: func(w runscript.Word) {
		if url == "" { // the next word is the folder
			url = w.Text
		}
	}}.Read(args[1:])
	return url, branch, url != ""
}

// behindGlobal removes the flags between git and its command.
func behindGlobal(args []runscript.Word) []runscript.Word {
	for len(args) > 0 && strings.HasPrefix(args[0].Text, "-") {
		if globalGit[args[0].Text] && len(args) > 1 {
			args = args[1:]
		}
		args = args[1:]
	}
	return args
}

// checksOut reports whether a later command of the stage checks out a version.
func checksOut(d *check.Docker, from *runscript.Script, n int) bool {
	stage := d.Instructions[from.Index].Stage
	for _, s := range d.StageScripts(stage) {
		if s.Index < from.Index {
			continue
		}
		for k, c := range s.Commands {
			name, args := c.Program()
			args = behindGlobal(args)
			if s == from && k <= n || name != "git" || len(args) < 2 {
				continue
			}
			switch args[0].Text {
			case "checkout", "reset", "switch", "cherry-pick", "bisect", "am", "apply":
				if hasOther(args[1:], "master", "main", "HEAD", "--hard", "--", ".") {
					return true
				}
			case "fetch": // of a remote and a commit or tag, to check it out by FETCH_HEAD
				if len(args) > 2 {
					return true
				}
			}
		}
	}
	return false
}

// hasOther reports whether there is a word that is neither a flag nor in known.
func hasOther(args []runscript.Word, known ...string) bool {
	return slices.ContainsFunc(args, func(a runscript.Word) bool {
		return !strings.HasPrefix(a.Text, "-") && !slices.Contains(known, a.Text)
	})
}
