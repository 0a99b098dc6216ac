package check

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// comments are the comments of one file that tell Freshpin or another tool to ignore findings.
type comments struct {
	marks []ignoreMark
	rules []Rule
}

// An ignoreMark is one such comment. It applies to the lines [from, to], counted from 1; to 0 means the whole file.
type ignoreMark struct {
	from, to int
	ids      []string // of rules of any tool; nil means all rules
	why      string   // the comment, for display
}

// The syntax of the tools: hadolint's README "Inline ignores", Docker's "Build
// checks", checkov's "Suppressing and skipping policies", trivy's "Filtering:
// inline", KICS's "Running KICS: using commands on scanned files as comments".
var (
	anyMark  = lazyregexp.New(`(?i)freshpin:\s*ignore|hadolint|check\s*=|checkov:skip|bridgecrew:skip|trivy:ignore|tfsec:ignore|kics-scan`)
	ownMark  = lazyregexp.New(`(?i)(?:^|[#/;])\s*freshpin:\s*ignore\b[ \t]*((?:[a-z][a-z-]*(?:\s*,\s*[a-z][a-z-]*)*)?)\s*(:?)`)
	hadolint = lazyregexp.New(`^#\s*hadolint\s+(global\s+)?ignore\s*=\s*([A-Z]+[0-9]+(?:\s*,\s*[A-Z]+[0-9]+)*)`)
	buildkit = lazyregexp.New(`(?i)^#\s*check\s*=\s*(?:[^#]*;)?\s*skip\s*=\s*([A-Za-z0-9]+(?:\s*,\s*[A-Za-z0-9]+)*)`)
	checkov  = lazyregexp.New(`#\s*(?:checkov|bridgecrew):skip=([A-Z0-9_]+)`)
	trivy    = lazyregexp.New(`#\s*(?:trivy|tfsec):ignore:([A-Za-z0-9-]+)`)
	kics     = lazyregexp.New(`(?i)#\s*kics-scan\s+(ignore-line|ignore-block|ignore\b|disable\s*=\s*([0-9a-f, -]+))`)
	trivyID  = lazyregexp.New(`^(?:AVD-)?DS-?0*([0-9]+)$`)
)

// commentsOf returns the ignore comments of a unit.
func commentsOf(u Unit, lines lineTable, rules []Rule) *comments {
	c := &comments{rules: rules}
	switch {
	case u.Docker != nil && mayMark(u.Docker.Source):
		c.docker(u.Docker, lines)
	case u.Compose != nil && mayMark(u.Compose.Source):
		c.yaml(u.Compose.Source)
	}
	return c
}

// mayMark reports whether a source has a word that every ignore comment has. It
// avoids the patterns for most files.
func mayMark(src string) bool {
	low := strings.ToLower(src)
	return strings.Contains(low, "ignore") || strings.Contains(low, "skip") || strings.Contains(low, "kics-scan")
}

// docker reads the comments of a Dockerfile. A comment applies to the instruction
// below it or, between continued lines, to the instruction that contains it.
func (c *comments) docker(d *Docker, lines lineTable) {
	for n, start := range lines {
		line := firstLine(d.Source[start:])
		if text := strings.TrimSpace(line); strings.HasPrefix(text, "#") && anyMark.MatchString(text) {
			from, to := d.around(start, n+1, lines)
			c.add(text, from, to)
		}
	}
}

// around returns the lines of the instruction that contains or follows an offset.
func (d *Docker) around(at, line int, lines lineTable) (from, to int) {
	// The first instruction that ends behind the offset: it contains the comment, or follows it.
	i, _ := slices.BinarySearchFunc(d.Instructions, at, func(in dockerfile.Instruction, at int) int { return in.End - at - 1 })
	if i == len(d.Instructions) {
		return line, line
	}
	in, end := d.Instructions[i], d.Instructions[i].End
	for _, doc := range in.Heredocs {
		end = max(end, doc.End)
	}
	return lines.line(in.Start), lines.line(end - 1)
}

