package dockerfile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/variables"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// readStages sets the stages, their bases and their variables.
func (f *File) readStages() {
	f.global = variables.New(textsOf(f.Instructions))
	f.scopes, f.first = []scope{newScope(-1)}, map[string]int{}
	for i, in := range f.Instructions {
		if n := len(f.Stages); n > 0 && in.Name != "from" {
			f.Stages[n-1].Last = i + 1
		}
		switch in.Name {
		case "from":
			f.begin(i, in)
		case "arg":
			words := argWords(in.Args, f.Escape)
			f.global.Note(words, len(f.Stages) > 0)
			if len(f.Stages) == 0 { // only its own stage sees any other
				for _, word := range words {
					f.global.Declare(word, f.Escape, f.Name)
				}
			}
			f.define(i, in)
		case "env":
			f.define(i, in)
		}
	}
}

// begin adds the stage of a FROM.
func (f *File) begin(i int, in Instruction) {
	s := f.readStage(in)
	s.First, s.Last = i, i+1
	if _, again := f.first[s.Name]; !again && s.Name != "" {
		f.first[s.Name] = len(f.Stages)
	}
	f.Stages = append(f.Stages, s)
	f.scopes = append(f.scopes, newScope(s.Parent))
}

func (f *File) readStage(in Instruction) Stage {
	words := in.Args.Fields()
	s := Stage{Name: stageName(words), Parent: -1}
	switch {
	case imagepin.IsTemplate(in.Args.S):
		s.Image, s.Unknown = in.Args, "a template fills it in"
		return s
	case len(words) == 0:
		s.Unknown = "FROM names no image"
		return s
	}
	s.Image = words[0]
	s.Base, s.Unknown = f.expandGlobal(s.Image)
	if parent, ok := f.first[strings.ToLower(s.Base)]; ok && s.Unknown == "" {
		s.Parent = parent
	}
	if value, ok := in.FlagValue("platform"); ok {
		s.Platform, _ = f.expandGlobal(value)
	}
	return s
}

func (f *File) expandGlobal(word located.Text) (value, unknown string) {
	text, err := variables.Expand(word, f.Escape, f.Name, f.global, &imagepin.Source{})
	switch {
	case err != nil:
		return "", err.Error()
	case text.Unknown() != "":
		return "", text.Unknown()
	}
	return text.String(), ""
}

