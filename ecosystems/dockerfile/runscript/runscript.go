// Package runscript parses the shell scripts of RUN instructions: their commands and
// words with positions in the Dockerfile.
//
// It parses with mvdan.cc/sh and executes nothing. It recognises PowerShell and cmd
// but does not parse them.
package runscript

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
)

// The kinds of shell that a script may be for.
const (
	Sh         = "sh"   // also ash, dash, and unknown shells
	Bash       = "bash" // also zsh and ksh, read as bash
	PowerShell = "powershell"
	Cmd        = "cmd"
	Other      = "other" // python and the like, by SHELL or #!
	Exec       = "exec"  // a JSON list without a shell: one command, no script
)

// A Script is the script of one RUN, also of one in ONBUILD.
type Script struct {
	File     *dockerfile.File
	Index    int    // of the instruction
	OnBuild  bool   // it runs in builds that use this image as their base
	Shell    string // one of the kinds above
	Text     located.Text
	Tree     *syntax.File // nil if the script was not parsed
	Err      error        // why a shell script could not be parsed; nil otherwise
	Commands []*Command   // in the order of the script
}

// Scripts returns the scripts of all RUN instructions of a file, in order.
func Scripts(f *dockerfile.File) []*Script {
	r := reader{file: f, shells: make([]string, len(f.Stages))}
	var out []*Script
	for i := range f.Instructions {
		in := &f.Instructions[i]
		switch {
		case in.Name == "from":
			r.begin(in.Stage)
		case in.Name == "shell" && in.Stage >= 0:
			r.shells[in.Stage] = shellOf(in.Args)
		case in.Name == "run" && in.Stage >= 0:
			out = append(out, r.read(in, i, false))
		case in.Trigger != nil && in.Trigger.Name == "run" && in.Stage >= 0:
			out = append(out, r.read(in.Trigger, i, true))
		}
	}
	return out
}

// A reader keeps track of the current shell of each stage.
type reader struct {
	file   *dockerfile.File
	shells []string
	bytes  int // parsed so far
}

// begin sets the initial shell of a stage: its parent's, or that of its base image's system.
func (r *reader) begin(stage int) {
	s := r.file.Stages[stage]
	switch low := strings.ToLower(s.Base + s.Platform); {
	case s.Parent >= 0: // SHELL is part of the configuration of the image
		r.shells[stage] = r.shells[s.Parent]
	case strings.Contains(low, "windows"), strings.Contains(low, "nanoserver"):
		r.shells[stage] = Cmd
	default:
		r.shells[stage] = Sh
	}
}

// shellOf returns the kind of shell in SHELL ["…"].
func shellOf(args located.Text) string {
	var words []string
	if json.Unmarshal([]byte(args.String()), &words) != nil || len(words) == 0 {
		return Sh
	}
	kind := kindOf(words[0])
	if kind == Other && len(words) > 1 && path.Base(words[0]) == "env" { // SHELL ["/usr/bin/env", "bash", "-c"]
		kind = kindOf(words[1])
	}
	// Without -c at the end, the script is an argument of another program.
	if last := words[len(words)-1]; (kind == Sh || kind == Bash) && !strings.HasPrefix(last, "-") {
		return Other // SHELL ["/bin/sh", "wrapper.sh"]
	}
	return kind
}

