// Package reading reads the downloads of a Dockerfile: addresses, versions and
// possible checksums by stage, the groups that move together, and the packages that
// scripts install.
//
// It does no lookups and no decisions.
package reading

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	"github.com/freshpin/freshpin/ecosystems/download/shelltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Stage holds the downloads of one stage of a Dockerfile. A text file is one stage.
type Stage struct {
	src       string           // of the file
	noted     int              // total bytes of texts
	texts     []shelltext.Text // of its instructions, and of COPY --from in other stages
	addresses []*Address
	Digests   []Digest
	literals  []*shelltext.Literal
	Words     map[string]bool  // names of architectures in it
	Keys      []ecosystems.Key // OpenPGP keys that it copies from the repository
}

// The limits for one file.
const (
	maxAddresses = 400
	maxDigests   = 500
	maxLiterals  = 2000
	maxTexts     = 256 << 10 // bytes of a stage that are searched for names of files
)

// A scanner reads the instructions of a Dockerfile.
type scanner struct {
	f      *dockerfile.File
	stages []*Stage
	global shelltext.Scope         // ARGs before the first FROM
	env    map[int]shelltext.Scope // ENV of each stage, which the stages based on it inherit
	shared Stage                   // the downloads in global ARGs
	found  struct{ addresses, digests, literals, installs int }

	commands map[int][]*runscript.Command // of the scripts, by the index of the instruction
	installs []Install
}

// Scan reads a Dockerfile.
func Scan(f *dockerfile.File) ([]*Stage, []Install) {
	s := &scanner{f: f, commands: commandsOf(f), global: shelltext.Scope{}, env: map[int]shelltext.Scope{}}
	var scope shelltext.Scope
	for i, in := range f.Instructions {
		switch {
		case in.Name == "from":
			scope = s.begin(in.Stage)
			continue
		case in.Stage < 0:
			if in.Name == "arg" {
				s.define(i, in, s.global, nil, nil)
			}
			continue
		}
		st := s.stages[in.Stage]
		if in.Name == "env" || in.Name == "arg" {
			s.define(i, in, scope, st, s.env[in.Stage])
			continue
		}
		s.instruction(i, in, scope, st)
	}
	return s.stages, s.installs
}

// begin begins a stage with the ENV of the stage that it is based on.
func (s *scanner) begin(n int) shelltext.Scope {
	scope, env := maps.Clone(automatic), shelltext.Scope{}
	parent := s.f.Stages[n].Parent
	if parent >= 0 {
		maps.Copy(env, s.env[parent])
	}
	maps.Copy(scope, env)
	s.env[n] = env
	st := &Stage{src: s.f.Source, Words: map[string]bool{}, literals: slices.Clone(s.shared.literals), texts: slices.Clone(s.shared.texts)}
	inherited := s.shared.Digests
	if parent >= 0 {
		st.literals = append(st.literals, s.stages[parent].literals...)
		inherited = append(slices.Clone(inherited), s.stages[parent].Digests...)
	}
	for _, d := range inherited {
		d.Other = true
		if d.Name != "" { // without a name, this stage cannot use it
			st.Digests = append(st.Digests, d)
		}
	}
	s.stages = append(s.stages, st)
	return scope
}

// automatic are the platform arguments that BuildKit sets, for images for Linux.
var automatic = shelltext.Scope{"TARGETOS": {shelltext.Unplaced("linux", nil)}, "BUILDOS": {shelltext.Unplaced("linux", nil)}}

// define reads ENV and ARG and searches their values for downloads.
func (s *scanner) define(i int, in dockerfile.Instruction, scope shelltext.Scope, st *Stage, env shelltext.Scope) {
	// All values of one ENV see the variables before the instruction.
	seen := maps.Clone(scope)
	for _, p := range s.f.Pairs(in) {
		name := p.Name.String()
		if !p.Assigned {
			if values, ok := s.global[name]; ok && st != nil {
				scope[name] = values
			}
			continue
		}
		raw := fromDocker(p.Value)
		l := &shelltext.Literal{Name: name, Value: unquoted(raw), Arg: in.Name == "arg"}
		scope[name] = []shelltext.Text{{S: raw.S, At: raw.At, From: []*shelltext.Literal{l}}}
		if env != nil && in.Name == "env" {
			env[name] = scope[name]
		}
		if s.found.literals++; s.found.literals > maxLiterals {
			return
		}
		if st == nil {
			s.shared.literals, s.shared.texts = append(s.shared.literals, l), append(s.shared.texts, raw)
			s.digests(&s.shared, raw, l.Name, i)
			continue
		}
		st.literals = append(st.literals, l)
		st.note(raw)
		s.addresses(st, raw, seen, l, i)
		s.digests(st, raw, l.Name, i)
	}
}

