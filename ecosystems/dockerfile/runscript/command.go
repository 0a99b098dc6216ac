package runscript

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
)

// A Command is one simple command of a script, also in substitutions, functions and
// texts that are passed to a shell ("sh -c '…'").
type Command struct {
	Script    *Script
	Words     []Word // the name first; none for X=1 alone
	Assigns   []Assign
	Redirects []Redirect
	From      []*Command // the commands whose output it reads from a pipe
	To        []*Command // the commands that read its output from a pipe
	Inside    *Command   // the command with a word that contains it: $(…), <(…), sh -c '…'; nil for none
	At        ecosystems.Span
}

// A Word is a word of a command.
type Word struct {
	Text  string // quotes removed; variables as ${NAME}, substitutions as written
	Known bool   // the shell replaces nothing in it
	At    ecosystems.Span
	Node  *syntax.Word // nil in the JSON form
	Inner []*Command   // the commands in its substitutions
}

// An Assign is X=value before a command, alone, or after export and the like.
type Assign struct {
	Name  string
	Value Word // empty for "export X"
}

// A Redirect is "> file" and the like.
type Redirect struct {
	Op   string // ">", ">>", "<", "<<<", "<<", …
	Word Word   // for a heredoc, the word that ends it
	Body string // of a heredoc, as written
}

// Name returns the base name of the program, "" for none: "curl" of /usr/bin/curl.
func (c *Command) Name() string {
	if len(c.Words) == 0 {
		return ""
	}
	return base(c.Words[0])
}

// base returns the base name of a program. Unlike path.Base, it keeps "" and trailing slashes.
func base(w Word) string { return w.Text[strings.LastIndexByte(w.Text, '/')+1:] }

// Args returns the words after the name.
func (c *Command) Args() []Word {
	if len(c.Words) == 0 {
		return nil
	}
	return c.Words[1:]
}

// wrappers run the command in their arguments. The value has the flags whose value
// is the next word.
var wrappers = map[string]string{
	"sudo": "-u -g -h -p -C -r -t -U", "doas": "-u -C", "env": "-u -C -S", "exec": "-a", "command": "", "builtin": "", "time": "-f -o",
	"nice": "-n", "ionice": "-c -n -p", "nohup": "", "stdbuf": "-i -o -e", "timeout": "-k -s", "eatmydata": "", "unbuffer": "", "setarch": "", "linux32": "",
	"gosu": "", "su-exec": "", "chroot": "", "fakeroot": "", "proot": "", "tini": "", "dumb-init": "", "catchsegv": "", "xvfb-run": "-s -n",
}

// positional is how many positional arguments a wrapper has before the command.
var positional = map[string]int{"timeout": 1, "gosu": 1, "su-exec": 1, "chroot": 1, "setarch": 1}

// Program returns the command without wrappers: curl for "sudo -E env X=1 curl -o a u".
func (c *Command) Program() (name string, args []Word) {
	words := c.Words
	for range 8 {
		if len(words) == 0 {
			return "", nil
		}
		name = base(words[0])
		takes, wraps := wrappers[name]
		rest := words[1:]
		if name == "busybox" && len(rest) > 0 { // the applet is the program
			words = rest
			continue
		}
		if !wraps {
			return name, rest
		}
		words = behindWrapper(rest, takes, positional[name])
	}
	return name, nil
}

// behindWrapper returns the words after the flags, assignments and arguments of a wrapper.
func behindWrapper(words []Word, takes string, own int) []Word {
	for len(words) > 0 {
		text := words[0].Text
		switch {
		case strings.HasPrefix(text, "-") && len(text) > 1:
			if len(words) > 1 && strings.Contains(" "+takes+" ", " "+text+" ") {
				words = words[1:]
			}
		case isAssignment(text):
		case own > 0:
			own--
		default:
			return words
		}
		words = words[1:]
	}
	return nil
}

func isAssignment(text string) bool {
	name, _, found := strings.Cut(text, "=")
	return found && syntax.ValidName(name)
}

// A collector converts a syntax tree to commands.
type collector struct {
	script *Script
	text   located.Text // that the tree was parsed from
	inside *Command
	depth  int // of scripts in words
}

// maxDepth limits scripts in words of scripts.
const maxDepth = 3

// collect sets Commands.
func (s *Script) collect() {
	c := &collector{script: s, text: s.Text}
	c.statements(s.Tree.Stmts)
}

func (c *collector) statements(list []*syntax.Stmt) {
	for _, stmt := range list {
		c.statement(stmt)
	}
}

// statement collects the commands of one statement. It returns the commands that
// read its input and those that write its output.
func (c *collector) statement(stmt *syntax.Stmt) (first, last []*Command) {
	if stmt == nil {
		return nil, nil
	}
	switch cmd := stmt.Cmd.(type) {
	case *syntax.CallExpr:
		one := c.simple(cmd.Assigns, cmd.Args, stmt)
		return []*Command{one}, []*Command{one}
	case *syntax.DeclClause:
		one := c.simple(cmd.Args, nil, stmt)
		one.Words = append([]Word{{Text: cmd.Variant.Value, Known: true, At: c.at(cmd.Variant)}}, one.Words...)
		return []*Command{one}, []*Command{one}
	case *syntax.BinaryCmd:
		f1, l1 := c.statement(cmd.X)
		f2, l2 := c.statement(cmd.Y)
		if cmd.Op != syntax.Pipe && cmd.Op != syntax.PipeAll { // && and ||: both read the input and write the output
			return append(f1, f2...), append(l1, l2...)
		}
		connect(l1, f2)
		return f1, l2
	}
	return c.compound(stmt)
}

