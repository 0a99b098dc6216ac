package bake

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// maxDepth limits nested brackets, because the HCL parser recurses without a limit.
const maxDepth = 200

// hcl reads the file as HCL.
func (r *reader) hcl() {
	if why := tooDeep(r.src); why != "" {
		r.trouble(0, ecosystems.Limit, why)
		return
	}
	// The parser rejects a byte order mark. Three spaces are as many bytes.
	src := []byte(strings.Replace(r.src, "\uFEFF", "   ", 1))
	file, diags := hclsyntax.ParseConfig(src, r.file, hcl.InitialPos)
	if diags.HasErrors() {
		d := diags[0]
		at := 0
		if d.Subject != nil {
			at = min(max(d.Subject.Start.Byte, 0), len(r.src))
			at = strings.LastIndexByte(r.src[:at], '\n') + 1
		}
		r.trouble(at, ecosystems.Malformed, "not readable as HCL: "+d.Summary)
		return
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return
	}
	r.defaults(body) // first, because targets may precede the variables that they use
	for _, b := range body.Blocks {
		if b.Type == "target" {
			r.target(b.Body)
		}
	}
}

// tooDeep returns why a text is nested too deeply to be parsed, "" if it is not.
func tooDeep(src string) string {
	depth := 0
	for n := range len(src) {
		switch src[n] {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		// The parser recurses for these operators too.
		case '!', '-', '?':
			if n+maxDepth < len(src) && strings.Trim(src[n:n+maxDepth], "!-? ") == "" {
				return "more operators in a row than are looked at"
			}
		}
		if depth > maxDepth {
			return fmt.Sprintf("nested more than %d deep", maxDepth)
		}
	}
	return ""
}

// defaults reads the variables with a default: blocks, and attributes of the file.
func (r *reader) defaults(body *hclsyntax.Body) {
	for _, b := range body.Blocks {
		if b.Type != "variable" || len(b.Labels) != 1 {
			continue
		}
		if a := b.Body.Attributes["default"]; a != nil {
			r.variable(b.Labels[0], a.Expr)
		}
	}
	for name, a := range body.Attributes {
		r.variable(name, a.Expr)
	}
}

func (r *reader) variable(name string, e hclsyntax.Expression) {
	t, ok := r.template(e)
	if !ok || t.pieces.Unknown() != "" || len(e.Variables()) > 0 { // composed of other variables
		return
	}
	for _, p := range t.pieces {
		p.From = nil // Graft sets the source where the variable is used
		r.variables[name] = append(r.variables[name], p)
	}
}

// target reads the contexts and arguments of a target.
func (r *reader) target(body *hclsyntax.Body) {
	r.object(body.Attributes["contexts"], func(_ string, t text) { r.context(t) })
	r.object(body.Attributes["args"], r.argument)
}

// object calls each for every text of an object.
func (r *reader) object(a *hclsyntax.Attribute, each func(name string, t text)) {
	if a == nil {
		return
	}
	o, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return
	}
	for _, item := range o.Items {
		if t, ok := r.template(item.ValueExpr); ok {
			each(nameOf(item.KeyExpr), t)
		}
	}
}

func nameOf(e hclsyntax.Expression) string {
	if name := hcl.ExprAsKeyword(e); name != "" {
		return name
	}
	if v, diags := e.Value(nil); !diags.HasErrors() && v.Type().FriendlyName() == "string" && v.IsKnown() && !v.IsNull() {
		return v.AsString()
	}
	return ""
}

// template reads a string with its variables, or a variable alone.
func (r *reader) template(e hclsyntax.Expression) (text, bool) {
	rng := e.Range()
	t := text{raw: r.bytes(rng), at: ecosystems.Span{File: r.file, Start: rng.Start.Byte, End: rng.End.Byte}}
	root := &imagepin.Source{}
	switch e := e.(type) {
	case *hclsyntax.TemplateExpr:
		if len(t.raw) < 2 || t.raw[0] != '"' {
			return t, false // a heredoc
		}
		t.raw, t.at.Start, t.at.End = t.raw[1:len(t.raw)-1], t.at.Start+1, t.at.End-1
		for _, part := range e.Parts {
			t.pieces = append(t.pieces, r.part(part, root)...)
		}
	case *hclsyntax.TemplateWrapExpr:
		t.pieces = r.part(e.Wrapped, root)
	case *hclsyntax.ScopeTraversalExpr:
		t.pieces = r.part(e, root)
	default:
		return t, false
	}
	return t, true
}

// part reads one part of a string.
func (r *reader) part(e hclsyntax.Expression, root *imagepin.Source) imagepin.Text {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		if e.Val.Type().FriendlyName() != "string" || e.Val.IsNull() {
			break
		}
		p := imagepin.Piece{Text: e.Val.AsString(), From: root}
		if r.bytes(e.SrcRange) == p.Text { // without escapes
			p.File, p.Start = r.file, e.SrcRange.Start.Byte
		}
		return imagepin.Text{p}
	case *hclsyntax.ScopeTraversalExpr:
		name := e.Traversal.RootName()
		here := &imagepin.Source{Variable: name, Outer: root, Elsewhere: name + " is a variable, which may be used in other places"}
		if value, ok := r.value(name); ok && len(e.Traversal) == 1 { // no attribute of it
			return value.Graft(here)
		}
		return imagepin.Text{{From: here, Unknown: name + " has no default that is known here"}}
	}
	return imagepin.Text{{From: &imagepin.Source{Variable: "an expression", Outer: root}, Unknown: "an expression is evaluated when the file is baked"}}
}

func (r *reader) bytes(at hcl.Range) string {
	if at.Start.Byte < 0 || at.End.Byte > len(r.src) || at.Start.Byte > at.End.Byte {
		return ""
	}
	return r.src[at.Start.Byte:at.End.Byte]
}
