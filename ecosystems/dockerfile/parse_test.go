package dockerfile

import (
	"fmt"
	"strings"
	"testing"
)

// outline prints what a file is made of: instructions, then stages.
func outline(f *File) string {
	var out []string
	for _, in := range f.Instructions {
		line := fmt.Sprintf("%d:%s", in.Stage, in.Name)
		for _, flag := range in.Flags {
			line += " " + flag.String()
		}
		if in.Trigger != nil {
			line += ">" + in.Trigger.Name
			in.Args = in.Trigger.Args
		}
		line += "(" + in.Args.String() + ")"
		for _, d := range in.Heredocs {
			line += "<" + d.Name + ":" + f.Source[d.Start:d.End] + ">"
		}
		out = append(out, line)
	}
	for _, s := range f.Stages {
		out = append(out, fmt.Sprintf("[%s %s|%s|%d %d-%d]", s.Name, s.Image.String(), s.Base, s.Parent, s.First, s.Last))
	}
	return strings.ReplaceAll(strings.Join(out, " "), "\n", "\\n")
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"\uFEFF# escape=`\r\nFROM a`\r\n # c\r\n`\r\n  :1 AS B\r\nRUN x", "0:from(a  :1 AS B) 0:run(x) [b a|a|-1 0-2]"},
		{"ARG V=3\nARG B=py:$V\nFROM ${B} AS x\nFROM X\nFROM x-$U", "-1:arg(V=3) -1:arg(B=py:$V) 0:from(${B} AS x) 1:from(X) 2:from(x-$U) [x ${B}|py:3|-1 2-3] [ X|X|0 3-4] [ x-$U||-1 4-5]"},
		{"FROM a\nONBUILD RUN --mount=type=cache <<E\nx\nE\nCOPY <<'A' <<B /\na\nA\nb\nB\nUSER u", "0:from(a) 0:onbuild>run(<<E)<E:x\\n> 0:copy(<<'A' <<B /)<A:a\\n><B:b\\n> 0:user(u) [ a|a|-1 0-4]"},
		{"FROM {{ x }}\nWHAT\nUSER 1", "0:from({{ x }}) 0:what() 0:user(1) [ {{ x }}||-1 0-3]"},
		{"FROM\nFROM a AS b\nFROM b AS b\nFROM b", "0:from() 1:from(a AS b) 2:from(b AS b) 3:from(b) [ ||-1 0-1] [b a|a|-1 1-2] [b b|b|1 2-3] [ b|b|1 3-4]"},
		{"", ""},
	} {
		if got := outline(Parse("D", c.src)); got != c.want {
			t.Errorf("%q:\n  got  %s\n  want %s", c.src, got, c.want)
		}
	}
}

func TestExpand(t *testing.T) {
	for _, c := range []struct{ src, want string }{ // of the last LABEL: the value, "?" where unknown, then what is defined nowhere
		{"ARG G=1\nFROM a\nLABEL x=$G", " ? G"},
		{"ARG G=1\nFROM a\nARG G\nLABEL x=$G", "1"},
		{"FROM a AS p\nENV E=1\nARG A=2\nFROM p\nLABEL x=$E$A", "1 ? A"},
		{"FROM a\nENV A=1\nENV A=2 B=$A\nLABEL x=\"$B ${C:-d}\" y=$A", "1 d ?"},
		{"FROM a\nARG A\nLABEL x=$A", " ?"},
		{"FROM a\nENV A b c\nLABEL x=$A", "b c"},
		{"FROM a\nLABEL x=$A\nENV A=1", " ? A"},
		{"FROM a\nENV A='$B' B=\\$C\nLABEL x=$A$B", "$B$C"},
	} {
		f := Parse("D", c.src)
		got := ""
		for i, in := range f.Instructions {
			if in.Name == "label" {
				value, known, undefined := f.Expand(i, f.Pairs(in)[0].Value)
				got = value
				if !known {
					got += " ?"
				}
				for _, name := range undefined {
					got += " " + name
				}
			}
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.src, got, c.want)
		}
	}
}

// TestParseHostile holds that values that double do not fill the memory.
func TestParseHostile(t *testing.T) {
	Parse("D", "FROM a\nENV A=xxxxxxxx\n"+strings.Repeat("ENV A=$A$A\nENV B=$A\n", 40_000))
	Parse("D", strings.Repeat("FROM a\n", 100_000))
	Parse("D", "FROM s AS s0\n"+chain(20_000)+"LABEL x=$Y")
}

func chain(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "FROM s%d AS s%d\n", i, i+1)
	}
	return out.String()
}
