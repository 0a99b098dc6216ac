package migrate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/config/migrate/foreign"
)

// A packageRule is one rule of Renovate during its conversion.
type packageRule struct {
	names, files, kinds []string
	branches            []string
	bands               []string // of its update types; nil for all
	limits              string   // why its match has no equivalent; "" if it has one
	sets                []entry
	group               string
	off                 bool
}

// packageRule converts one element of packageRules.
func (m *migration) packageRule(r *yaml.Node, at string) {
	var p packageRule
	foreign.Each(r, at, func(key string, k, v *yaml.Node, where string) {
		if !m.matcher(&p, key, k, v, where) {
			m.action(&p, key, k, v, where)
		}
	})
	if p.limits != "" {
		m.note(r, at, Impossible, p.limits)
		return
	}
	m.finish(&p, r, at)
}

// bandsOf maps Renovate's update types to bands.
var bandsOf = map[string]string{"major": "major", "minor": "minor", "patch": "patch", "digest": "digest", "pin": "digest", "pinDigest": "digest"}

// matcher converts a key with a condition of a rule; false for other keys.
func (m *migration) matcher(p *packageRule, key string, k, v *yaml.Node, where string) bool {
	words := foreign.Texts(v)
	switch key {
	case "matchPackageNames", "matchDepNames", "packageNames", "matchSourceUrls", "matchPackagePatterns", "packagePatterns", "matchDepPatterns", "matchPackagePrefixes", "matchDepPrefixes":
		if key == "matchSourceUrls" {
			p.limits = "packages are told by their names, not by their sources"
			break
		}
		for _, w := range words {
			p.names = append(p.names, namePattern(key, w))
		}
		if slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "!") }) {
			p.limits = "names cannot be excluded: match the others"
		}
	case "matchManagers", "matchDatasources", "managers", "datasources", "matchCategories":
		for _, w := range words {
			for _, kind := range m.managers(w) {
				if !slices.Contains(p.kinds, kind) {
					p.kinds = append(p.kinds, kind)
				}
			}
		}
		if len(p.kinds) == 0 {
			p.limits = "it is about kinds of files that are not read here: " + strings.Join(words, ", ")
		}
	case "matchUpdateTypes", "updateTypes":
		for _, w := range words {
			if b := bandsOf[w]; b != "" && !slices.Contains(p.bands, b) {
				p.bands = append(p.bands, b)
			}
		}
	case "matchBaseBranches":
		list, ok := branchPatterns(words)
		if !ok {
			p.limits = "branches cannot be excluded: match the others"
		}
		p.branches = append(p.branches, list...)
	case "matchFileNames", "matchPaths", "paths":
		p.files = append(p.files, words...)
	case "excludePackageNames", "excludePackagePatterns", "excludePackagePrefixes", "excludeDepNames":
		p.limits = "names cannot be excluded: match the others"
	case "matchDepTypes", "depTypeList", "matchCurrentVersion", "matchCurrentValue", "matchNewValue", "matchCurrentAge", "matchRepositories", "matchConfidence", "matchJsonata", "matchLanguages", "matchSourceUrlPrefixes":
		p.limits = "rules are told by name, kind and file of a dependency, not by " + key
	default:
		return false
	}
	m.note(k, where, Kept, "")
	return true
}

// namePattern converts a name or pattern of Renovate to a pattern.
func namePattern(key, w string) string {
	switch {
	case strings.Contains(key, "Patterns") || strings.Contains(key, "patterns"):
		return "/" + w + "/"
	case strings.Contains(key, "Prefixes"):
		return w + "*"
	}
	if expr, ok := strings.CutPrefix(w, "/"); ok && strings.LastIndex(expr, "/") >= 0 {
		end := strings.LastIndex(expr, "/")
		flags := ""
		if strings.Contains(expr[end:], "i") {
			flags = "(?i)"
		}
		return "/" + flags + expr[:end] + "/"
	}
	return w
}

