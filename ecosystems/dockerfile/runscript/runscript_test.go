package runscript

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/dockerfile"
)

// show prints the commands of a file: words joined by "|", pipes and the command that each stands in.
func show(f *dockerfile.File) string {
	var out []string
	for _, s := range Scripts(f) {
		if s.Tree == nil && s.Shell != Exec {
			out = append(out, "<"+s.Shell+">")
			continue
		}
		number := map[*Command]int{}
		for i, c := range s.Commands {
			number[c] = i
		}
		for _, c := range s.Commands {
			var words []string
			for _, a := range c.Assigns {
				words = append(words, a.Name+"="+a.Value.Text)
			}
			for _, w := range c.Words {
				words = append(words, w.Text)
			}
			for _, r := range c.Redirects {
				words = append(words, r.Op+r.Word.Text)
			}
			line := strings.Join(words, "|")
			for _, from := range c.From {
				line += fmt.Sprintf(" <-%d", number[from])
			}
			if c.Inside != nil {
				line += fmt.Sprintf(" in %d", number[c.Inside])
			}
			out = append(out, line)
		}
	}
	return strings.Join(out, " ; ")
}

func TestCommands(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"FROM a\nRUN set -eux; \\\n  # a comment; not a command\n\n  arch=\"$(dpkg --print-architecture)\"; \\\n  case \"$arch\" in \\\n    amd64) url='https://x/a' ;; \\\n  *) exit 1;; esac; curl -o a \"$url\"",
			"set|-eux ; arch=$(dpkg --print-architecture) ; dpkg|--print-architecture in 1 ; url=https://x/a ; exit|1 ; curl|-o|a|${url}"},
		{"FROM a\nRUN <<EOF\n#!/bin/bash\n# note\ncurl x |\n  sh -s -- -y\nEOF\n", "curl|x ; sh|-s|--|-y <-0"},
		{"FROM a\nRUN <<-'EOF' cat > /x && sh\n\ta b\n\tEOF\nRUN x", "cat|<<-EOF|>/x ; sh ; x"},
		{"FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF\nRUN b", "<other> ; b"},
		{"FROM a\nRUN [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\", \"curl \\\"u\\\" | tar xz\"]", "curl|u ; tar|xz <-0"},
		{"FROM a\nRUN [\"curl\", \"-o\", \"a\\u0062\", \"u\"]", "curl|-o|ab|u"},
		{"# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN dir `\n C:\\\nSHELL [\"powershell\", \"-c\"]\nRUN Get-X", "<cmd> ; <powershell>"},
		{"FROM a AS x\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nFROM x\nRUN diff <(a) <(b) && [[ $x =~ ^a(b)$ ]]", "diff|<(a)|<(b) ; a in 0 ; b in 0 ; [[|${x}|=~|^a(b)$"},
		{"FROM a\nONBUILD RUN pip install x", "pip|install|x"},
		{"FROM a\nRUN --mount=type=cache,target=/x sh -c 'wget -qO- u | bash' && su - u -c \"b $X\"", "sh|-c|wget -qO- u | bash ; wget|-qO-|u in 0 ; bash <-1 in 0 ; su|-|u|-c|b ${X} ; b|${X} in 3"},
		{"FROM a\nRUN (curl a || wget b) | { tar x; }", "curl|a ; wget|b ; tar|x <-0 <-1"},
		{"FROM a\nRUN export A=1 B=\"$X\" && for f in $(ls); do rm \"$f\"; done", "A=1|B=${X}|export ; ls ; rm|${f}"},
		{"FROM a\nRUN <<EOT bash -e\n  set -x\n  curl u | sh\nEOT\n", "bash|-e|<<EOT ; set|-x in 0 ; curl|u in 0 ; sh <-2 in 0"},
		{"FROM a\nRUN \\\r\n  apt-get \\\r\n  install x\r\n", "apt-get|install|x"},
		{"FROM a\nRUN if a; then b; elif c; then d; else e; fi > f", "a|>f ; b|>f ; c|>f ; d|>f ; e|>f"},
		{"FROM a\nRUN echo 'no end", "<sh>"},
		{"RUN before\nFROM a\nRUN", ""},
		{"FROM a\nRUN cat <<E1 <<E2\na\nE1\nb\nE2\nRUN c", "cat|<<E1|<<E2 ; c"},
	} {
		if got := show(dockerfile.Parse("Dockerfile", c.src)); got != c.want {
			t.Errorf("%q:\n  got  %s\n  want %s", c.src, got, c.want)
		}
	}
}

