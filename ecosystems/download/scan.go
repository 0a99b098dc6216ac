package download

import (
	"regexp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

// An address is a URL that stands in an instruction, with the values of its variables.
type address struct {
	text
	place source.Place
	known bool     // place is that of a known source
	of    *literal // whose value it is; nil for none
	at    int      // where its word begins in the file
	step  int      // number of the instruction
}

// A digest is a number in hexadecimal that can be a checksum.
type digest struct {
	hex   string // as written
	start int    // in the file
	name  string // of the variable whose value it is; "" for none
	step  int
	key   bool // it may be the name of a key or a commit: it counts only where a list has it
	other bool // it is the value of an argument of all stages, or of ENV of another stage
}

// A stage is what one stage of a Dockerfile says about downloads; a text file is one, too.
type stage struct {
	src       string // of the file
	noted     int    // bytes of the texts
	texts     []text // of its instructions, and of COPY --from in other stages
	addresses []*address
	digests   []digest
	literals  []*literal
	words     map[string]bool  // names of architectures that stand in it
	keys      []ecosystems.Key // OpenPGP keys that it takes from the repository
}

// The limits of what is looked at in one file.
const (
	maxAddresses = 400
	maxDigests   = 500
	maxLiterals  = 2000
	maxTexts     = 256 << 10 // bytes of a stage in which names of files are looked for
)

// A scanner reads the instructions of a Dockerfile.
type scanner struct {
	f      *dockerfile.File
	stages []*stage
	global map[string][]text         // ARGs before the first FROM
	env    map[int]map[string][]text // ENV of each stage, which stages that continue it inherit
	shared stage                     // what global ARGs say
	found  struct{ addresses, digests, literals, installs int }

	commands map[int][]*runscript.Command // of the scripts, by the number of the instruction
	installs []install
}

// scan reads a Dockerfile.
func scan(f *dockerfile.File) ([]*stage, []install) {
	s := &scanner{f: f, commands: commandsOf(f), global: map[string][]text{}, env: map[int]map[string][]text{}}
	var scope map[string][]text
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

// begin starts a stage with the ENV of the stage that it continues.
func (s *scanner) begin(n int) map[string][]text {
	scope, env := map[string][]text{}, map[string][]text{}
	if parent := s.f.Stages[n].Parent; parent >= 0 {
		for k, v := range s.env[parent] {
			scope[k], env[k] = v, v
		}
	}
	for k, v := range automatic {
		if _, known := scope[k]; !known {
			scope[k] = v
		}
	}
	s.env[n] = env
	st := &stage{src: s.f.Source, words: map[string]bool{}, literals: slices.Clone(s.shared.literals), texts: slices.Clone(s.shared.texts)}
	inherited := s.shared.digests
	if parent := s.f.Stages[n].Parent; parent >= 0 {
		st.literals = append(st.literals, s.stages[parent].literals...)
		inherited = append(slices.Clone(inherited), s.stages[parent].digests...)
	}
	for _, d := range inherited {
		d.other = true
		if d.name != "" {
			st.digests = append(st.digests, d)
		}
	}
	s.stages = append(s.stages, st)
	return scope
}

// automatic are the platform arguments that BuildKit sets; images for Linux are built.
var automatic = map[string][]text{"TARGETOS": {made("linux", nil)}, "BUILDOS": {made("linux", nil)}}

// define reads ENV and ARG. Their values are texts to look at, too.
func (s *scanner) define(i int, in dockerfile.Instruction, scope map[string][]text, st *stage, env map[string][]text) {
	seen := map[string][]text{}
	for k, v := range scope {
		seen[k] = v
	}
	for _, p := range s.f.Pairs(in) {
		name := p.Name.String()
		if !p.Assigned {
			if values, ok := s.global[name]; ok && st != nil {
				scope[name] = values
			}
			continue
		}
		raw := fromDocker(p.Value)
		l := &literal{name: name, value: unquoted(raw), arg: in.Name == "arg"}
		scope[name] = []text{(&literal{name: name, value: raw}).as(l)}
		if env != nil && in.Name == "env" {
			env[name] = scope[name]
		}
		if s.found.literals++; s.found.literals > maxLiterals {
			return
		}
		if st == nil {
			s.shared.literals, s.shared.texts = append(s.shared.literals, l), append(s.shared.texts, raw)
			s.digests(&s.shared, raw, l.name, i)
			continue
		}
		st.literals = append(st.literals, l)
		st.note(raw)
		s.addresses(st, raw, seen, l, i)
		s.digests(st, raw, l.name, i)
	}
}

// as returns the raw text of a literal as part of which another stands.
func (l *literal) as(of *literal) text { return text{l.value.s, l.value.at, []*literal{of}} }

// unquoted takes quotes off that stand around all of a value.
func unquoted(t text) text {
	if n := len(t.s); n > 1 && (t.s[0] == '"' || t.s[0] == '\'') && t.s[n-1] == t.s[0] {
		return t.slice(1, n-1)
	}
	return t
}

func fromDocker(t dockerfile.Text) text {
	at := make([]int, t.Len())
	for i := range at {
		at[i] = t.At(i)
	}
	return text{s: t.String(), at: at}
}

// stand returns a text that stands in the file from an offset on.
func stand(s string, offset int) text {
	at := make([]int, len(s))
	for i := range at {
		at[i] = offset + i
	}
	return text{s: s, at: at}
}

// instruction reads what is no ENV and no ARG: RUN, ADD, and whatever else may name an address.
func (s *scanner) instruction(i int, in dockerfile.Instruction, scope map[string][]text, st *stage) {
	parts := []text{fromDocker(in.Text)}
	for _, h := range in.Heredocs {
		parts = append(parts, withoutComments(stand(s.f.Source[h.Start:h.End], h.Start)))
	}
	local, literals := s.local(in, parts, scope)
	for _, l := range literals {
		l.value = unquoted(l.value)
	}
	st.literals = append(st.literals, literals...)
	st.note(parts...)
	if _, from := in.FlagValue("from"); from && in.Name == "copy" {
		for _, earlier := range s.stages[:len(s.stages)-1] {
			earlier.note(parts...)
		}
	}
	if in.Name != "run" && in.Name != "add" && in.Name != "onbuild" {
		return // LABEL and the like download nothing
	}
	for _, part := range parts {
		s.words(st, part)
		s.addresses(st, part, local, nil, i)
		s.digests(st, part, "", i)
	}
	s.installs = append(s.installs, s.installed(i, local)...)
	nameDigests(st, literals, i)
}

// local returns the variables that an instruction knows: those of its stage, and
// those that its scripts set, with the values that they set.
func (s *scanner) local(in dockerfile.Instruction, parts []text, scope map[string][]text) (map[string][]text, []*literal) {
	local := map[string][]text{}
	for k, v := range scope {
		local[k] = v
	}
	own := map[string]bool{}
	var literals []*literal
	for _, part := range parts {
		if in.Name != "run" && in.Name != "onbuild" {
			break // LABEL and the like set nothing
		}
		for _, l := range assignments(part) {
			if s.found.literals++; s.found.literals > maxLiterals {
				break
			}
			if !own[l.name] {
				own[l.name], local[l.name] = true, nil
			}
			local[l.name] = append(local[l.name], l.text())
			literals = append(literals, l)
		}
	}
	for name := range own {
		values := slices.DeleteFunc(local[name], func(v text) bool { return unquoted(v).s == "" })
		if len(values) > 0 { // "ARCH= && case … in" sets it for good later
			local[name] = values
		}
	}
	return local, literals
}

// note keeps texts in which names of files are looked for.
func (st *stage) note(parts ...text) {
	for _, t := range parts {
		if st.noted += len(t.s); st.noted <= maxTexts {
			st.texts = append(st.texts, t)
		}
	}
}

// withoutComments takes the lines out of a document that are comments to a shell.
func withoutComments(t text) text {
	out := text{}
	for i := 0; i < len(t.s); {
		end := strings.IndexByte(t.s[i:], '\n') + 1
		if end == 0 {
			end = len(t.s) - i
		}
		if !strings.HasPrefix(strings.TrimLeft(t.s[i:i+end], " \t"), "#") {
			out.s += t.s[i : i+end]
			out.at = append(out.at, t.at[i:i+end]...)
		}
		i += end
	}
	return out
}

var (
	shellAssign = regexp.MustCompile(`(?:^|[\s;&|(){"'` + "`" + `])([A-Za-z_][A-Za-z0-9_]*)=`)
	orAssign    = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*):?=([^}$]*)\}`)
	powerAssign = regexp.MustCompile(`\$(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(["'])`)
)

// assignments returns what a script sets, in order: NAME=value of a shell, and
// $name = 'value' of PowerShell.
func assignments(t text) (list []*literal) {
	for _, m := range shellAssign.FindAllStringSubmatchIndex(t.s, maxLiterals) {
		end := m[1] + wordLength(t.s[m[1]:])
		if quote := t.s[m[0]]; quote == '"' || quote == '\'' { // eval "X=…": the quote was opened before the name
			end = m[1] + strings.IndexAny(t.s[m[1]:]+string(quote), " \t\r\n;"+string(quote))
		}
		list = append(list, &literal{name: t.s[m[2]:m[3]], value: t.slice(m[1], end)})
	}
	for _, m := range orAssign.FindAllStringSubmatchIndex(t.s, maxLiterals) {
		list = append(list, &literal{name: t.s[m[2]:m[3]], value: t.slice(m[4], m[5])})
	}
	for _, m := range powerAssign.FindAllStringSubmatchIndex(t.s, maxLiterals) {
		quote := t.s[m[4]:m[5]]
		if n := strings.Index(t.s[m[5]:], quote); n >= 0 {
			list = append(list, &literal{name: t.s[m[2]:m[3]], value: t.slice(m[4], m[5]+n+1)})
		}
	}
	return list
}

// wordLength returns how long the word of a shell is that a text begins with.
func wordLength(s string) int {
	s = s[:min(len(s), maxWord)]
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote == '\'':
		case strings.HasPrefix(s[i:], "${"):
			i += closing(s[i:], '{', '}') - 1
		case strings.HasPrefix(s[i:], "$("):
			i += closing(s[i:], '(', ')') - 1
		case quote != 0:
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case strings.IndexByte(" \t\r\n;&|<>()", c) >= 0:
			return i
		}
	}
	return len(s)
}