// maxConnected limits the connected commands on each side of a pipe.
const maxConnected = 20

func connect(from, to []*Command) {
	from, to = from[:min(len(from), maxConnected)], to[:min(len(to), maxConnected)]
	for _, a := range from {
		for _, b := range to {
			a.To, b.From = append(a.To, b), append(b.From, a)
		}
	}
}

// compound collects the commands of loops, conditions, functions and groups.
func (c *collector) compound(stmt *syntax.Stmt) (first, last []*Command) {
	add := func(list []*syntax.Stmt) {
		for _, one := range list {
			f, l := c.statement(one)
			first, last = append(first, f...), append(last, l...)
		}
	}
	switch cmd := stmt.Cmd.(type) {
	case *syntax.Subshell:
		add(cmd.Stmts)
	case *syntax.Block:
		add(cmd.Stmts)
	case *syntax.IfClause:
		for clause := cmd; clause != nil; clause = clause.Else {
			add(clause.Cond)
			add(clause.Then)
		}
	case *syntax.WhileClause:
		add(cmd.Cond)
		add(cmd.Do)
	case *syntax.ForClause:
		if iter, ok := cmd.Loop.(*syntax.WordIter); ok {
			c.words(iter.Items, nil)
		}
		add(cmd.Do)
	case *syntax.CaseClause:
		c.word(cmd.Word, nil)
		for _, item := range cmd.Items {
			add(item.Stmts)
		}
	case *syntax.FuncDecl:
		add([]*syntax.Stmt{cmd.Body})
	case *syntax.TimeClause:
		return c.statement(cmd.Stmt)
	case *syntax.CoprocClause:
		return c.statement(cmd.Stmt)
	case *syntax.TestClause:
		one := c.command(cmd)
		one.Words = append([]Word{{Text: "[[", Known: true, At: one.At}}, c.test(cmd.X, one)...)
		return []*Command{one}, []*Command{one}
	}
	c.redirects(stmt, last)
	return first, last
}

// test returns the words of [[ … ]].
func (c *collector) test(x syntax.TestExpr, owner *Command) []Word {
	switch x := x.(type) {
	case *syntax.Word:
		return []Word{c.word(x, owner)}
	case *syntax.UnaryTest:
		return append([]Word{{Text: x.Op.String(), Known: true}}, c.test(x.X, owner)...)
	case *syntax.BinaryTest:
		words := append(c.test(x.X, owner), Word{Text: x.Op.String(), Known: true})
		return append(words, c.test(x.Y, owner)...)
	case *syntax.ParenTest:
		return c.test(x.X, owner)
	}
	return nil
}

// redirects adds the redirections of a group to the commands that write its output.
func (c *collector) redirects(stmt *syntax.Stmt, last []*Command) {
	for _, r := range stmt.Redirs {
		redirect := c.redirect(r, nil)
		for _, one := range last[:min(len(last), maxConnected)] {
			one.Redirects = append(one.Redirects, redirect)
		}
	}
}

func (c *collector) redirect(r *syntax.Redirect, owner *Command) Redirect {
	out := Redirect{Op: r.Op.String(), Word: c.word(r.Word, owner)}
	if r.Hdoc != nil { // its substitutions run too
		body := c.word(r.Hdoc, owner)
		out.Body = body.Text
		out.Word.Inner = append(out.Word.Inner, body.Inner...)
	}
	return out
}

// command adds a command without words.
func (c *collector) command(n syntax.Node) *Command {
	one := &Command{Script: c.script, Inside: c.inside, At: c.at(n)}
	c.script.Commands = append(c.script.Commands, one)
	return one
}

// simple collects one simple command.
func (c *collector) simple(assigns []*syntax.Assign, args []*syntax.Word, stmt *syntax.Stmt) *Command {
	one := c.command(stmt)
	for _, a := range assigns {
		switch {
		case a.Name == nil && a.Value != nil: // a flag of declare
			one.Words = append(one.Words, c.word(a.Value, one))
		case a.Name != nil:
			assign := Assign{Name: a.Name.Value}
			if a.Value != nil {
				assign.Value = c.word(a.Value, one)
			}
			one.Assigns = append(one.Assigns, assign)
		}
	}
	one.Words = append(one.Words, c.words(args, one)...)
	for _, r := range stmt.Redirs {
		one.Redirects = append(one.Redirects, c.redirect(r, one))
	}
	c.passedScript(one)
	c.heredocScripts(one, stmt)
	return one
}

func (c *collector) words(list []*syntax.Word, owner *Command) []Word {
	var out []Word
	for _, w := range list {
		out = append(out, c.word(w, owner))
	}
	return out
}

// at returns the position in the Dockerfile of a node.
func (c *collector) at(n syntax.Node) ecosystems.Span {
	return spanOf(c.text, n, c.script.File.Name)
}

// spanOf returns the position of a node of the tree of a text.
func spanOf(text located.Text, n syntax.Node, file string) ecosystems.Span {
	return bytesOf(text, int(n.Pos().Offset()), int(n.End().Offset()), file)
}

// bytesOf returns the position of bytes [start, end) of a text.
func bytesOf(text located.Text, start, end int, file string) ecosystems.Span {
	start = min(max(start, 0), text.Len())
	end = min(max(end, start), text.Len())
	if start == end { // Span of an empty text has no position
		return ecosystems.Span{File: file, Start: text.At(start), End: text.At(start)}
	}
	return text.Slice(start, end).Span(file)
}
