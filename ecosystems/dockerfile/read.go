package dockerfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/variables"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Read returns the dependencies of a Dockerfile, ordered by position. Spans name
// the file and are byte offsets in src.
func Read(file, src string) []ecosystems.Dependency {
	return Parse(file, src).Dependencies()
}

// Dependencies returns the dependencies of the file, ordered by position.
func (f *File) Dependencies() []ecosystems.Dependency {
	r := newReader(f)
	r.walk()
	r.syntax()
	r.report()
	return imagepin.Settle(f.Name, r.found)
}

// A reader walks over the instructions of one Dockerfile.
type reader struct {
	*File
	at      int // how many stages have begun
	trouble trouble
	found   []ecosystems.Dependency
	bases   []ecosystems.Dependency // those of found that are named in FROM
}

func newReader(f *File) *reader { return &reader{File: f, trouble: f.trouble} }

// stageName returns the name that "image AS name" gives, in lower case.
func stageName(args []located.Text) string {
	if n := len(args); n >= 3 && strings.EqualFold(args[n-2].S, "as") {
		return strings.ToLower(args[n-1].S)
	}
	return ""
}

// walk reads all instructions and those of ONBUILD.
func (r *reader) walk() {
	for _, in := range r.Instructions {
		r.instruction(in)
		if in.Trigger != nil {
			r.trigger(in)
		}
	}
}

func (r *reader) trigger(in Instruction) {
	if in.Trigger.Name == "from" {
		r.trouble.set(in.Start, "ONBUILD cannot have a FROM behind it")
		return
	}
	r.instruction(*in.Trigger)
}

// instruction reads one instruction.
func (r *reader) instruction(in Instruction) {
	switch in.Name {
	case "from":
		r.from(in)
	case "copy":
		if value, ok := in.FlagValue("from"); ok {
			r.otherImage(in, value)
		}
	case "run":
		r.mounts(in)
	default:
		if _, known := command.Commands[in.Name]; !known {
			r.trouble.set(in.Word.Span("").Start, fmt.Sprintf("%q is not an instruction of a Dockerfile", imagepin.Clip(in.Word.S)))
		}
	}
}

var asName = lazyregexp.New(`(?i)\s+as\s+\S+$`)

// from reads FROM. A stage is no dependency, nor is scratch.
func (r *reader) from(in Instruction) {
	earlier, args := r.at, in.Args
	r.at++
	// Placeholders may contain spaces, so the words of the line mean nothing.
	if imagepin.IsTemplate(args.S) {
		word := args.Slice(0, len(asName.ReplaceAllString(args.S, "")))
		r.base(in, word, imagepin.Text{}, "")
		return
	}
	words := args.Fields()
	if len(words) == 0 {
		r.trouble.set(in.Start, "FROM names no image")
		return
	}
	word := words[0]
	text, err := r.expand(word)
	whole := text.String()
	switch {
	case err != nil:
		r.add(r.broken(in, word, err.Error()))
	case text.Unknown() != "" && r.maybeStage(text, earlier), text.Unknown() == "" && r.isStage(whole, earlier), whole == "scratch" && text.Unknown() == "":
	case len(words) != 1 && (len(words) != 3 || stageName(words) == ""):
		d := r.read(in, word, text, "")
		d.Skip = ecosystems.Reason{Code: ecosystems.Malformed, Text: "behind the image FROM takes only AS and a name, not even a comment"}
		d.Ignored = d.Ignored || ignoredBehind(args.S) // the comment behind it is the error itself
		r.add(d)
	default:
		r.base(in, word, text, r.platform(in))
	}
}

func ignoredBehind(args string) bool {
	i := strings.IndexByte(args, '#')
	return i >= 0 && ecosystems.Ignores(args[i:])
}

// ignoredOn reports whether the rest of a line tells Freshpin to ignore it. Docker
// has no comments at the end of a line, but accepts any text after the default
// of an ARG.
func (r *reader) ignoredOn(offset int) bool {
	line := r.Source[offset:min(len(r.Source), offset+imagepin.MaxLine)]
	line, _, _ = strings.Cut(line, "\n")
	i := strings.Index(line, " #")
	return i >= 0 && ecosystems.Ignores(strings.TrimSpace(line[i+1:]))
}