// yaml reads the comments of a YAML file. A comment after text applies to its
// line; a comment alone applies to the line below and the deeper lines after that.
func (c *comments) yaml(src string) {
	lines := strings.Split(src, "\n")
	for n, line := range lines {
		i := strings.Index(line, "#")
		if i < 0 || !anyMark.MatchString(line[i:]) {
			continue
		}
		if strings.TrimSpace(line[:i]) != "" {
			c.add(line[i:], n+1, n+1)
			continue
		}
		from, to := block(lines, n+1)
		c.add(line[i:], from, to)
	}
}

// maxBlock limits the lines that a comment applies to.
const maxBlock = 500

// block returns the lines, counted from 1, of the block that begins at or after lines[n].
func block(lines []string, n int) (from, to int) {
	depth := func(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
	// Other comments may stand between an ignore comment and what it is about.
	for n < len(lines) && (strings.TrimSpace(lines[n]) == "" || strings.HasPrefix(strings.TrimSpace(lines[n]), "#")) {
		n++
	}
	end := n + 1
	for end < len(lines) && end < n+maxBlock && n < len(lines) && (strings.TrimSpace(lines[end]) == "" || depth(lines[end]) > depth(lines[n])) {
		end++
	}
	return n + 1, end
}

// add records the marks in a comment that applies to the lines [from, to].
func (c *comments) add(text string, from, to int) {
	put := func(from, to int, ids []string) { c.marks = append(c.marks, ignoreMark{from, to, ids, text}) }
	if m := ownMark.FindStringSubmatch(text); m != nil {
		put(from, to, c.own(list(m[1]), m[2] == ":"))
	}
	if m := hadolint.FindStringSubmatch(text); m != nil {
		if m[1] != "" {
			from, to = 0, 0
		}
		put(from, to, list(m[2]))
	}
	if m := buildkit.FindStringSubmatch(text); m != nil { // a parser directive, which is about the whole file
		put(0, 0, list(m[1]))
	}
	// A comment of checkov is about the whole file, also in the middle of it.
	for _, m := range checkov.FindAllStringSubmatch(text, -1) {
		put(0, 0, []string{m[1]})
	}
	for _, m := range trivy.FindAllStringSubmatch(text, -1) {
		put(from, to, []string{m[1]})
	}
	if m := kics.FindStringSubmatch(text); m != nil {
		switch strings.ToLower(strings.Fields(m[1])[0]) {
		case "ignore-line", "ignore-block":
			put(from, to, nil)
		case "ignore":
			put(0, 0, nil)
		default:
			put(0, 0, list(m[2]))
		}
	}
}

// own returns ids if they are IDs of rules ("ignore root-user"). It returns nil,
// for all rules, if they are words of a reason ("ignore because it is old").
func (c *comments) own(ids []string, colon bool) []string {
	for _, id := range ids {
		// Before a colon stand IDs, even if no rule has them now.
		if c.rule(id) == nil && !colon {
			return nil
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return ids
}

func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// ignores returns the comment that ignores a finding, "" for none.
func (c *comments) ignores(f *Finding) string {
	for _, m := range c.marks {
		if (m.to == 0 || f.Line >= m.from && f.Line <= m.to) && (m.ids == nil || slices.ContainsFunc(m.ids, func(id string) bool { return c.means(id, f.Rule) })) {
			return m.why
		}
	}
	return ""
}

// rule returns the rule with an ID, nil for none.
func (c *comments) rule(id string) *Rule {
	if i := slices.IndexFunc(c.rules, func(r Rule) bool { return r.ID == id }); i >= 0 {
		return &c.rules[i]
	}
	return nil
}

// means reports whether id is that of a rule, or of the same rule in another tool.
func (c *comments) means(id, rule string) bool {
	r := c.rule(rule)
	return strings.EqualFold(id, rule) || r != nil && slices.ContainsFunc(r.Also, func(also string) bool {
		return strings.EqualFold(plainID(id), plainID(also))
	})
}

// plainID returns the same text for AVD-DS-0002, DS-0002 and DS002.
func plainID(id string) string {
	if m := trivyID.FindStringSubmatch(strings.ToUpper(id)); m != nil {
		return "DS" + m[1]
	}
	return id
}
