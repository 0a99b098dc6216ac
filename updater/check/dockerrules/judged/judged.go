// Package judged is what rules about Dockerfiles are made of: instructions, commands,
// files of the build context, and words for sentences.
package judged

import (
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/check"
)

// EachCommand calls each for every command that runs in a build of the file.
func EachCommand(d *check.Docker, each func(s *runscript.Script, n int, c *runscript.Command)) {
	for _, s := range d.Scripts {
		for n, c := range s.Commands {
			each(s, n, c)
		}
	}
}

// StageOf returns the name of the stage of a script.
func StageOf(d *check.Docker, s *runscript.Script) string {
	return d.StageName(d.Instructions[s.Index].Stage)
}

// BaseName returns the last part of a path or an address, without query and fragment.
func BaseName(p string) string {
	if i := strings.IndexAny(p, "?#"); i >= 0 {
		p = p[:i]
	}
	return path.Base(p)
}

var commitHex = lazyregexp.New(`(?:^|[^0-9a-fA-F])[0-9a-fA-F]{40}(?:$|[^0-9a-fA-F])`)

// IsCommit reports whether an address contains a commit.
func IsCommit(url string) bool { return commitHex.MatchString(url) }

// Clip shortens a text for a sentence.
func Clip(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= most {
		return s
	}
	// The cut may be in the middle of a character.
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Join joins names with commas and "and".
func Join(names []string) string {
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

// Instructions returns the instructions with one of the names, including those after ONBUILD.
func Instructions(d *check.Docker, names ...string) iter.Seq2[int, *dockerfile.Instruction] {
	return func(yield func(int, *dockerfile.Instruction) bool) {
		for i := range d.Instructions {
			in := &d.Instructions[i]
			if in.Trigger != nil { // ONBUILD runs in the builds of others, with the same consequences
				in = in.Trigger
			}
			if slices.Contains(names, in.Name) && !yield(i, in) {
				return
			}
		}
	}
}

// Sources returns the sources of COPY and ADD; none for heredocs and the JSON form.
func Sources(in *dockerfile.Instruction) []located.Text {
	words := in.Args.Fields()
	if strings.HasPrefix(in.Args.String(), "[") || len(words) < 2 { // words of the JSON form have no positions of their own
		return nil
	}
	var out []located.Text
	for _, w := range words[:len(words)-1] {
		if !strings.HasPrefix(w.String(), "<<") {
			out = append(out, w)
		}
	}
	return out
}

// RootOf returns the first stage in the chain that a stage is built on, -1 if there is none.
func RootOf(d *check.Docker, stage int) int {
	root := -1
	for root = range d.Chain(stage) {
	}
	return root
}

// Uses reports whether a stage, or one it is built on, runs one of the programs.
func Uses(d *check.Docker, stage int, programs ...string) bool {
	for stage := range d.Chain(stage) {
		for _, script := range d.StageScripts(stage) {
			for _, c := range script.Commands {
				if name, _ := c.Program(); slices.Contains(programs, path.Base(name)) {
					return true
				}
			}
		}
	}
	return false
}
