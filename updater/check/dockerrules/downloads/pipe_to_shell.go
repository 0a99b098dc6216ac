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

// PipeToShell is the rule pipe-to-shell: a download is run without being looked at.
var PipeToShell = check.Rule{
	ID: "pipe-to-shell", Level: check.Must, Mode: check.Default,
	Title:  "a download is run without being looked at",
	Why:    "What a server answers at build time is executed as it comes: another script tomorrow is another image.",
	Silent: "where the stream is compared with a checksum, and for addresses at a commit.",
	Fixes:  "text: download the script, compare its checksum, then run it.",
	Source: "https://owasp.org/www-project-top-10-ci-cd-security-risks/CICD-SEC-03-Dependency-Chain-Abuse",
	Docker: pipeToShell,
}

var interpreters = lazyregexp.New(`^(?:sh|bash|zsh|dash|ash|ksh|python[0-9.]*|pypy3?|perl|ruby|node|php[0-9.]*|source|\.|eval|tclsh|lua|pwsh)$`)

func pipeToShell(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	all := downloads(d)
	for i := range all {
		o := &all[i]
		shell := o.runBy()
		if shell == "" || localHost.MatchString(o.url) || o.upload || judged.IsCommit(o.url) || o.summed() {
			continue
		}
		found = append(found, check.Finding{
			At: o.command.At, Stage: judged.StageOf(d, o.script), Evidence: steady(o.url),
			Text: fmt.Sprintf("%s runs what %s answers", shell, shown(o.url)),
			Hint: "download the script, compare its checksum, then run it",
		})
	}
	return found
}

// runBy returns the interpreter that runs the download, "" for none.
func (o *download) runBy() string {
	if o.file == "" || o.file == "*" {
		for _, c := range o.downstream() {
			if readsProgram(c) {
				name, _ := c.Program()
				return name
			}
		}
	}
	c := o.command.Inside
	if c == nil || o.file != "" || len(o.command.To) > 0 && !o.endsOnOutput() {
		return ""
	}
	if name, args := c.Program(); interpreters.MatchString(name) && (o.isArgument(args) || o.isInput(c.Redirects, args)) {
		return name
	}
	return ""
}

// isArgument reports whether what is downloaded is the script among an interpreter's
// arguments: sh -c "$(curl …)", bash <(curl …).
func (o *download) isArgument(args []runscript.Word) bool {
	for k, w := range args {
		inner := strings.HasPrefix(w.Text, "$(") || strings.HasPrefix(w.Text, "<(") || strings.HasPrefix(w.Text, "`")
		script := k == 0 || strings.HasPrefix(args[k-1].Text, "-") && strings.HasSuffix(args[k-1].Text, "c") || args[k-1].Text == "-e" || args[k-1].Text == "-r"
		if inner && (script || strings.HasPrefix(w.Text, "<(") && allFlags(args[:k])) && slices.Contains(w.Inner, o.command) {
			return true
		}
	}
	return false
}

// isInput reports whether an interpreter reads what is downloaded: bash <<< "$(curl …)".
func (o *download) isInput(redirects []runscript.Redirect, args []runscript.Word) bool {
	return allFlags(args) && slices.ContainsFunc(redirects, func(r runscript.Redirect) bool {
		return (r.Op == "<" || r.Op == "<<<") && slices.Contains(r.Word.Inner, o.command)
	})
}

// endsOnOutput reports whether the pipeline after the download ends on standard output: curl … | sed …
func (o *download) endsOnOutput() bool {
	for _, c := range o.downstream() {
		name, _ := c.Program()
		switch name {
		case "sed", "tr", "gunzip", "zcat", "cat", "tee":
		default:
			return false
		}
	}
	return true
}

func allFlags(args []runscript.Word) bool {
	return !slices.ContainsFunc(args, func(a runscript.Word) bool {
		return !strings.HasPrefix(a.Text, "-") && !strings.HasPrefix(a.Text, "$(")
	})
}

// readsProgram reports whether a command reads its program from standard input.
func readsProgram(c *runscript.Command) bool {
	name, args := c.Program()
	if !interpreters.MatchString(name) || name == "eval" || name == "." { // these two take no program from standard input
		return false
	}
	if name == "source" {
		return len(args) > 0 && args[0].Text == "/dev/stdin"
	}
	for _, a := range args {
		switch text := a.Text; {
		case text == "-" || text == "-s" || text == "--" || text == "/dev/stdin":
			return true
		case text == "-c", text == "-e", text == "-m", text == "-r", text == "-p", text == "-ne", text == "-pe", text == "-n", strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "--") && strings.ContainsAny(text, "ce") && !shellFlags.MatchString(text):
			return false
		case !strings.HasPrefix(text, "-"):
			return strings.HasPrefix(text, "${") && strings.HasSuffix(text, "}") // bash ${ARGS}, which may be flags
		}
	}
	return true
}

// shellFlags matches options of set, which sh accepts, too.
var shellFlags = lazyregexp.New(`^-[euxlis]+$`)

// summed reports whether the stream itself is verified: tee >(sha256sum -c).
func (o *download) summed() bool {
	for _, c := range o.downstream() {
		for _, w := range c.Words {
			for _, inner := range w.Inner {
				if name, _ := inner.Program(); sums.MatchString(name) {
					return true
				}
			}
		}
	}
	return false
}
