package dockerfile

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/variables"
)

// A File is a parsed Dockerfile with positions. It has all instructions of a file
// that BuildKit's parser accepts. For any other file it has the instructions that
// could be recognised, and Trouble returns the error.
type File struct {
	Name         string // slash-separated, as given to Parse
	Source       string
	Escape       byte // continues lines: '\\', or '`' with a directive
	Instructions []Instruction
	Stages       []Stage

	trouble  trouble
	global   *variables.Global // the arguments that FROM can use
	first    map[string]int    // the first stage of each name
	expanded int               // bytes of the values of all variables so far
	scopes   []scope           // of each stage; the first is for instructions before the first FROM
}

// An Instruction is one instruction, with its continued lines and heredocs.
type Instruction struct {
	Name       string         // in lower case: "run"; it may be unknown to Docker
	Word       located.Text   // the name as written
	Flags      []located.Text // "--mount=type=cache,target=/x", without quotes and escapes
	Args       located.Text   // the text after the flags, with lines joined and comments left out
	Text       located.Text   // the whole instruction without heredocs
	Start, End int            // bytes of the source [Start, End): whole lines, without the heredocs
	Heredocs   []Heredoc
	Stage      int          // index of its stage; -1 before the first FROM
	Trigger    *Instruction // the instruction of ONBUILD; nil for other instructions

	body string
}

// A Heredoc is a document below an instruction.
type Heredoc struct {
	Name       string // the word that ends it
	Expand     bool   // Docker replaces variables in it (COPY, ADD): the word is not quoted
	Chomp      bool   // tabs at the beginning of lines are removed: <<-
	Start, End int    // bytes of its lines in the source [Start, End)
}

// A Stage is a build stage, which begins with FROM.
type Stage struct {
	Name     string       // in lower case, "" for none
	Image    located.Text // the image of FROM, as written
	Base     string       // the same with the defaults of arguments; "" if Unknown is set
	Unknown  string       // why Base is unknown, in one sentence; "" if it is known
	Parent   int          // the index of the earlier stage that it is based on; -1 for an image or scratch
	Platform string       // of --platform, expanded; "" for none
	First    int          // index of FROM among the instructions
	Last     int          // index after its last instruction
}

// Parse parses a Dockerfile. Spans in the result name the file and are byte
// offsets in src.
func Parse(file, src string) *File {
	f := &File{Name: file, Source: src}
	f.Instructions, f.Escape, f.trouble = split(src)
	stage := -1
	for i := range f.Instructions {
		in := &f.Instructions[i]
		in.parse(f.Escape)
		if in.Name == "from" {
			stage++
		}
		in.Stage = stage
		if in.Name == "onbuild" && in.Args.S != "" {
			trigger := *in
			trigger.Text = in.Args
			trigger.parse(f.Escape)
			in.Trigger = &trigger
		}
	}
	f.readStages()
	return f
}

// parse splits the text of an instruction.
func (in *Instruction) parse(escape byte) {
	in.Word, in.Flags, in.Args = instructionParts(in.Text, escape)
	in.Name = strings.ToLower(in.Word.S)
}

// textsOf returns the texts and the heredocs of instructions.
func textsOf(all []Instruction) (texts []string) {
	for _, in := range all {
		texts = append(texts, in.Text.S, in.body)
	}
	return texts
}

// Trouble returns the first error in the file and its position; "" for none. It
// returns none for a file of another program (a template, another frontend).
func (f *File) Trouble() (string, ecosystems.Span) {
	r := newReader(f)
	r.walk()
	if !r.hasTrouble() {
		return "", ecosystems.Span{}
	}
	return r.trouble.text, ecosystems.Span{File: f.Name, Start: r.trouble.at, End: r.trouble.at}
}

// IsTemplate reports whether the file is a template of another program.
func (f *File) IsTemplate() bool { return isTemplateFile(f.Source) }

// FlagValue returns the value of a flag: "type=cache" of --mount=type=cache.
func (in *Instruction) FlagValue(name string) (located.Text, bool) {
	for _, flag := range in.Flags {
		if value, ok := flagValue(flag, name); ok {
			return value, true
		}
	}
	return located.Text{}, false
}

// A Pair is a name and its value in ENV, ARG or LABEL.
type Pair struct {
	Name     located.Text
	Value    located.Text // as written, with quotes; empty for ARG name
	Assigned bool         // it has a value, which may be empty
	Bare     bool         // ENV name value: the value is the rest of the line
}

// Pairs returns the names and values of ENV, ARG and LABEL (BuildKit's parser, parseNameVal and parseNameOrNameVal).
func (f *File) Pairs(in Instruction) []Pair {
	words := argWords(in.Args, f.Escape)
	if len(words) == 0 {
		return nil
	}
	// The old form "ENV name value with spaces" has one name only.
	if !strings.Contains(words[0].S, "=") && in.Name != "arg" {
		m := located.Blank.FindStringIndex(in.Args.S)
		if m == nil {
			return nil
		}
		return []Pair{{Name: in.Args.Slice(0, m[0]), Value: in.Args.Slice(m[1], len(in.Args.S)), Assigned: true, Bare: true}}
	}
	var pairs []Pair
	for _, word := range words {
		name, value, found := word.Cut('=')
		if found || in.Name == "arg" { // ARG alone may have no value
			pairs = append(pairs, Pair{Name: name, Value: value, Assigned: found})
		}
	}
	return pairs
}