// action converts a key with a setting of a rule.
func (m *migration) action(p *packageRule, key string, k, v *yaml.Node, where string) {
	e, fate, why := m.choice(key, v)
	switch {
	case fate == Kept && key == "dependencyDashboard":
		m.note(k, where, Impossible, "the dashboard is one for the repository")
	case fate == Kept:
		m.note(k, where, Kept, "")
		p.sets = append(p.sets, e...)
	case fate != "":
		m.note(k, where, fate, why)
	case key == "enabled":
		p.off = v.Value == "false"
		m.note(k, where, map[bool]Fate{true: Kept, false: Default}[p.off], map[bool]string{false: "it is on"}[p.off])
	case key == "groupName":
		p.group = v.Value
		m.note(k, where, map[bool]Fate{true: Default, false: Kept}[v.Value == ""], "")
	case key == "groupSlug":
		m.note(k, where, Default, "a group's branch has the group's name")
	case key == "allowedVersions":
		m.note(k, where, Kept, "")
		p.sets = append(p.sets, entry{"versions", strconv.Quote(v.Value), ""})
	case key == "extends":
		m.note(k, where, Impossible, "a preset inside a rule: write what it says")
	default:
		m.other(key, k, v, where)
	}
}

var slug = lazyregexp.New(`[^A-Za-z0-9._-]+`)

// groupName turns a text into a valid name of a group.
func groupName(text string) string {
	text = strings.Trim(slug.ReplaceAllString(text, "-"), "-._")
	if text == "" {
		text = "group"
	}
	return text[:min(len(text), 60)]
}

// match returns the entries of a rule's match.
func (p *packageRule) match() (list []entry) {
	if len(p.kinds) > 0 {
		list = append(list, entry{"ecosystem", flow(p.kinds), ""})
	}
	if len(p.names) > 0 {
		list = append(list, entry{"name", flow(p.names), ""})
	}
	if len(p.files) > 0 {
		list = append(list, entry{"file", flow(p.files), ""})
	}
	if len(p.branches) > 0 {
		list = append(list, entry{"branch", flow(p.branches), ""})
	}
	if len(list) == 0 {
		list = append(list, entry{"name", `"*"`, ""})
	}
	return list
}

// finish adds the converted rule as a named group, a rule, or both.
func (m *migration) finish(p *packageRule, r *yaml.Node, at string) {
	from := m.from(r, at)
	if p.group != "" {
		g := rule{name: m.unused(groupName(p.group)), match: p.match(), from: from}
		if len(p.bands) > 0 {
			g.sets = []entry{{"bands", "[" + strings.Join(p.bands, ", ") + "]", ""}}
		}
		m.groups = append(m.groups, g)
	}
	if p.off {
		m.turnOff(p, r, at)
	}
	if slices.Contains(p.bands, "major") && len(p.bands) == 1 && len(p.sets) > 0 {
		m.note(r, at, Default, "a MAJOR is held: it moves where a rule says allow: major")
		return
	}
	if len(p.sets) > 0 {
		m.rules = append(m.rules, rule{match: p.match(), sets: unique(p.sets), from: from})
	}
}

// turnOff converts enabled: false, which may apply to some update types only.
func (m *migration) turnOff(p *packageRule, r *yaml.Node, at string) {
	switch {
	case len(p.bands) == 0 || len(p.bands) >= 3:
		p.sets = append(p.sets, entry{"ignore", "true", ""})
	case slices.Contains(p.bands, "digest"):
		p.sets = append(p.sets, entry{"digests", "ignore", ""})
	case slices.Equal(p.bands, []string{"major"}): // allow: patch would also exclude MINORs that other settings allow
		m.note(r, at, Default, "a MAJOR is held")
		p.sets = nil
	case slices.Contains(p.bands, "patch"):
		m.note(r, at, Impossible, "patches of a line cannot be turned off alone")
	default:
		p.sets = append(p.sets, entry{"allow", "patch", ""})
	}
	p.bands = nil
}

// unused returns the name, changed if another group already has it.
func (m *migration) unused(name string) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(m.groups, func(g rule) bool { return g.name == name })
	}
	for n, first := 2, name; taken(name); n++ {
		name = fmt.Sprintf("%s-%d", first[:min(len(first), 56)], n)
	}
	return name
}

// unique keeps the last entry of each key.
func unique(list []entry) (out []entry) {
	for n, e := range list {
		if !slices.ContainsFunc(list[n+1:], func(o entry) bool { return o.key == e.key }) {
			out = append(out, e)
		}
	}
	return out
}
