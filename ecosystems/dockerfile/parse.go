package dockerfile

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// A File is a Dockerfile that was read: what stands where. Everything that
// BuildKit's parser reads has its instructions here; what it refuses has those
// that could be told apart, and Trouble says what is wrong.
type File struct {
	Name         string // slash-separated, as given to Parse
	Source       string
	Escape       byte // what continues a line: '\\', or '`' by the directive
	Instructions []Instruction
	Stages       []Stage

	trouble  trouble
	expanded int     // bytes of the values of all variables so far
	scopes   []scope // of each stage; the first is what stands before the first FROM
}

// An Instruction is one instruction, with its continued lines and heredocs.
type Instruction struct {
	Name       string // in lower case: "run"; what is no instruction of Docker is here too
	Word       Text   // the name as written
	Flags      []Text // "--mount=type=cache,target=/x": quotes and escapes have fallen away
	Args       Text   // what stands behind the flags, the lines joined, comments between them left out
	Text       Text   // the whole of it without heredocs
	Start, End int    // bytes of the source [Start, End): whole lines, without the heredocs
	Heredocs   []Heredoc
	Stage      int          // index of its stage; -1 before the first FROM
	Trigger    *Instruction // what stands behind ONBUILD, once; nil for anything else

	body string
}

// A Heredoc is a document that stands below an instruction.
type Heredoc struct {
	Name       string // the word that ends it
	Expand     bool   // Docker replaces variables in it (COPY, ADD): the word is not quoted
	Chomp      bool   // tabs at the beginning of lines fall away: <<-
	Start, End int    // bytes of its lines in the source [Start, End)
}

// A Stage is what one FROM begins.
type Stage struct {
	Name     string // in lower case, "" for none
	Image    Text   // as FROM names it
	Base     string // the same with the defaults of arguments; "" where Unknown says why
	Unknown  string // why the base is not known, in one sentence; "" where it is
	Parent   int    // the earlier stage that it continues; -1 for an image or scratch
	Platform string // of --platform, expanded; "" for none
	First    int    // index of FROM among the instructions
	Last     int    // index behind its last instruction
}

// Parse reads a Dockerfile. The spans of what it returns name the file and
// count from the beginning of src.
func Parse(file, src string) *File {
	f := &File{Name: file, Source: src}
	all, escape, trouble := split(src)
	f.Escape, f.trouble = escape, trouble
	stage := -1
	for _, one := range all {
		in := readInstruction(one, one.text, escape)
		if in.Name == "from" {
			stage++
		}
		in.Stage = stage
		if in.Name == "onbuild" && in.Args.s != "" {
			trigger := readInstruction(one, in.Args, escape)
			trigger.Stage = stage
			in.Trigger = &trigger
		}
		f.Instructions = append(f.Instructions, in)
	}
	f.readStages()
	return f
}

func readInstruction(one instruction, text Text, escape byte) Instruction {
	name, flags, args := instructionParts(text, escape)
	return Instruction{
		Name: strings.ToLower(name.s), Word: name, Flags: flags, Args: args, Text: text,
		Start: one.start, End: one.end, Heredocs: one.docs, body: one.body,
	}
}

// Trouble returns the first thing in the file that cannot be read, and where
// that is; "" where there is nothing. A file for another program (a template, another frontend) has none.
func (f *File) Trouble() (string, ecosystems.Span) {
	r := newReader(f)
	r.walk()
	r.parserTrouble()
	if r.trouble.text == "" || isTemplateFile(f.Source) || r.otherFrontend() {
		return "", ecosystems.Span{}
	}
	at := min(r.trouble.at, len(f.Source))
	return r.trouble.text, ecosystems.Span{File: f.Name, Start: at, End: at}
}

// IsTemplate reports whether another program fills the file in first.
func (f *File) IsTemplate() bool { return isTemplateFile(f.Source) }

// FlagValue returns the value of a flag: "type=cache" of --mount=type=cache.
func (in *Instruction) FlagValue(name string) (Text, bool) {
	for _, flag := range in.Flags {
		if value, ok := flagValue(flag, name); ok {
			return value, true
		}
	}
	return Text{}, false
}

// A Pair is a name and its value in ENV, ARG or LABEL.
type Pair struct {
	Name     Text
	Value    Text // as written, quotes and all; without bytes for ARG name
	Assigned bool // a value is given, be it empty
	Bare     bool // ENV name value: the value is the rest of the line
}

// Pairs returns what ENV, ARG and LABEL set (BuildKit's parser, parseNameVal and parseNameOrNameVal).
func (f *File) Pairs(in Instruction) []Pair {
	words := argWords(in.Args, f.Escape)
	if len(words) == 0 {
		return nil
	}
	if !strings.Contains(words[0].s, "=") && in.Name != "arg" {
		m := blank.FindStringIndex(in.Args.s)
		if m == nil {
			return nil
		}
		return []Pair{{Name: in.Args.slice(0, m[0]), Value: in.Args.slice(m[1], len(in.Args.s)), Assigned: true, Bare: true}}
	}
	var pairs []Pair
	for _, word := range words {
		name, value, found := word.cut('=')
		if found || in.Name == "arg" {
			pairs = append(pairs, Pair{Name: name, Value: value, Assigned: found})
		}
	}
	return pairs
}