// unquoted removes quotes around a whole value.
func unquoted(t shelltext.Text) shelltext.Text {
	if n := len(t.S); n > 1 && (t.S[0] == '"' || t.S[0] == '\'') && t.S[n-1] == t.S[0] {
		return t.Slice(1, n-1)
	}
	return t
}

func fromDocker(t located.Text) shelltext.Text {
	at := make([]int, t.Len())
	for i := range at {
		at[i] = t.At(i)
	}
	return shelltext.Text{S: t.String(), At: at}
}

// instruction reads all instructions except ENV and ARG: RUN, ADD and others with addresses.
func (s *scanner) instruction(i int, in dockerfile.Instruction, scope shelltext.Scope, st *Stage) {
	parts := []shelltext.Text{fromDocker(in.Text)}
	for _, h := range in.Heredocs {
		parts = append(parts, withoutComments(shelltext.Placed(s.f.Source[h.Start:h.End], h.Start)))
	}
	local, literals := s.local(in, parts, scope)
	for _, l := range literals {
		l.Value = unquoted(l.Value)
	}
	st.literals = append(st.literals, literals...)
	st.note(parts...)
	// The paths of COPY --from may repeat the version of a download in the other stage.
	if _, from := in.FlagValue("from"); from && in.Name == "copy" {
		for _, earlier := range s.stages[:len(s.stages)-1] {
			earlier.note(parts...)
		}
	}
	if in.Name != "run" && in.Name != "add" && in.Name != "onbuild" {
		return // other instructions download nothing
	}
	for _, part := range parts {
		st.architectures(part)
		s.addresses(st, part, local, nil, i)
		s.digests(st, part, "", i)
	}
	s.installs = append(s.installs, s.installed(i, local)...)
	nameDigests(st, literals, i) // after digests, which finds them without names
}

// local returns the variables of an instruction: those of its stage, and those that
// its scripts set, with the literals of the scripts.
func (s *scanner) local(in dockerfile.Instruction, parts []shelltext.Text, scope shelltext.Scope) (shelltext.Scope, []*shelltext.Literal) {
	local := maps.Clone(scope)
	own := map[string]bool{}
	var literals []*shelltext.Literal
	for _, part := range parts {
		if in.Name != "run" && in.Name != "onbuild" {
			break // other instructions set no variables
		}
		for _, l := range assignments(part) {
			if s.found.literals++; s.found.literals > maxLiterals {
				break
			}
			if !own[l.Name] { // the first assignment replaces the value of the stage
				own[l.Name], local[l.Name] = true, nil
			}
			local[l.Name] = append(local[l.Name], l.Text())
			literals = append(literals, l)
		}
	}
	for name := range own {
		values := slices.DeleteFunc(local[name], func(v shelltext.Text) bool { return unquoted(v).S == "" })
		if len(values) > 0 { // "ARCH= && case … in" sets the real value later
			local[name] = values
		}
	}
	return local, literals
}

// note adds texts to search for names of files.
func (st *Stage) note(parts ...shelltext.Text) {
	for _, t := range parts {
		if st.noted += len(t.S); st.noted <= maxTexts {
			st.texts = append(st.texts, t)
		}
	}
}

// withoutComments removes the lines of a document that are shell comments.
func withoutComments(t shelltext.Text) shelltext.Text {
	var text strings.Builder // a document may have half a million lines
	at := make([]int, 0, len(t.At))
	i := 0
	for line := range strings.Lines(t.S) {
		if !strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") {
			text.WriteString(line)
			at = append(at, t.At[i:i+len(line)]...)
		}
		i += len(line)
	}
	return shelltext.Text{S: text.String(), At: at}
}

var (
	shellAssign = lazyregexp.New(`(?:^|[\s;&|(){"'` + "`" + `])([A-Za-z_][A-Za-z0-9_]*)=`)
	orAssign    = lazyregexp.New(`\$\{([A-Za-z_][A-Za-z0-9_]*):?=([^}$]*)\}`)
	powerAssign = lazyregexp.New(`\$(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(["'])`)
)

