// Package check judges Dockerfiles and compose files by a list of rules, and
// makes the edits that mend what it finds.
//
// It is pure: files and facts come in, findings and edits go out. Who asks
// registries gets the questions that rules had (Result.Questions), and judges
// again with the answers. The rules are in the rooms below.
package check

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Level says how much a finding matters. The levels are those of the talk
// that the list comes from: must, should, could.
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

// ParseLevel reads a level by its word.
func ParseLevel(word string) (Level, error) {
	for l := Must; l <= Could; l++ {
		if l.String() == word {
			return l, nil
		}
	}
	return 0, fmt.Errorf("%q is not must, should or could", word)
}

// A Mode says what a finding does.
type Mode int

// The modes; the zero Mode of a Finding is that of its rule.
const (
	Default     Mode = iota + 1 // listed, and can trip a gate
	Information                 // listed, never trips
	Strict                      // looked for only with --strict
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

// A Rule is one line of the checklist. Its texts are the documentation.
type Rule struct {
	ID     string // "root-user": stable, people write it in settings and comments
	Level  Level
	Mode   Mode
	Title  string   // what is wrong, in one line without a full stop
	Why    string   // why it matters, one or two sentences
	Silent string   // when it stays silent, in one sentence; "" for nothing special
	Mends  string   // what is done about it, in one sentence: "safe: …", "all: …" or "text: …"
	Source string   // where the rule comes from: an address
	Also   []string // ids of other tools that mean the same: "DL3002", "CKV_DOCKER_8", "DS-0002"

	// What judges, nil for files that the rule is not about. Rules keep no state.
	Docker  func(*Docker, *Facts) []Finding
	Compose func(*Compose, *Facts) []Finding
}

// A Finding is one thing that is wrong in one place.
type Finding struct {
	Rule     string // set by Judge
	Level    Level
	Mode     Mode
	At       ecosystems.Span // what is shown; its file is that of the finding
	Line     int             // set by Judge; counted from 1
	Stage    string          // name of the stage or service, "" for the file
	Evidence string          // what was found, normalised: the same after code moved or prose changed
	Text     string          // what is wrong here, in one sentence without a full stop
	Hint     string          // what helps, in one sentence; "" for nothing to add
	Fix      *Fix            // nil where there is none
	ID       string          // set by Judge: identity, see Identity
	Ignored  string          // set by Judge: the comment or setting that says so, with its reason; "" for none
}

// The kinds of fixes.
const (
	Safe = "safe" // changes nothing that runs
	All  = "all"  // changes what is built or how it runs
)

// A Fix is the edits that mend one finding. Without edits and files it says why
// there are none.
type Fix struct {
	Kind    string // Safe or All
	Text    string // what it does, as the tail of a sentence: "writes python:3.14@sha256:…"
	Edits   []ecosystems.Edit
	Files   []NewFile
	Refused string // why nothing can be written; "" where something is
}

// A NewFile is a file that a fix adds. One that exists is never overwritten.
type NewFile struct {
	Path string // slash-separated, relative to the root
	Text string
}

// Writes reports whether a fix has something to write.
func (f *Fix) Writes() bool { return f != nil && f.Refused == "" && len(f.Edits)+len(f.Files) > 0 }
