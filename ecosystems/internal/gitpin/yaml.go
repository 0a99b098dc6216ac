package gitpin

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// Closing is what may stand in YAML between a value and the comment that is about it.
const Closing = " \t}],"

// Beside fills in where the comment of a pin in YAML stands, or could stand:
// at the end of the line, where nothing but closing brackets comes between.
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