func (r *reader) base(in Instruction, word located.Text, text imagepin.Text, platform string) {
	d := r.read(in, word, text, platform)
	r.bases = append(r.bases, d)
	r.add(d)
}

func (r *reader) add(d ecosystems.Dependency) { r.found = append(r.found, d) }

func (r *reader) expand(word located.Text) (imagepin.Text, error) {
	return variables.Expand(word, r.Escape, r.Name, r.global, &imagepin.Source{})
}

// isStage reports whether one of the first n stages has a name.
func (r *reader) isStage(name string, n int) bool {
	i, ok := r.first[strings.ToLower(name)]
	return ok && i < n
}

// maxStages limits the stages that a name with unknown parts is compared with.
const maxStages = 64

// maybeStage reports whether a name with unknown parts, such as base-${TARGETARCH}, may be that of a stage.
func (r *reader) maybeStage(text imagepin.Text, n int) bool {
	var before, after string
	seen := false
	for _, p := range text {
		switch {
		case p.Unknown != "":
			seen, after = true, ""
		case seen:
			after += strings.ToLower(p.Text)
		default:
			before += strings.ToLower(p.Text)
		}
	}
	if strings.Trim(before+after, "-_.") == "" { // ${X} alone would match every stage
		return false
	}
	return slices.ContainsFunc(r.Stages[:min(n, maxStages)], func(s Stage) bool {
		return len(s.Name) >= len(before)+len(after) && strings.HasPrefix(s.Name, before) && strings.HasSuffix(s.Name, after)
	})
}

// platform returns the value of --platform, "" if the builder decides.
func (r *reader) platform(in Instruction) string {
	value, ok := in.FlagValue("platform")
	if !ok {
		return ""
	}
	text, err := r.expand(value)
	if err != nil || text.Unknown() != "" {
		return ""
	}
	return text.String()
}

func flagValue(flag located.Text, name string) (located.Text, bool) {
	key, value, found := flag.Cut('=')
	return value, found && key.S == "--"+name
}

// mounts reads RUN --mount=type=bind,from=image. The value is a line of CSV, whose fields may be quoted.
func (r *reader) mounts(in Instruction) {
	for _, f := range in.Flags {
		value, ok := flagValue(f, "mount")
		for field := (located.Text{}); ok; {
			field, value, ok = value.Cut(',') // a quoted field with a comma is no image
			if n := len(field.S); n > 1 && field.S[0] == '"' && field.S[n-1] == '"' {
				field = field.Slice(1, n-1)
			}
			if key, from, found := field.Cut('='); found && strings.EqualFold(strings.TrimSpace(key.S), "from") {
				r.otherImage(in, from)
			}
		}
	}
}

// otherImage reads an image outside of FROM. There Docker replaces no variables, and a
// name or a number may refer to any stage of the file.
func (r *reader) otherImage(in Instruction, word located.Text) {
	word = word.Trim()
	if word.S == "" || word.S == "scratch" || r.isStage(word.S, len(r.Stages)) {
		return
	}
	if n, err := strconv.Atoi(word.S); err == nil {
		if n < 0 || n >= len(r.Stages) {
			r.add(r.broken(in, word, fmt.Sprintf("there is no stage %d", n)))
		}
		return
	}
	// FROM has this limit in variables.Expand, which is not used here.
	if len(word.S) > variables.MaxText {
		r.add(r.broken(in, word, variables.ErrTooLong.Error()))
		return
	}
	var text imagepin.Text
	source := &imagepin.Source{}
	// Byte by byte, because a continued line interrupts the word.
	for i := range len(word.S) {
		text = text.Append(imagepin.Piece{Text: word.S[i : i+1], From: source, File: r.Name, Start: word.At(i)})
	}
	if strings.Contains(word.S, "$") {
		why := "Docker replaces no variables here: give the image a stage of its own, with FROM"
		text = imagepin.Text{{From: &imagepin.Source{}, Unknown: why}}
	}
	r.add(r.read(in, word, text, ""))
}

