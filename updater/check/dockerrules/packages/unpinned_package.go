package packages

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/dockerrules/judged"
)

// UnpinnedPackage is the rule unpinned-package: a package is installed without a version.
var UnpinnedPackage = check.Rule{
	ID: "unpinned-package", Level: check.Must, Mode: check.Default,
	Title:  "a package is installed without a version",
	Why:    "Every build installs what is newest that day, also releases that break the program or come from an attacker.",
	Silent: "for pip, setuptools and wheel themselves, local paths, files of requirements, constraints, variables, and go install inside a module.",
	Fixes:  "all: writes the newest release and its line, as in 'Flask>=3.0,<3.1'.",
	Source: "https://docs.docker.com/build/building/best-practices/#run",
	Also:   []string{"DL3013", "DL3016", "DL3028", "DL3062"},
	Docker: unpinnedPackage,
}

// own are the package managers, which are part of the image.
var own = map[string]bool{"pip": true, "setuptools": true, "wheel": true, "distribute": true}

func unpinnedPackage(d *check.Docker, facts *check.Facts) (found []check.Finding) {
	judged.EachCommand(d, func(s *runscript.Script, _ int, c *runscript.Command) {
		in, ok := installs(c)
		if !ok || in.bound {
			return
		}
		loose := unpinned(in)
		if len(loose) == 0 {
			return
		}
		names := make([]string, len(loose))
		for i, p := range loose {
			names[i] = p.name
		}
		verb := "have"
		if len(names) == 1 {
			verb = "has"
		}
		sorted := slices.Sorted(slices.Values(names)) // the order in the command does not make a finding another one
		found = append(found, check.Finding{
			At: loose[0].word.At, Stage: judged.StageOf(d, s), Evidence: in.kind + " " + strings.Join(sorted, ","),
			Text: fmt.Sprintf("%s %s no version", judged.Join(names), verb),
			Fix:  pinFix(d, in, loose, facts),
		})
	})
	return found
}

var digit = lazyregexp.New(`\d`)

// unpinned returns the packages of a command without a version.
func unpinned(in install) (loose []named) {
	for _, p := range in.names {
		switch {
		case in.kind == "pypi" && (p.version != "" || own[strings.ToLower(p.name)]):
		case in.kind != "pypi" && digit.MatchString(p.version):
		case in.kind == "go" && judged.IsCommit(p.version):
		default:
			loose = append(loose, p)
		}
	}
	return loose
}

// pinFix returns the fix that adds the current versions to all packages; nil if one is unknown.
func pinFix(d *check.Docker, in install, loose []named, facts *check.Facts) *check.Fix {
	fix := &check.Fix{Kind: check.All, Text: "pins each to its line"}
	for _, p := range loose {
		newest, ok := facts.Newest(in.kind, packageName(in.kind, p.name))
		if !ok {
			fix.Kind = "" // continue, so that all lookups happen in the same round
			continue
		}
		edit, ok := pinEdit(d, in.kind, p, newest)
		if !ok && fix.Refused == "" {
			fix.Refused = "the line of " + p.name + " " + newest + " is not known"
		}
		fix.Edits = append(fix.Edits, edit)
	}
	switch {
	case fix.Kind == "":
		return nil
	case fix.Refused != "":
		fix.Edits = nil
	}
	return fix
}

var dashes = lazyregexp.New(`[-_.]+`)

// packageName returns the name in the index (normalised by PEP 503 for PyPI).
func packageName(kind, name string) string {
	if kind == "pypi" {
		return strings.ToLower(dashes.ReplaceAllString(name, "-"))
	}
	return name
}

var release = lazyregexp.New(`^v?(\d+)\.(\d+)(?:\.\d+)*$`)

// pinEdit returns the edit that adds the version to one package.
func pinEdit(d *check.Docker, kind string, p named, newest string) (ecosystems.Edit, bool) {
	at := p.word.At
	old := d.Source[at.Start:at.End]
	m := release.FindStringSubmatch(newest)
	if m == nil || strings.ContainsAny(old, "\\\n") {
		return ecosystems.Edit{}, false
	}
	text := p.name + p.extras
	switch kind {
	case "pypi":
		minor, err := strconv.Atoi(m[2])
		if err != nil {
			return ecosystems.Edit{}, false
		}
		text = fmt.Sprintf("%s>=%s.%s,<%s.%d", text, m[1], m[2], m[1], minor+1)
	case "gem":
		text += ":" + newest
	default:
		text += "@" + newest
	}
	if p.word.Node != nil { // in the JSON form the quotes are outside the word
		text = quoted(old, text, kind == "pypi")
	}
	return ecosystems.Edit{At: at, Old: old, New: text}, true
}

// quoted puts a text into the quotes of the word that it replaces, or into single quotes if must is true.
func quoted(old, text string, must bool) string {
	switch {
	case strings.HasPrefix(old, `"`):
		return `"` + text + `"`
	case must || strings.HasPrefix(old, "'"):
		return "'" + text + "'"
	}
	return text
}