// kindOf returns the kind of shell that a program is.
func kindOf(program string) string {
	program = strings.ReplaceAll(strings.ToLower(program), `\`, "/")
	switch strings.TrimSuffix(path.Base(program), ".exe") {
	case "sh", "ash", "dash", "busybox":
		return Sh
	case "bash", "zsh", "ksh", "mksh":
		return Bash
	case "powershell", "pwsh":
		return PowerShell
	case "cmd":
		return Cmd
	}
	return Other
}

// The limits for parsing.
const (
	maxScript = 256 << 10 // bytes of one script
	maxFile   = 1 << 20   // bytes of all scripts of a file
	maxNest   = 2000      // opening brackets of one script, because the parser recurses for each
)

// read reads one RUN (BuildKit's dockerfile2llb, dispatchRun).
func (r *reader) read(in *dockerfile.Instruction, index int, onBuild bool) *Script {
	s := &Script{File: r.file, Index: index, OnBuild: onBuild, Shell: r.shells[in.Stage], Text: in.Args}
	if words, ok := jsonWords(in.Args); ok {
		s.exec(words)
	} else if len(in.Heredocs) > 0 {
		s.heredocs(in, r.file)
	}
	switch {
	case s.Shell != Sh && s.Shell != Bash:
		return s
	case len(s.Commands) > 0:
		return s // a JSON list without a shell
	}
	if r.bytes += s.Text.Len(); r.bytes > maxFile {
		s.Err = fmt.Errorf("the scripts of the file are longer than %d bytes", maxFile)
		return s
	}
	s.parse()
	return s
}

// heredocs reads the heredocs of an instruction. A heredoc alone is the script; otherwise it is the input of commands.
func (s *Script) heredocs(in *dockerfile.Instruction, f *dockerfile.File) {
	first := in.Heredocs[0]
	if isHeredocAlone(in.Args.String(), first.Name) {
		s.Text = located.Literal(f.Source[first.Start:first.End], first.Start)
		if program, ok := strings.CutPrefix(s.Text.String(), "#!"); ok && s.Shell != PowerShell && s.Shell != Cmd {
			s.Shell = interpreter(program)
		}
		return
	}
	last := in.Heredocs[len(in.Heredocs)-1]
	// The parser needs the line that ends the last document.
	end := last.End + len(firstLine(f.Source[last.End:]))
	at := max(0, first.Start-1) // with the line break before the first document
	s.Text = in.Args.Append(located.Literal(f.Source[at:end], at))
}

// isHeredocAlone reports whether an instruction consists of <<WORD.
func isHeredocAlone(args, word string) bool {
	rest, ok := strings.CutPrefix(strings.TrimSpace(args), "<<")
	rest = strings.TrimSpace(strings.TrimPrefix(rest, "-"))
	return ok && strings.Trim(rest, `"'`) == word
}

// interpreter returns the kind of the program in a #! line.
func interpreter(line string) string {
	words := strings.Fields(firstLine(line))
	if len(words) > 1 && path.Base(words[0]) == "env" {
		words = words[1:]
	}
	for len(words) > 1 && strings.HasPrefix(words[0], "-") { // env -S
		words = words[1:]
	}
	if len(words) == 0 {
		return Other
	}
	return kindOf(words[0])
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// parse parses the text as a shell script. It uses bash's syntax if the script needs it, whatever the shell is.
func (s *Script) parse() {
	text := s.Text.String()
	switch {
	case len(text) > maxScript:
		s.Err = fmt.Errorf("the script is longer than %d bytes", maxScript)
		return
	case nesting(text) > maxNest:
		s.Err = fmt.Errorf("the script has more than %d opening brackets", maxNest)
		return
	}
	s.Tree, s.Err = parseShell(text)
	if s.Tree != nil {
		s.collect()
	}
}

// nesting counts the constructs that the parser may recurse for.
func nesting(text string) int {
	n := 0
	for _, word := range []string{"(", "{", "`", "if ", "while ", "for ", "case ", "until ", "function ", "!", "time ", "coproc "} {
		n += strings.Count(text, word)
	}
	return n
}

func parseShell(text string) (tree *syntax.File, err error) {
	defer func() {
		if p := recover(); p != nil { // the parser must not crash the program
			tree, err = nil, fmt.Errorf("the shell script cannot be read: %v", p)
		}
	}()
	tree, err = syntax.NewParser(syntax.Variant(syntax.LangBash), syntax.KeepComments(true)).Parse(strings.NewReader(text), "")
	if err != nil {
		posix, second := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), "")
		if second != nil {
			return nil, err
		}
		return posix, nil
	}
	return tree, nil
}

// Span returns the position in the Dockerfile of a node of the tree.
func (s *Script) Span(n syntax.Node) ecosystems.Span { return spanOf(s.Text, n, s.File.Name) }

// Bytes returns the position in the Dockerfile of bytes [start, end) of the text.
func (s *Script) Bytes(start, end int) ecosystems.Span {
	return bytesOf(s.Text, start, end, s.File.Name)
}
