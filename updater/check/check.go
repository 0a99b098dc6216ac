// Package check checks Dockerfiles and compose files against a list of rules and
// makes the edits that fix its findings.
//
// It is pure: files and facts are the input, findings and edits the output. A
// rule that needs a fact from a registry records a question
// (Result.Questions); the caller looks up the answers and calls Judge again. The
// rules are in the packages below this one.
package check

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Level is the importance of a finding: must, should, could.
type Level int

// The levels; the zero Level of a Finding is that of its rule.
const (
	Must Level = iota + 1
	Should
	Could
)

// String returns "must", "should" or "could".
func (l Level) String() string {
	switch l {
	case Must:
		return "must"
	case Should:
		return "should"
	case Could:
		return "could"
	}
	return ""
}

// ParseLevel parses the word of a level.
func ParseLevel(word string) (Level, error) {
	for l := Must; l <= Could; l++ {
		if l.String() == word {
			return l, nil
		}
	}
	return 0, fmt.Errorf("%q is not must, should or could", word)
}

// A Mode says when a finding is listed and whether it can fail a check.
type Mode int

// The modes; the zero Mode of a Finding is that of its rule.
const (
	Default     Mode = iota + 1 // listed, and can fail the check
	Information                 // listed, never fails the check
	Strict                      // listed only with --strict
)

// String returns "default", "information" or "strict".
func (m Mode) String() string {
	switch m {
	case Information:
		return "information"
	case Strict:
		return "strict"
	}
	return "default"
}

// A Rule is one rule of the checklist. The documentation consists of its texts.
type Rule struct {
	ID     string // "root-user"; it never changes, because settings and comments name it
	Level  Level
	Mode   Mode
	Title  string   // what is wrong, in one line without a full stop
	Why    string   // why it matters, one or two sentences
	Silent string   // its exceptions, in one sentence; "" for none
	Fixes  string   // what its fix does, in one sentence: "safe: …", "all: …" or "text: …"
	Source string   // the address of its source
	Also   []string // IDs of the same rule in other tools: "DL3002", "CKV_DOCKER_8", "DS-0002"

	// The functions that find violations; nil for files that the rule does not
	// apply to. They have no state.
	Docker  func(*Docker, *Facts) []Finding
	Compose func(*Compose, *Facts) []Finding
}

// A Finding is one violation of a rule in one place.
type Finding struct {
	Rule     string // set by Judge
	Level    Level
	Mode     Mode
	At       ecosystems.Span // the displayed place
	Line     int             // set by Judge; counted from 1
	Stage    string          // name of the stage or service, "" for the file
	Evidence string          // what was found, normalised: it does not change when code moves or the wording changes
	Text     string          // what is wrong here, in one sentence without a full stop
	Hint     string          // what to do, in one sentence; "" for none
	Fix      *Fix            // nil if there is none
	ID       string          // set by Judge: the Identity, with a number if several findings have the same
	Ignored  string          // set by Judge: the comment or setting that ignores it, with its reason; "" for none
}

// The kinds of fixes.
const (
	Safe = "safe" // does not change behaviour
	All  = "all"  // may change what is built or how it runs
)

// A Fix holds the edits and files that fix one finding, or the reason why there
// are none.
type Fix struct {
	Kind    string // Safe or All
	Text    string // what it does, as the end of a sentence: "writes python:3.14@sha256:…"
	Edits   []ecosystems.Edit
	Files   []NewFile
	Refused string // why it writes nothing; "" if it does
}

// A NewFile is a file that a fix adds. It never replaces an existing file.
type NewFile struct {
	Path string // slash-separated, relative to the root
	Text string
}

// Writes reports whether a fix has edits or files. It is false for nil.
func (f *Fix) Writes() bool { return f != nil && f.Refused == "" && len(f.Edits)+len(f.Files) > 0 }