// words cuts a text at white space and at what separates commands, wherever
// quotes stand: no address has a blank in it.
func words(t text) (list []text) {
	start := -1
	for i := 0; i <= len(t.s); i++ {
		if i < len(t.s) && !separates(t.s, i) {
			if start < 0 {
				start = i
			}
			if strings.HasPrefix(t.s[i:], "${") {
				i += closing(t.s[i:], '{', '}') - 1
			} else if strings.HasPrefix(t.s[i:], "$(") {
				i += closing(t.s[i:], '(', ')') - 1
			}
			i = min(i, len(t.s)-1)
			continue
		}
		if start >= 0 {
			list = append(list, t.slice(start, i))
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

var url = regexp.MustCompile("https?://[^\\s\"'<>|;,)\\\\`]+")

// addresses finds the URLs of a text.
func (s *scanner) addresses(st *stage, t text, scope map[string][]text, of *literal, step int) {
	e := expander{look: func(name string) []text { return scope[name] }, values: map[string][]text{}}
	for _, w := range slices.Concat(words(t), formatted(t), cloned(t)) {
		if !strings.Contains(w.s, "://") && !strings.Contains(w.s, "$") && !strings.Contains(w.s, "%") {
			continue
		}
		for _, v := range e.expand(w) {
			for _, m := range url.FindAllStringIndex(v.s, -1) {
				if s.found.addresses++; s.found.addresses > maxAddresses {
					return
				}
				a := &address{text: v.slice(m[0], m[1]), of: of, at: w.at[0], step: step}
				if a.text.at[0] >= 0 { // the value of a variable stands where it was set
					a.at = a.text.at[0]
				}
				a.place, a.known = source.Read(a.s)
				if !slices.ContainsFunc(st.addresses, func(b *address) bool { return b.s == a.s && slices.Equal(b.text.at, a.text.at) }) {
					st.addresses = append(st.addresses, a)
				}
			}
		}
	}
}

var format = regexp.MustCompile(`["'](https?://[^"']*\{0\}[^"']*)["']\s*\)?\s*-f\s+([^;)|]+)`)

// formatted returns the addresses that PowerShell makes: 'https://…/{0}' -f $env:V.
func formatted(t text) (list []text) {
	for _, m := range format.FindAllStringSubmatchIndex(t.s, 100) {
		args := strings.Split(t.s[m[4]:m[5]], ",")
		out, last, offset := text{}, m[2], m[4]
		var values []text
		for _, a := range args {
			trimmed := strings.TrimSpace(a)
			start := offset + strings.Index(a, trimmed)
			values = append(values, t.slice(start, start+len(trimmed)))
			offset += len(a) + 1
		}
		for _, hole := range holes.FindAllStringSubmatchIndex(t.s[m[2]:m[3]], -1) {
			n := int(t.s[m[2]+hole[2]] - '0')
			out = out.add(t.slice(last, m[2]+hole[0]))
			if n < len(values) {
				out = out.add(values[n])
			}
			last = m[2] + hole[1]
		}
		list = append(list, out.add(t.slice(last, m[3])))
	}
	return list
}

var holes = regexp.MustCompile(`\{([0-9])\}`)

var clone = regexp.MustCompile(`git\s+clone\s[^;&|]*`)

// cloned returns what git clone --branch TAG URL fetches, as an address with its tag: "https://….git#v1.2".
func cloned(t text) (list []text) {
	for _, m := range clone.FindAllStringIndex(t.s, 100) {
		var tag, from text
		list2 := words(t.slice(m[0], m[1]))
		for i, w := range list2 {
			switch {
			case (w.s == "-b" || w.s == "--branch") && i+1 < len(list2):
				tag = list2[i+1]
			case strings.HasPrefix(w.s, "--branch="):
				tag = w.slice(len("--branch="), len(w.s))
			case strings.Contains(w.s, "://"):
				from = w
			}
		}
		if tag.s != "" && from.s != "" {
			from.s, from.at = strings.Trim(from.s, `"'`), from.at[len(from.s)-len(strings.TrimLeft(from.s, `"'`)):]
			from.at = from.at[:len(from.s)]
			if !strings.HasSuffix(from.s, ".git") {
				from = from.add(made(".git", nil))
			}
			list = append(list, from.add(made("#", nil)).add(tag))
		}
	}
	return list
}

var (
	hexRun       = regexp.MustCompile(`[0-9A-Fa-f]{40,}`)
	keyWords     = regexp.MustCompile(`(?i)gpg|key|fingerprint|pgp|signer`)
	commits      = regexp.MustCompile(`(?i)commit|revision|\bref\b|gitsha|git_sha|_rev$`)
	checksumFlag = regexp.MustCompile(`(?i)checksum=$`)
	otherHash    = regexp.MustCompile(`(?:@sha(?:256|512):|--hash=sha256:|--require-hashes.*sha256:)$`)
)

// digests finds the numbers that can be checksums.
func (s *scanner) digests(st *stage, t text, name string, step int) {
	for _, m := range hexRun.FindAllStringIndex(t.s, maxDigests) {
		at, ok := t.run(m[0], m[1])
		before := t.s[max(0, m[0]-64):m[0]]
		if !ok || source.AlgorithmOf(t.s[m[0]:m[1]]) == "" || wordByte(t.s, m[0]-1) || wordByte(t.s, m[1]) || otherHash.MatchString(before) {
			continue
		}
		if s.found.digests++; s.found.digests > maxDigests {
			return
		}
		d := digest{hex: t.s[m[0]:m[1]], start: at, name: name, step: step}
		d.key = len(d.hex) == 40 && !checksumFlag.MatchString(before) && (keyWords.MatchString(before+name) || commits.MatchString(before+name) || !strings.Contains(strings.ToLower(before+name+t.s[m[1]:min(len(t.s), m[1]+64)]), "sha"))
		if !slices.ContainsFunc(st.digests, func(e digest) bool { return e.start == d.start }) {
			st.digests = append(st.digests, d)
		}
	}
}

func wordByte(s string, i int) bool {
	return i >= 0 && i < len(s) && (s[i] == '_' || s[i] >= '0' && s[i] <= '9' || s[i] >= 'A' && s[i] <= 'Z' || s[i] >= 'a' && s[i] <= 'z')
}

// nameDigests gives the digests of a step the names of the variables whose values they are.
func nameDigests(st *stage, literals []*literal, step int) {
	for _, l := range literals {
		if len(l.value.at) == 0 {
			continue
		}
		first, last := l.value.at[0], l.value.at[len(l.value.at)-1]
		for n := range st.digests {
			if d := &st.digests[n]; d.step == step && d.start >= first && d.start <= last {
				d.name = l.name
				d.key = d.key && !strings.Contains(strings.ToLower(l.name), "sha1")
			}
		}
	}
}

// architectures are the names by which scripts choose between files.
var architectures = []string{"amd64", "x86_64", "x64", "arm64", "aarch64", "arm64v8", "armhf", "armv7", "armv7l", "armv6", "armel", "arm", "i386", "386", "x86", "ppc64le", "ppc64el", "s390x", "riscv64", "mips64el", "mips64le", "loong64"}

func (s *scanner) words(st *stage, t text) {
	for _, a := range architectures {
		for i := 0; ; {
			n := strings.Index(t.s[i:], a)
			if n < 0 {
				break
			}
			if !wordByte(t.s, i+n-1) && !wordByte(t.s, i+n+len(a)) {
				st.words[a] = true
				break
			}
			i += n + len(a)
		}
	}
}