// StageNamed returns the index of the stage that COPY --from or FROM names
// before stage n: by name, or by its number. -1 for none, so it is an image.
func (f *File) StageNamed(name string, n int) int {
	if i, ok := f.first[strings.ToLower(name)]; ok && i < n {
		return i
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < min(n, len(f.Stages)) {
		return i
	}
	return -1
}

// A scope holds the variables that one stage defines, in order.
type scope struct {
	parent int // stage whose ENV it inherits; -1 for none
	vars   map[string][]definition
}

// A definition is one ENV or ARG of a name.
type definition struct {
	at    int // index of the instruction
	arg   bool
	value string
	known bool // the value does not depend on the builder
}

func newScope(parent int) scope { return scope{parent: parent, vars: map[string][]definition{}} }

// maxParents limits the parent stages that are searched for a variable.
const maxParents = 64

// define records the variables that ENV or ARG sets.
func (f *File) define(i int, in Instruction) {
	here := f.scopes[len(f.scopes)-1]
	for _, p := range f.Pairs(in) {
		d := definition{at: i, arg: in.Name == "arg"}
		switch {
		case p.Assigned && f.expanded < maxExpanded: // each ENV may double the last one
			d.value, d.known, _ = f.expandAt(i, in.Stage, p.Value)
			f.expanded += len(d.value)
		case !p.Assigned && in.Stage >= 0: // "ARG X" in a stage takes the global value
			if global := f.scopes[0].vars[p.Name.S]; len(global) > 0 {
				d.value, d.known = global[len(global)-1].value, global[len(global)-1].known
			}
		}
		here.vars[p.Name.S] = append(here.vars[p.Name.S], d)
	}
}

// maxBack limits the definitions of one name that are searched.
const maxBack = 1000

// last returns the last definition of a name before instruction i. If inherited
// is set, it skips ARG, which later stages do not inherit.
func (s scope) last(name string, i int, inherited bool) (definition, bool) {
	all := s.vars[name]
	// Definitions are in order of their instructions.
	n, _ := slices.BinarySearchFunc(all, i, func(d definition, i int) int { return d.at - i })
	for k := n - 1; k >= max(0, n-maxBack); k-- {
		if !inherited || !all[k].arg {
			return all[k], true
		}
	}
	return definition{}, false
}

// find returns the definition of a name that instruction i of a stage sees.
func (f *File) find(name string, i, stage int) (definition, bool) {
	for depth := 0; depth < maxParents; depth++ {
		if d, ok := f.scopes[stage+1].last(name, i, depth > 0); ok { // scopes[0] is that before the first FROM
			return d, true
		}
		if stage < 0 || f.scopes[stage+1].parent < 0 {
			return definition{}, false
		}
		stage = f.scopes[stage+1].parent
	}
	return definition{}, false
}

// Value returns the value of a variable as instruction i sees it. defined
// reports whether an ARG or ENV before it, or the builder, sets it at all;
// known, whether the value is the same in every build without arguments.
func (f *File) Value(i int, name string) (value string, known, defined bool) {
	d, ok := f.find(name, i, f.stageOf(i))
	return d.value, d.known && ok, ok
}

// Expand replaces the variables in a word of instruction i and removes quotes.
// undefined has the names that the file defines nowhere. known is false if a
// value is missing.
func (f *File) Expand(i int, word located.Text) (value string, known bool, undefined []string) {
	return f.expandAt(i, f.stageOf(i), word)
}

// stageOf returns the stage of instruction i; -1 after the last one.
func (f *File) stageOf(i int) int {
	if i < len(f.Instructions) {
		return f.Instructions[i].Stage
	}
	return -1
}

func (f *File) expandAt(i, stage int, word located.Text) (value string, known bool, undefined []string) {
	if len(word.S) > maxValue {
		return word.S, false, nil
	}
	// Most words have nothing to expand, and BuildKit's lexer allocates 1.2 kB for each.
	if !strings.ContainsAny(word.S, "$\"'"+string(rune(f.Escape))) {
		return strings.ToValidUTF8(word.S, "?"), true, nil
	}
	env := &scopeGetter{file: f, at: i, stage: stage, known: true}
	result, err := shell.NewLex(rune(f.Escape)).ProcessWordWithMatches(strings.ToValidUTF8(word.S, "?"), env)
	if err != nil || len(result.Result) > maxValue {
		return word.S, false, nil
	}
	return result.Result, env.known, bareNames(word.S, env.undefined)
}

var bareName = lazyregexp.New(`\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:\}|[^:+\-}\w]))`)

// bareNames returns the names that a word uses without a default; ${X:-y} and ${X:+y} have one.
func bareNames(word string, names []string) (out []string) {
	if len(names) == 0 {
		return nil
	}
	bare := map[string]bool{}
	for _, m := range bareName.FindAllStringSubmatch(word, -1) {
		bare[m[1]+m[2]] = true
	}
	for _, name := range names {
		if bare[name] && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// maxExpanded limits the values of all variables of a file, in bytes.
const maxExpanded = 4 << 20

// maxValue limits a value with variables, in bytes.
const maxValue = 16 << 10

// A scopeGetter looks up variables for BuildKit's expansion.
type scopeGetter struct {
	file      *File
	at, stage int
	known     bool
	undefined []string
}

// Get implements shell.EnvGetter.
func (g *scopeGetter) Get(name string) (string, bool) {
	d, ok := g.file.find(name, g.at, g.stage)
	g.known = g.known && ok && d.known
	if !ok {
		g.undefined = append(g.undefined, name)
	}
	return d.value, ok
}

// Keys implements shell.EnvGetter.
func (g *scopeGetter) Keys() []string { return nil }

// UndefinedGlobal returns the names in a word of FROM that no ARG before the
// first FROM declares, and that have no default of their own.
func (f *File) UndefinedGlobal(word located.Text) []string {
	if len(word.S) > variables.MaxText || imagepin.IsTemplate(word.S) {
		return nil
	}
	at := len(f.Instructions)
	if len(f.Stages) > 0 { // FROM sees only what is before the first one
		at = f.Stages[0].First
	}
	_, _, undefined := f.expandAt(at, -1, word)
	return undefined
}