// assignments returns the assignments of a script, in order: NAME=value of a shell,
// and $name = 'value' of PowerShell.
func assignments(t shelltext.Text) (list []*shelltext.Literal) {
	for _, m := range shellAssign.FindAllStringSubmatchIndex(t.S, maxLiterals) {
		end := m[1] + wordLength(t.S[m[1]:])
		if quote := t.S[m[0]]; quote == '"' || quote == '\'' { // eval "X=…": the quote was opened before the name
			end = m[1] + strings.IndexAny(t.S[m[1]:]+string(quote), " \t\r\n;"+string(quote))
		}
		list = append(list, &shelltext.Literal{Name: t.S[m[2]:m[3]], Value: t.Slice(m[1], end)})
	}
	for _, m := range orAssign.FindAllStringSubmatchIndex(t.S, maxLiterals) {
		list = append(list, &shelltext.Literal{Name: t.S[m[2]:m[3]], Value: t.Slice(m[4], m[5])})
	}
	for _, m := range powerAssign.FindAllStringSubmatchIndex(t.S, maxLiterals) {
		quote := t.S[m[4]:m[5]]
		if n := strings.Index(t.S[m[5]:], quote); n >= 0 {
			list = append(list, &shelltext.Literal{Name: t.S[m[2]:m[3]], Value: t.Slice(m[4], m[5]+n+1)})
		}
	}
	return list
}

// wordLength returns the length of the shell word at the beginning of a text.
func wordLength(s string) int {
	s = s[:min(len(s), shelltext.MaxWord)]
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote == '\'':
		case strings.HasPrefix(s[i:], "${"):
			i += shelltext.Closing(s[i:], '{', '}') - 1
		case strings.HasPrefix(s[i:], "$("):
			i += shelltext.Closing(s[i:], '(', ')') - 1
		case quote != 0:
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case strings.IndexByte(" \t\r\n;&|<>()", c) >= 0:
			return i
		}
	}
	return len(s)
}

// words splits a text at white space and at command separators. It ignores quotes,
// because addresses have no spaces.
func words(t shelltext.Text) (list []shelltext.Text) {
	start := -1
	for i := 0; i <= len(t.S); i++ {
		if i < len(t.S) && !separates(t.S, i) {
			if start < 0 {
				start = i
			}
			if strings.HasPrefix(t.S[i:], "${") {
				i += shelltext.Closing(t.S[i:], '{', '}') - 1
			} else if strings.HasPrefix(t.S[i:], "$(") {
				i += shelltext.Closing(t.S[i:], '(', ')') - 1
			}
			i = min(i, len(t.S)-1)
			continue
		}
		if start >= 0 {
			list = append(list, t.Slice(start, i))
		}
		start = -1
	}
	return list
}

func separates(s string, i int) bool {
	switch s[i] {
	case ' ', '\t', '\r', '\n', ';', '|', '<', '>', '(', ')', ',':
		return true
	case '&':
		return i+1 < len(s) && s[i+1] == '&' || i > 0 && s[i-1] == '&'
	}
	return false
}

var (
	hexRun       = lazyregexp.New(`\b[0-9A-Fa-f]{40,}\b`)
	keyWords     = lazyregexp.New(`(?i)gpg|key|fingerprint|pgp|signer`)
	commits      = lazyregexp.New(`(?i)commit|revision|\bref\b|gitsha|git_sha|_rev$`)
	checksumFlag = lazyregexp.New(`(?i)checksum=$`)
	otherHash    = lazyregexp.New(`(?:@sha(?:256|512):|--hash=sha256:|--require-hashes.*sha256:)$`)
)

// Architectures are the names of architectures in scripts.
var Architectures = []string{"amd64", "x86_64", "x64", "arm64", "aarch64", "arm64v8", "armhf", "armv7", "armv7l", "armv6", "armel", "arm", "i386", "386", "x86", "ppc64le", "ppc64el", "s390x", "riscv64", "mips64el", "mips64le", "loong64"}

// architectures records the names of architectures in a text.
func (st *Stage) architectures(t shelltext.Text) {
	for word := range strings.FieldsFuncSeq(t.S, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if slices.Contains(Architectures, word) {
			st.Words[word] = true
		}
	}
}
