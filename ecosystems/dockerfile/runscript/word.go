package runscript

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// word converts a word; owner is its command, nil for none.
func (c *collector) word(w *syntax.Word, owner *Command) Word {
	if w == nil {
		return Word{}
	}
	out := Word{Node: w, Known: true, At: c.at(w)}
	p := parts{collector: c, owner: owner, out: &out}
	p.add(w.Parts, false)
	out.Text = p.text.String()
	return out
}

// parts builds the text of a word.
type parts struct {
	*collector
	owner *Command
	out   *Word
	text  strings.Builder
}

func (p *parts) add(list []syntax.WordPart, quoted bool) {
	for _, part := range list {
		switch part := part.(type) {
		case *syntax.Lit:
			p.text.WriteString(unquote(part.Value, quoted))
		case *syntax.SglQuoted:
			p.text.WriteString(part.Value)
		case *syntax.DblQuoted:
			p.add(part.Parts, true)
		case *syntax.ParamExp:
			p.param(part)
		case *syntax.CmdSubst:
			p.inner(part, part.Stmts)
		case *syntax.ProcSubst:
			p.inner(part, part.Stmts)
		default:
			p.source(part)
		}
	}
}

// unquote removes the backslashes that quote.
func unquote(s string, quoted bool) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (!quoted || strings.IndexByte("$`\"\\\n", s[i+1]) >= 0) {
			i++
			if s[i] == '\n' { // a continued line
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// source adds a part as written.
func (p *parts) source(part syntax.Node) {
	p.out.Known = false
	text := p.collector.text.String()
	start, end := int(part.Pos().Offset()), int(part.End().Offset())
	if start <= end && end <= len(text) {
		p.text.WriteString(text[start:end])
	}
}

func (p *parts) param(part *syntax.ParamExp) {
	if part.Param != nil && part.Exp == nil && part.Repl == nil && part.Slice == nil && part.Index == nil && !part.Length && !part.Excl {
		p.out.Known = false
		p.text.WriteString("${" + part.Param.Value + "}")
		return
	}
	p.source(part)
}

// inner collects the commands of a substitution.
func (p *parts) inner(part syntax.Node, list []*syntax.Stmt) {
	p.source(part)
	sub := *p.collector
	if p.owner != nil {
		sub.inside = p.owner
	}
	for _, stmt := range list {
		before := len(p.script.Commands)
		sub.statement(stmt)
		for _, one := range p.script.Commands[before:] {
			if one.Inside == sub.inside { // not those of substitutions inside of this one
				p.out.Inner = append(p.out.Inner, one)
			}
		}
	}
}

// passedScript parses the script in the arguments of a command: sh -c '…', eval '…'.
func (c *collector) passedScript(one *Command) {
	name, args := one.Program()
	if c.depth >= maxDepth {
		return
	}
	switch kind := kindOf(name); {
	case name == "eval" && len(args) == 1:
		c.nested(one, args[0])
	case kind == Sh || kind == Bash || name == "su" || name == "runuser":
		for i := 0; i+1 < len(args); i++ {
			flag := args[i].Text
			if strings.HasPrefix(flag, "-") && !strings.HasPrefix(flag, "--") && strings.HasSuffix(flag, "c") || flag == "--command" {
				c.nested(one, args[i+1])
				return
			}
		}
	}
}

// nested parses a word that is one quoted text without escapes.
func (c *collector) nested(one *Command, w Word) {
	if start, end, ok := quotedText(w); ok {
		c.inner(one, start, end)
	}
}

// heredocScripts parses the heredocs that are the input of a shell: bash <<EOF.
func (c *collector) heredocScripts(one *Command, stmt *syntax.Stmt) {
	name, args := one.Program()
	if kind := kindOf(name); kind != Sh && kind != Bash || c.depth >= maxDepth {
		return
	}
	for _, a := range args {
		if !strings.HasPrefix(a.Text, "-") || strings.HasSuffix(a.Text, "c") { // the script is elsewhere
			return
		}
	}
	for _, r := range stmt.Redirs {
		if r.Hdoc != nil {
			start, end := int(r.Hdoc.Pos().Offset()), min(int(r.Hdoc.End().Offset()), c.text.Len())
			if stop := c.word(r.Word, nil).Text; start < end && strings.HasSuffix(c.text.String()[start:end], stop) {
				end -= len(stop) // the parser includes the word that ends the document
			}
			c.inner(one, start, end)
		}
	}
}

// inner parses a part of the text as a separate script.
func (c *collector) inner(one *Command, start, end int) {
	if start < 0 || end > c.text.Len() || start >= end {
		return
	}
	inner := c.text.Slice(start, end)
	if nesting(inner.String()) > maxNest {
		return
	}
	tree, err := parseShell(inner.String())
	if err != nil {
		return // the word stays a plain argument
	}
	sub := &collector{script: c.script, text: inner, inside: one, depth: c.depth + 1}
	sub.statements(tree.Stmts)
}

// quotedText returns the offsets of the text in a word that is one quoted string; ok is false for any other word.
func quotedText(w Word) (start, end int, ok bool) {
	if w.Node == nil || len(w.Node.Parts) != 1 {
		return 0, 0, false
	}
	start, end = int(w.Node.Pos().Offset())+1, int(w.Node.End().Offset())-1
	switch q := w.Node.Parts[0].(type) {
	case *syntax.SglQuoted:
		return start, end, !q.Dollar
	case *syntax.DblQuoted:
		for _, part := range q.Parts {
			// With escapes, the offsets of the inner script would be wrong.
			if lit, isLit := part.(*syntax.Lit); isLit && strings.Contains(lit.Value, `\`) {
				return 0, 0, false
			}
		}
		return start, end, !q.Dollar
	}
	return 0, 0, false
}

// Expand returns the text of a word with the values of its variables; ok is false if
// a part is known only at run time.
func Expand(w Word, value func(name string) (string, bool)) (text string, ok bool) {
	if w.Known || w.Node == nil {
		return w.Text, w.Known
	}
	var out strings.Builder
	ok = expandParts(&out, w.Node.Parts, false, value)
	return out.String(), ok && out.Len() <= maxScript
}

func expandParts(out *strings.Builder, list []syntax.WordPart, quoted bool, value func(string) (string, bool)) bool {
	for _, part := range list {
		switch part := part.(type) {
		case *syntax.Lit:
			out.WriteString(unquote(part.Value, quoted))
		case *syntax.SglQuoted:
			out.WriteString(part.Value)
		case *syntax.DblQuoted:
			if !expandParts(out, part.Parts, true, value) {
				return false
			}
		case *syntax.ParamExp:
			text, ok := expandParam(part, value)
			if !ok || out.Len() > maxScript { // values multiply
				return false
			}
			out.WriteString(text)
		default:
			return false
		}
	}
	return true
}

// expandParam expands ${X}, ${X#p}, ${X%p} without patterns, and ${X:-y}.
func expandParam(p *syntax.ParamExp, value func(string) (string, bool)) (string, bool) {
	if p.Param == nil || p.Repl != nil || p.Slice != nil || p.Index != nil || p.Length || p.Excl {
		return "", false
	}
	text, ok := value(p.Param.Value)
	if p.Exp == nil {
		return text, ok
	}
	arg, plain := "", true
	if p.Exp.Word != nil {
		var b strings.Builder
		plain = expandParts(&b, p.Exp.Word.Parts, false, value)
		arg = b.String()
	}
	switch p.Exp.Op {
	case syntax.DefaultUnsetOrNull, syntax.DefaultUnset:
		if ok && text != "" {
			return text, true
		}
		return arg, plain
	case syntax.RemSmallPrefix, syntax.RemLargePrefix:
		return strings.TrimPrefix(text, arg), ok && plain && !strings.ContainsAny(arg, "*?[")
	case syntax.RemSmallSuffix, syntax.RemLargeSuffix:
		return strings.TrimSuffix(text, arg), ok && plain && !strings.ContainsAny(arg, "*?[")
	}
	return "", false
}
