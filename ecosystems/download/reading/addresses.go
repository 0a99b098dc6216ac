package reading

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/download/shelltext"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var url = lazyregexp.New("https?://[^\\s\"'<>|;,)\\\\`]+")

// addresses finds the URLs of a text.
func (s *scanner) addresses(st *Stage, t shelltext.Text, scope shelltext.Scope, of *shelltext.Literal, step int) {
	e := shelltext.NewExpander(scope)
	for _, w := range slices.Concat(words(t), formatted(t), cloned(t)) {
		// An address may come whole from a variable; any other word has none.
		if !strings.Contains(w.S, "://") && !strings.Contains(w.S, "$") && !strings.Contains(w.S, "%") {
			continue
		}
		for _, v := range e.Expand(w) {
			for _, m := range url.FindAllStringIndex(v.S, -1) {
				if s.found.addresses++; s.found.addresses > maxAddresses {
					return
				}
				a := &Address{Text: v.Slice(m[0], m[1]), of: of, At: w.At[0], Step: step}
				if a.Text.At[0] >= 0 { // the value of a variable has the position of its assignment
					a.At = a.Text.At[0]
				}
				a.Place, a.Known = source.Read(a.S)
				// The same address may stand in several places, which all move.
				if !slices.ContainsFunc(st.addresses, func(b *Address) bool { return b.S == a.S && slices.Equal(b.Text.At, a.Text.At) }) {
					st.addresses = append(st.addresses, a)
				}
			}
		}
	}
}

var format = lazyregexp.New(`["'](https?://[^"']*\{0\}[^"']*)["']\s*\)?\s*-f\s+([^;)|]+)`)

// formatted returns the addresses that PowerShell formats: 'https://…/{0}' -f $env:V.
func formatted(t shelltext.Text) (list []shelltext.Text) {
	for _, m := range format.FindAllStringSubmatchIndex(t.S, 100) {
		args := strings.Split(t.S[m[4]:m[5]], ",")
		out, last, offset := shelltext.Text{}, m[2], m[4]
		var values []shelltext.Text
		for _, a := range args {
			trimmed := strings.TrimSpace(a)
			start := offset + strings.Index(a, trimmed)
			values = append(values, t.Slice(start, start+len(trimmed)))
			offset += len(a) + 1
		}
		for _, hole := range holes.FindAllStringSubmatchIndex(t.S[m[2]:m[3]], -1) {
			n := int(t.S[m[2]+hole[2]] - '0')
			out = out.Add(t.Slice(last, m[2]+hole[0]))
			if n < len(values) {
				out = out.Add(values[n])
			}
			last = m[2] + hole[1]
		}
		list = append(list, out.Add(t.Slice(last, m[3])))
	}
	return list
}

var holes = lazyregexp.New(`\{([0-9])\}`)

var clone = lazyregexp.New(`git\s+clone\s[^;&|]*`)

// cloned returns the repositories of git clone --branch TAG URL, as addresses with the tag: "https://….git#v1.2".
func cloned(t shelltext.Text) (list []shelltext.Text) {
	for _, m := range clone.FindAllStringIndex(t.S, 100) {
		var tag, from shelltext.Text
		all := words(t.Slice(m[0], m[1]))
		for i, w := range all {
			switch {
			case (w.S == "-b" || w.S == "--branch") && i+1 < len(all):
				tag = all[i+1]
			case strings.HasPrefix(w.S, "--branch="):
				tag = w.Slice(len("--branch="), len(w.S))
			case strings.Contains(w.S, "://"):
				from = w
			}
		}
		if tag.S != "" && from.S != "" {
			// A quote may begin or end outside of the command: bash -c "git clone … URL".
			from = from.Slice(len(from.S)-len(strings.TrimLeft(from.S, `"'`)), len(strings.TrimRight(from.S, `"'`)))
			if !strings.HasSuffix(from.S, ".git") {
				from = from.Add(shelltext.Unplaced(".git", nil))
			}
			list = append(list, from.Add(shelltext.Unplaced("#", nil)).Add(tag))
		}
	}
	return list
}

// An Address is a URL in an instruction, with the values of its variables.
type Address struct {
	shelltext.Text
	Place source.Place
	Known bool               // the address is that of a known source
	of    *shelltext.Literal // the literal whose value it is; nil for none
	At    int                // the offset of its word in the file
	Step  int                // index of the instruction
}