// read returns the dependency for a reference.
func (r *reader) read(in Instruction, word located.Text, text imagepin.Text, platform string) ecosystems.Dependency {
	d := imagepin.Read(text, imagepin.Place{
		Raw: word.S, At: word.Span(r.Name), Platform: platform, Comment: r.commentAbove,
	})
	d.Ignored = r.ignored(in.Start) || r.ignored(d.At[0].Start) || r.ignoredOn(d.At[0].End)
	return d
}

// broken returns the dependency for a malformed reference.
func (r *reader) broken(in Instruction, word located.Text, why string) ecosystems.Dependency {
	d := imagepin.Trouble(imagepin.Clip(word.S), word.Span(r.Name), ecosystems.Reason{Code: ecosystems.Malformed, Text: why})
	d.Ignored = r.ignored(in.Start)
	return d
}

// syntax reads the image of the frontend: "# syntax=docker/dockerfile:1".
func (r *reader) syntax() {
	ref, where, ok := r.detectSyntax()
	if !ok || len(where) == 0 || where[0].Start.Line < 1 {
		return
	}
	start := lineStart(r.Source, where[0].Start.Line)
	line, _, _ := strings.Cut(r.Source[start:], "\n")
	begin := strings.IndexByte(line, '=') + 1
	i := strings.Index(line[begin:], ref)
	if begin == 0 || i < 0 {
		return
	}
	at := start + begin + i
	text := imagepin.Text{{Text: ref, From: &imagepin.Source{}, File: r.Name, Start: at}}
	r.add(r.read(Instruction{Start: start}, located.Literal(ref, at), text, ""))
}

// report adds the first error.
func (r *reader) report() {
	if !r.hasTrouble() {
		return
	}
	at := r.trouble.at
	line, _, _ := strings.Cut(r.Source[at:], "\n")
	line = strings.TrimRight(line, "\r \t")
	if r.malformedAt(line, at) {
		return
	}
	span := ecosystems.Span{File: r.Name, Start: at, End: at + len(line)}
	d := imagepin.Trouble(imagepin.Clip(line), span, ecosystems.Reason{Code: ecosystems.Malformed, Text: r.trouble.text})
	d.Ignored = r.ignored(at)
	r.add(d)
}

// malformedAt reports whether a reference on the line was found to be malformed already.
func (r *reader) malformedAt(line string, at int) bool {
	return slices.ContainsFunc(r.found, func(d ecosystems.Dependency) bool {
		return d.Skip.Code == ecosystems.Malformed && d.At[0].Start >= at && d.At[0].Start <= at+len(line)
	})
}

var templateLine = lazyregexp.New(`(?m)^\s*(?:\{\{|\{%|<%|%%|#if|#end|@)|^FROM.*(?:\{\{|\{%|<%|%%)`)

// templateSigns: every match of templateLine contains one of these. Searching for
// them first is much cheaper than the pattern.
var templateSigns = []string{"{{", "{%", "<%", "%%", "#if", "#end", "@"}

func isTemplateFile(src string) bool {
	return slices.ContainsFunc(templateSigns, func(sign string) bool { return strings.Contains(src, sign) }) && templateLine.MatchString(src)
}

// detectSyntax returns the frontend that the file names, as BuildKit detects it.
func (r *reader) detectSyntax() (ref string, where []parser.Range, ok bool) {
	if !strings.Contains(strings.ToLower(r.Source), "syntax") { // much cheaper than BuildKit's search
		return "", nil, false
	}
	ref, _, where, ok = parser.DetectSyntax([]byte(r.Source))
	return ref, where, ok
}

// otherFrontend reports whether the file is for a frontend other than Docker's,
// which may have other instructions.
func (r *reader) otherFrontend() bool {
	ref, _, ok := r.detectSyntax()
	return ok && !strings.Contains(ref, "docker/dockerfile")
}
