package gitpin

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// Closing are the characters that may be between a value in YAML and its comment.
const Closing = " \t}],"

// Beside sets the comment of a pin in YAML, or the position for a new one: at the
// end of the line, if only closing brackets are between.
func (p Place) Beside(f *yamltext.File, n *yaml.Node, s yamltext.Scalar) Place {
	rest, line := f.Line(s.End)
	comment, where := yamltext.CommentIn(f.Src, s.End)
	between := rest
	if comment != "" {
		between = f.Src[s.End:where]
	}
	p.Ignored, p.End = f.Ignored(s.Start), line.Start+len(strings.TrimRight(between, " \t"))
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		p.NoComment = "it is written as a block of text, where a comment would be a part of it"
	case strings.Contains(f.Src[s.Start:s.End], "\n"):
		p.NoComment = "it is written over several lines"
	case strings.Trim(between, Closing) != "":
		p.NoComment = "other text stands behind it on its line, so that a comment there would not be its own"
	case comment != "":
		p.Comment, p.CommentAt, p.End = comment, ecosystems.Span{File: f.Path, Start: where, End: where + len(comment)}, where
	}
	return p
}
