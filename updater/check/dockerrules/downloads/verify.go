package downloads

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

var (
	sums      = lazyregexp.New(`^(?:g?(?:sha\d*|md5|b2|b3|ck|xxh)sum|shasum|rhash|sha(?:1|256|384|512)|digest|hashdeep)$`)
	verifiers = lazyregexp.New(`(?i)verif|checksum|check[-_]?(?:sha|hash|sig)|sha(?:256|512)|validate[-_]?(?:hash|sig)`)
	byProgram = lazyregexp.New(`hashlib|Digest::SHA|createHash|Get-FileHash|hash_file`)
)

// A verifier holds the commands of each stage that may verify downloads.
type verifier struct {
	d      *check.Docker
	stages map[int][]candidate
}

// A candidate is a command that may verify a download.
type candidate struct {
	script  *runscript.Script
	n       int // index of the command in its script
	command *runscript.Command
}

func newVerifier(d *check.Docker) *verifier { return &verifier{d, map[int][]candidate{}} }

// isVerified reports whether a later command of the stage verifies the download.
func (v *verifier) isVerified(o *download) bool {
	for _, c := range v.candidates(v.d.Instructions[o.script.Index].Stage) {
		later := c.script.Index > o.script.Index || c.script == o.script && c.n > o.n
		if later && c.script.OnBuild == o.script.OnBuild && verifies(c.command, o, v.d.Values(c.script)) {
			return true
		}
	}
	return false
}

func (v *verifier) candidates(stage int) []candidate {
	list, ok := v.stages[stage]
	if ok {
		return list
	}
	for _, s := range v.d.StageScripts(stage) {
		lookup := v.d.Values(s)
		for n, c := range s.Commands {
			if mayVerify(c, lookup) {
				list = append(list, candidate{s, n, c})
			}
		}
	}
	v.stages[stage] = list
	return list
}

// mayVerify reports whether a command is one that verifies files.
func mayVerify(c *runscript.Command, lookup func(string) (string, bool)) bool {
	name, args := c.Program()
	switch name {
	case "gpgv", "openssl", "cosign", "minisign", "signify", "rpm", "gh", "jarsigner", "dpkg-sig", "slsa-verifier", "rekor-cli", "oras":
		return true
	}
	return strings.HasPrefix(name, "gpg") || sums.MatchString(name) || verifiers.MatchString(name) || byProgram.MatchString(runscript.Texts(args, lookup)) || byProgram.MatchString(bodies(c))
}

// verifies reports whether a command verifies the download. In doubt it returns true.
func verifies(c *runscript.Command, o *download, lookup func(string) (string, bool)) bool {
	name, args := c.Program()
	sub := ""
	if len(args) > 0 {
		sub = args[0].Text
	}
	switch {
	case sums.MatchString(name):
		return sumVerifies(c, args, o, lookup)
	case name == "gpgv", strings.HasPrefix(name, "gpg") && runscript.HasFlag(args, "--verify", "--verify-files"),
		name == "openssl" && (runscript.HasFlag(args, "-verify", "-signature") || sub == "dgst" && c.Inside != nil),
		name == "cosign" && strings.HasPrefix(sub, "verify"), name == "minisign" || name == "signify", name == "rpm" && runscript.HasFlag(args, "-K", "--checksig", "-Kv"),
		name == "gh" && sub == "attestation", name == "jarsigner", name == "dpkg-sig", name == "slsa-verifier", name == "rekor-cli", name == "oras" && sub == "verify":
		return mentions(runscript.Texts(args, lookup), o)
	case verifiers.MatchString(name): // a script or a function, whose arguments need not name the file
		return true
	}
	return byProgram.MatchString(runscript.Texts(args, lookup)) || byProgram.MatchString(bodies(c))
}

// sumVerifies reports whether sha256sum or a similar tool compares this file.
func sumVerifies(c *runscript.Command, args []runscript.Word, o *download, lookup func(string) (string, bool)) bool {
	if runscript.ShortFlag(args, "c") || runscript.HasFlag(args, "--check") {
		return mentions(checked(c, args, lookup), o)
	}
	compared := c.Inside != nil || slices.ContainsFunc(c.To, func(to *runscript.Command) bool {
		name, _ := to.Program()
		return name != "" && name != "tee" && name != "cat"
	})
	for _, r := range c.Redirects {
		compared = compared || strings.HasPrefix(r.Op, ">") // writes a list that is compared later
	}
	return compared && (len(args) == 0 || mentions(runscript.Texts(args, lookup), o))
}

// checked returns the input of a command that compares: its words, its piped input, heredocs and here-strings.
func checked(c *runscript.Command, args []runscript.Word, lookup func(string) (string, bool)) string {
	text := runscript.Texts(args, lookup) + " " + bodies(c)
	for _, from := range c.From {
		_, words := from.Program()
		text += " " + runscript.Texts(words, lookup) + " " + bodies(from)
		for _, before := range from.From {
			_, words := before.Program()
			text += " " + runscript.Texts(words, lookup)
		}
	}
	return text
}

func bodies(c *runscript.Command) string {
	var text string
	for _, r := range c.Redirects {
		text += " " + r.Body
		if strings.HasPrefix(r.Op, "<") {
			text += " " + r.Word.Text
		}
	}
	return text
}

var hexSum = lazyregexp.New(`\b[0-9a-fA-F]{32,128}\b[ \t]+\*?(\S+)`)

// mentions reports whether a text refers to the file of a download: by its name, or
// because it names no other file.
func mentions(text string, o *download) bool {
	for _, name := range []string{judged.BaseName(o.file), judged.BaseName(o.url)} {
		if len(name) > 1 && strings.Contains(text, name) {
			return true
		}
	}
	if strings.ContainsAny(text, "$*") { // it may name the file
		return true
	}
	named := hexSum.FindAllStringSubmatch(text, -1)
	return len(named) == 0 || slices.ContainsFunc(named, func(m []string) bool { return m[1] == "-" })
}
