// Package dockerrules has the rules for Dockerfiles, one file for each rule.
// download.go, verify.go and install.go have the shared functions.
package dockerrules

import (
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
)

// eachCommand calls each for every command that runs in a build of the file.
func eachCommand(d *check.Docker, each func(s *runscript.Script, n int, c *runscript.Command)) {
	for _, s := range d.Scripts {
		for n, c := range s.Commands {
			each(s, n, c)
		}
	}
}

// stageOf returns the name of the stage of a script.
func stageOf(d *check.Docker, s *runscript.Script) string {
	return d.StageName(d.Instructions[s.Index].Stage)
}

// expanded returns a word with its variables replaced, or as written if one is unknown.
func expanded(w runscript.Word, lookup func(string) (string, bool)) string {
	if text, ok := runscript.Expand(w, lookup); ok {
		return text
	}
	return w.Text
}

// baseName returns the last part of a path or an address, without query and fragment.
func baseName(p string) string {
	if i := strings.IndexAny(p, "?#"); i >= 0 {
		p = p[:i]
	}
	return path.Base(p)
}

// hasFlag reports whether a word is one of the flags, alone or with a value after "=".
func hasFlag(args []runscript.Word, flags ...string) bool {
	for _, a := range args {
		name, _, _ := strings.Cut(a.Text, "=")
		for _, f := range flags {
			if name == f {
				return true
			}
		}
	}
	return false
}

// shortFlag reports whether a letter is one of the bundled short flags: k in -fskL.
func shortFlag(args []runscript.Word, letter string) bool {
	for _, a := range args {
		if strings.HasPrefix(a.Text, "-") && !strings.HasPrefix(a.Text, "--") && strings.Contains(a.Text, letter) {
			return true
		}
	}
	return false
}

var (
	commitHex = lazyregexp.New(`(?:^|[^0-9a-fA-F])[0-9a-fA-F]{40}(?:$|[^0-9a-fA-F])`)
	localHost = lazyregexp.New(`(?i)^(?:[a-z+]+://)?(?:[^/@]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal|metadata\.google\.internal|169\.254\.169\.254|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+)(?:[:/]|$)`)
)

// isCommit reports whether an address contains a commit.
func isCommit(url string) bool { return commitHex.MatchString(url) }

// clip shortens a text for a sentence.
func clip(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// and joins names with commas and "and".
func and(names []string) string {
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n > 6:
		return strings.Join(names[:6], ", ") + ", …"
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// instructions returns the instructions with one of the names, including those after ONBUILD.
func instructions(d *check.Docker, names ...string) func(yield func(int, *dockerfile.Instruction) bool) {
	return func(yield func(int, *dockerfile.Instruction) bool) {
		for i := range d.Instructions {
			in := &d.Instructions[i]
			if in.Trigger != nil {
				in = in.Trigger
			}
			for _, name := range names {
				if in.Name == name && !yield(i, in) {
					return
				}
			}
		}
	}
}
