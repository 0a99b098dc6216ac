package check

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// comments are the remarks of one file that tell this or another tool to be silent.
type comments struct {
	marks []ignoreMark
	rules []Rule
}

// An ignoreMark is one such remark. It speaks of the lines [from, to], counted from 1; to 0 is the whole file.
type ignoreMark struct {
	from, to int
	ids      []string // of rules, of whichever tool; nil is every rule
	why      string   // as shown: the comment
}

// How the tools write it: hadolint's README "Inline ignores", Docker's "Build
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

// commentsOf collects the remarks of a unit.
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

// mayMark reports whether a source has a word that every remark has, before each line is looked at.
func mayMark(src string) bool {
	low := strings.ToLower(src)
	return strings.Contains(low, "ignore") || strings.Contains(low, "skip") || strings.Contains(low, "kics-scan")
}

// docker reads the comments of a Dockerfile: one speaks of the instruction
// below it, or, between continued lines, of the one that it stands in.
func (c *comments) docker(d *Docker, lines lineTable) {
	for n, start := range lines {
		line := firstLine(d.Source[start:])
		if text := strings.TrimSpace(line); strings.HasPrefix(text, "#") && anyMark.MatchString(text) {
			from, to := d.around(start, n+1, lines)
			c.add(text, from, to)
		}
	}
}

// around returns the lines of the instruction in or below an offset.
func (d *Docker) around(at, line int, lines lineTable) (from, to int) {
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

// yaml reads the comments of a YAML file: behind something one speaks of that
// line, alone of the line below it and of what is indented deeper there.
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

// maxBlock is how many lines a comment can speak of.
const maxBlock = 500

// block returns the lines, counted from 1, of what begins at or below lines[n].
func block(lines []string, n int) (from, to int) {
	depth := func(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
	for n < len(lines) && (strings.TrimSpace(lines[n]) == "" || strings.HasPrefix(strings.TrimSpace(lines[n]), "#")) {
		n++
	}
	end := n + 1
	for end < len(lines) && end < n+maxBlock && n < len(lines) && (strings.TrimSpace(lines[end]) == "" || depth(lines[end]) > depth(lines[n])) {
		end++
	}
	return n + 1, end
}

// add notes what a comment says about the lines [from, to].
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
	if m := buildkit.FindStringSubmatch(text); m != nil {
		put(0, 0, list(m[1]))
	}
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

// own tells ids of rules from words of a reason: "ignore root-user" and
// "ignore because it is old".
func (c *comments) own(ids []string, colon bool) []string {
	for _, id := range ids {
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

// ignores returns the comment that speaks against a finding, "" for none.
func (c *comments) ignores(f *Finding) string {
	for _, m := range c.marks {
		if (m.to == 0 || f.Line >= m.from && f.Line <= m.to) && (m.ids == nil || slices.ContainsFunc(m.ids, func(id string) bool { return c.means(id, f.Rule) })) {
			return m.why
		}
	}
	return ""
}

// rule returns the rule of an id, nil for none.
func (c *comments) rule(id string) *Rule {
	if i := slices.IndexFunc(c.rules, func(r Rule) bool { return r.ID == id }); i >= 0 {
		return &c.rules[i]
	}
	return nil
}

// means reports whether an id is that of a rule, or of another tool's rule with the same meaning.
func (c *comments) means(id, rule string) bool {
	r := c.rule(rule)
	return strings.EqualFold(id, rule) || r != nil && slices.ContainsFunc(r.Also, func(also string) bool {
		return strings.EqualFold(plainID(id), plainID(also))
	})
}

// plainID writes AVD-DS-0002, DS-0002 and DS002 alike.
func plainID(id string) string {
	if m := trivyID.FindStringSubmatch(strings.ToUpper(id)); m != nil {
		return "DS" + m[1]
	}
	return id
}
