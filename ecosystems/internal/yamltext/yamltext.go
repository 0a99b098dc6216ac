// Package yamltext parses YAML and keeps positions: of documents, and of the bytes
// of each scalar in any style.
//
// It uses the YAML parser for structure and positions only, and never prints YAML.
// The ecosystems that use it know the meaning of keys.
package yamltext

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// The limits for one file.
const (
	maxSteps     = 2_000_000 // visited nodes; merge keys can multiply them
	maxDepth     = 64        // aliases of aliases
	maxText      = 1 << 15   // bytes of one scalar
	maxLine      = 4096      // bytes of one line that are shown or searched
	maxDocuments = 10_000
)

// A File is a YAML text with its documents. It is not safe for concurrent use.
type File struct {
	Path      string // slash-separated, relative to the root of the repository
	Src       string
	Documents []Document

	yaml   string // the text for the parser, as long as Src
	lines  *lines
	steps  int
	sought int // bytes parsed so far to find wrong lines
}

// A Document is one document of a file.
type Document struct {
	Root       *yaml.Node // its root, no alias; nil if it is empty, not wanted, or malformed
	Start, End int        // its byte offsets, including its "---" line
	Filled     bool       // it was parsed with its template tags replaced by letters
	Trouble    *Trouble   // why it cannot be parsed; nil if it can
}

// A Trouble is why a document cannot be parsed, with the position.
type Trouble struct {
	At       ecosystems.Span // the line of the error according to the parser
	Text     string          // that line, shortened
	Reason   ecosystems.Reason
	Template bool // the document has tags of a template language
}

// Read parses the documents of a text separately, so that a malformed one does not
// affect the others. wanted reports, by its text, whether to parse a document; nil
// means all.
func Read(path, src string, wanted func(document string) bool) *File {
	f := &File{Path: path, Src: src, yaml: readable(src), lines: newLines(src)}
	if strings.HasPrefix(src, "\xff\xfe") || strings.HasPrefix(src, "\xfe\xff") {
		f.Documents = []Document{{End: len(src), Trouble: f.trouble(0, ecosystems.Malformed, "not a text file in UTF-8")}}
		return f
	}
	var filling []byte // a copy of yaml with template tags replaced; nil if there are none
	for n, part := range f.parts() {
		if n >= maxDocuments {
			f.Documents = append(f.Documents, Document{Start: part.start, End: len(src),
				Trouble: f.trouble(part.start, ecosystems.Limit, fmt.Sprintf("more than %d documents in one file: the rest is not read", maxDocuments))})
			break
		}
		if wanted == nil || wanted(src[part.start:part.end]) {
			f.Documents = append(f.Documents, f.document(part, &filling))
		}
	}
	if filling != nil {
		f.yaml = string(filling)
	}
	return f
}

// A part is the position of one document.
type part struct {
	start, end int
	line       int // of start, counted from 0
}

// parts splits the text at its document markers (YAML 1.2, section 9.1.2). A line
// that begins with "---" or "..." and white space is a marker, even inside of a
// scalar.
func (f *File) parts() (list []part) {
	open := part{start: f.lines.starts[0]}
	bare := true // only comments and directives so far
	for n, at := range f.lines.starts {
		line := f.Src[at:min(at+6, len(f.Src))]
		switch {
		case marks(line, "---") && !bare: // the first one belongs to the document
			open.end = at
			list, open, bare = append(list, open), part{start: at, line: n}, false
		case marks(line, "..."):
			bare = true
			if n+1 < len(f.lines.starts) {
				open.end = at
				list, open = append(list, open), part{start: f.lines.starts[n+1], line: n + 1}
			}
		case !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "%") && strings.TrimSpace(f.Src[at:f.lines.end(n)]) != "":
			bare = false
		}
	}
	open.end = len(f.Src)
	return append(list, open)
}

// marks reports whether the beginning of a line is a document marker.
func marks(line, marker string) bool {
	rest, ok := strings.CutPrefix(line, marker)
	return ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t' || lineBreak(rest) > 0)
}

// document parses one part. If that fails, it tries again with template tags replaced by letters.
func (f *File) document(p part, filling *[]byte) Document {
	d := Document{Start: p.start, End: p.end}
	text := f.yaml[p.start:p.end]
	root, err := parse(text)
	if err != nil {
		full := filled(text)
		again, stillBad := parse(full)
		if stillBad != nil || full == text { // the first error is about what the file says
			d.Trouble = f.malformed(p, err)
			return d
		}
		if *filling == nil { // most files have no tags, and need no copy
			*filling = []byte(f.yaml)
		}
		copy((*filling)[p.start:p.end], full)
		root, d.Filled = again, true
	}
	move(root, p.line)
	d.Root = Target(root)
	return d
}

// parse returns the root of a document; nil if it is empty. It returns panics of
// the parser, which some broken input causes, as errors.
func parse(text string) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, fmt.Errorf("yaml: %v", p)
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil, nil
	}
	if root = doc.Content[0]; root.Tag == "!!null" && root.Value == "" { // only comments
		return nil, nil
	}
	return root, nil
}

// move adds lines to the positions of a document, because the parser counts from
// the document's beginning.
func move(n *yaml.Node, lines int) {
	if n == nil || lines == 0 {
		return
	}
	n.Line += lines
	for _, child := range n.Content {
		move(child, lines)
	}
}

var yamlError = lazyregexp.New(`^yaml: (?:line (\d+): )?(.*)`)

func (f *File) malformed(p part, err error) *Trouble {
	m := yamlError.FindStringSubmatch(err.Error())
	at, why := p.start, "not readable as YAML: "+err.Error()
	if m != nil {
		line, _ := strconv.Atoi(m[1])
		if strings.HasPrefix(m[2], "did not find expected") {
			line = f.lastGood(f.yaml[p.start:p.end], line) + 1
		}
		why = "not readable as YAML: " + m[2]
		at = min(max(f.lines.offset(f.Src, line+p.line, 1), p.start), p.end)
	}
	t := f.trouble(at, ecosystems.Malformed, why)
	text := f.Src[p.start:p.end]
	if t.Template = strings.Contains(text, "{{") || strings.Contains(text, "{%"); t.Template {
		t.Reason.Text += "; a template fills the file in"
	}
	return t
}

// For some errors the parser names the line on which the mapping or list begins,
// and the wrong line may be far below. Finding it takes one parse for each line, so
// it is done only for short documents and up to a limit for each file.
const (
	maxSought      = 200     // lines of a document
	maxSoughtBytes = 4 << 20 // bytes parsed for it in one file
)

// lastGood returns how many of the first lines of a broken document can be parsed
// without the rest: at least those above the line that the parser named.
func (f *File) lastGood(text string, named int) int {
	all := strings.SplitAfter(text, "\n")
	if len(all) <= maxSought {
		for n := len(all) - 1; n >= max(named, 1) && f.sought < maxSoughtBytes; n-- {
			f.sought += len(text)
			if _, err := parse(strings.Join(all[:n], "")); err == nil {
				return n
			}
		}
	}
	return named - 1
}

func (f *File) trouble(at int, code, why string) *Trouble {
	line := f.Src[at : at+plainEnd(f.Src[at:])]
	at += len(line) - len(strings.TrimLeft(line, " \t"))
	line = strings.Trim(line, " \t")
	return &Trouble{At: ecosystems.Span{File: f.Path, Start: at, End: at + len(line)}, Text: imagepin.Clip(line), Reason: ecosystems.Reason{Code: code, Text: why}}
}