func TestSpans(t *testing.T) {
	src := "FROM a\r\nRUN x && \\\r\n # c\r\n  pip install \\\r\n  'Flask' uW\\\r\nSGI\nRUN <<E\n  curl \"$u\"\nE\nRUN [\"sh\", \"-c\", \"a \\\"b\\\" c\"]"
	want := []string{"x", "pip|install|'Flask'|uW\\\r\nSGI", `curl|"$u"`, `a|\"b\|c`} // the last stands for the escape \\"
	for i, s := range Scripts(dockerfile.Parse("D", src)) {
		for _, c := range s.Commands {
			var got []string
			for _, w := range c.Words {
				got = append(got, src[w.At.Start:w.At.End])
			}
			if len(want) == 0 || strings.Join(got, "|") != want[0] {
				t.Fatalf("script %d: %q, want %q", i, got, want)
			}
			want = want[1:]
		}
	}
}

func TestProgram(t *testing.T) {
	for src, want := range map[string]string{
		"sudo -E -u root env A=1 curl x": "curl x", "timeout -k 5 10 wget u": "wget u", "gosu app id": "id", "env": "", "/usr/bin/time -f %E make": "make",
		"exec tini -- app": "app", "busybox wget u": "wget u", "A=1 b": "b", "sudo": "",
	} {
		s := Scripts(dockerfile.Parse("D", "FROM a\nRUN "+src))[0]
		name, args := s.Commands[0].Program()
		for _, a := range args {
			name += " " + a.Text
		}
		if name != want {
			t.Errorf("Program(%q) = %q, want %q", src, name, want)
		}
	}
}

func TestExpand(t *testing.T) {
	values := func(name string) (string, bool) {
		v, ok := map[string]string{"V": "1.2", "T": "v1.2", "E": ""}[name]
		return v, ok
	}
	for word, want := range map[string]string{
		`"https://x/$V/a-${T#v}.tar"`: "https://x/1.2/a-1.2.tar", `${E:-3}`: "3", `${N:-3}`: "3", `a\ b'$V'`: "a b$V", `$N`: "?", `$(x)`: "?", `${V%%.*}`: "?", `${T/v/}`: "?",
	} {
		s := Scripts(dockerfile.Parse("D", "FROM a\nRUN x "+word))[0]
		got, ok := Expand(s.Commands[0].Words[1], values)
		if !ok {
			got = "?"
		}
		if got != want {
			t.Errorf("Expand(%s) = %q, want %q", word, got, want)
		}
	}
}

// TestHostile holds that what would make the parser descend or work without end is refused or bounded.
func TestHostile(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", 1<<20), strings.Repeat("$(", 200_000), strings.Repeat("if a; then ", 60_000), strings.Repeat("`", 100_000), strings.Repeat("a|", 100_000) + "b",
		strings.Repeat("{ ", 1900) + "a", strings.Repeat("$((", 900), strings.Repeat("\"${a:-", 1900), strings.Repeat("! ", 5000) + "a", strings.Repeat("a && ", 50_000) + "a",
		strings.Repeat("[[ ( ", 1000), strings.Repeat("x=( ", 1500), "a " + strings.Repeat("x", 10<<20), strings.Repeat("a <<E\n", 2000),
	} {
		Scripts(dockerfile.Parse("Dockerfile", "FROM a\nRUN "+text+"\nRUN b"))
	}
}

func FuzzScripts(f *testing.F) {
	for _, s := range []string{"FROM a\nRUN x $(y) | z", "FROM a\nRUN <<E sh\na\nE", `FROM a
RUN ["sh", "-c", "a\"b"]`, "# escape=`\nFROM a\nRUN a `\n b\nSHELL [\"pwsh\"]\nRUN c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, s := range Scripts(dockerfile.Parse("D", src)) {
			for _, c := range s.Commands {
				c.Program()
				for _, w := range c.Words {
					if w.At.Start < 0 || w.At.End < w.At.Start || w.At.End > len(src) {
						t.Fatalf("%q: %q stands at %d:%d", src, w.Text, w.At.Start, w.At.End)
					}
				}
			}
		}
	})
}

// TestRealScripts says how many scripts of real Dockerfiles are read (FRESHPIN_CORPUS=FOLDER).
func TestRealScripts(t *testing.T) {
	root := os.Getenv("FRESHPIN_CORPUS")
	if root == "" {
		t.Skip("FRESHPIN_CORPUS names no folder")
	}
	total, bad := 0, 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !(&dockerfile.Ecosystem{}).Match(path) {
			return err
		}
		data, err := os.ReadFile(path)
		f := dockerfile.Parse(path, string(data))
		for _, s := range Scripts(f) {
			if total++; s.Err != nil && !f.IsTemplate() {
				bad++
				t.Logf("%s: %v", path, s.Err)
			}
		}
		return err
	})
	t.Logf("%d scripts, %d not read: %v", total, bad, err)
	if total == 0 || bad*100 > total {
		t.Errorf("%d of %d scripts were not read", bad, total)
	}
}
