package downloads

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// PlainHTTP is the rule plain-http: something is downloaded without encryption.
var PlainHTTP = check.Rule{
	ID: "plain-http", Level: check.Must, Mode: check.Default,
	Title:  "something is downloaded without encryption",
	Why:    "Every network between the build and the server can read and change what http and ftp fetch.",
	Silent: "where the file is verified afterwards, for sources of apt, which are signed, and for localhost and private addresses.",
	Fixes:  "text: https, where the server has it.",
	Source: "https://cwe.mitre.org/data/definitions/319.html",
	Docker: plainHTTP,
}

var insecure = lazyregexp.New(`(?i)^(?:http|ftp|git)://`)

func plainHTTP(d *check.Docker, _ *check.Facts) (found []check.Finding) {
	add := func(f check.Finding, url string) {
		f.Evidence, f.Text = steady(url), fmt.Sprintf("%s is fetched without encryption", shown(url))
		found = append(found, f)
	}
	all, verifier := downloads(d), newVerifier(d)
	for i := range all {
		o := &all[i]
		if insecure.MatchString(o.url) && !localHost.MatchString(o.url) && !o.upload && !verifier.isVerified(o) && !o.summed() {
			add(check.Finding{At: o.command.At, Stage: judged.StageOf(d, o.script)}, o.url)
		}
	}
	for i, in := range judged.Instructions(d, "add") {
		if _, checked := in.FlagValue("checksum"); checked {
			continue
		}
		for _, a := range addedBy(d, i, in) {
			if insecure.MatchString(a.url) && !localHost.MatchString(a.url) && !judged.IsCommit(a.url) {
				add(check.Finding{At: a.word.Span(d.Name), Stage: d.StageName(in.Stage)}, a.url)
			}
		}
	}
	judged.EachCommand(d, func(s *runscript.Script, _ int, c *runscript.Command) {
		if url := plainSource(c, d.Values(s)); url != "" && !localHost.MatchString(url) {
			add(check.Finding{At: c.At, Stage: judged.StageOf(d, s)}, url)
		}
	})
	return found
}

// plainSource returns the insecure address from which git or a package manager downloads code.
func plainSource(c *runscript.Command, lookup func(string) (string, bool)) string {
	name, args := c.Program()
	switch {
	case name == "git" && len(args) > 1 && (args[0].Text == "clone" || args[0].Text == "fetch"):
	case strings.HasPrefix(name, "pip"), name == "gem", name == "npm", name == "rpm", name == "luarocks", name == "dnf", name == "yum":
	default:
		return ""
	}
	for i, a := range args {
		text := runscript.Expanded(a, lookup)
		// What passes through a proxy is encrypted all the same.
		if i > 0 && (args[i-1].Text == "--proxy" || args[i-1].Text == "--setopt") {
			continue
		}
		if _, value, found := strings.Cut(text, "="); found && strings.HasPrefix(text, "--") && !strings.HasPrefix(text, "--proxy") {
			text = value
		}
		text = strings.TrimPrefix(text, "git+")
		if insecure.MatchString(text) {
			return text
		}
	}
	return ""
}
