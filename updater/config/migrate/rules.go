package migrate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/config/migrate/botfile"
)

// A packageRule is one rule of Renovate while it is read. Its matchers all have
// to hold.
type packageRule struct {
	names, files, kinds []string
	branches            []string
	indirect            bool     // it is about indirect requirements
	dep                 bool     // names comes from matchDepNames
	bands               []string // of the update types that it names
	types               []string // the update types, as Renovate calls them; nil for all
	limits              string   // why it cannot be matched; "" if it can
	sets                []entry
	group               string
	by                  string // what it groups by, where its name is a template; "" for none
	off, on             bool   // enabled: false, enabled: true
}

// packageRule takes one element of packageRules; kinds are those of the manager
// whose settings it is in, nil at the top.
func (m *migration) packageRule(at botfile.Key, r *yaml.Node, kinds []string) {
	p := packageRule{kinds: kinds}
	for k, v := range botfile.Keys(r, at) {
		if !m.matcher(&p, k, v) {
			m.action(&p, k, v)
		}
	}
	if p.limits == "" && len(p.names)+len(p.files)+len(p.kinds)+len(p.branches) > 0 {
		p.limits = m.problemOf("rules: [{match: {" + pairs(p.match()) + "}, ignore: true}]")
		if slices.ContainsFunc(p.files, func(w string) bool { return !strings.HasSuffix(w, "/") && extended.MatchString(w) }) {
			p.limits = "an extended glob: write out what it matches"
		}
	}
	if p.limits != "" {
		m.note(at, Impossible, p.limits)
		return
	}
	if prefix := semantic(m.root, r); prefix != "" {
		p.sets = append(p.sets, entry{key: "commit_prefix", value: strconv.Quote(prefix)})
	}
	// finish narrows p; settings of one type of update need what the rule matches, no more.
	matchers := p
	m.finish(&p, at)
	for k, v := range botfile.Keys(r, at) {
		if slices.Contains(updateTypes, k.Name) {
			m.updateType(matchers, k, v)
		}
	}
}

// updateType takes the settings of one type of update, as "patch: {automerge: true}",
// for what a rule matches.
func (m *migration) updateType(of packageRule, k botfile.Key, v *yaml.Node) {
	p := packageRule{kinds: of.kinds, names: of.names, files: of.files, branches: of.branches, types: []string{k.Name}, bands: bandsOf[k.Name]}
	if m.saysNothing(k, v, "it says nothing about updates") {
		return
	}
	for k, v := range botfile.Keys(v, k) {
		m.action(&p, k, v)
	}
	m.finish(&p, k)
}

// bandsOf are how far updates move, by Renovate's types of updates; those that
// are missing do not happen here.
var bandsOf = map[string][]string{
	"major": {"major"}, "minor": {"minor"}, "patch": {"patch"}, "digest": {"digest"}, "pin": {"digest"}, "pinDigest": {"digest"},
}

// updateTypes are Renovate's types of updates.
var updateTypes = []string{"major", "minor", "patch", "pin", "digest", "pinDigest", "rollback", "bump", "replacement"}

// cannotMatch are matchers that rules do not have.
var cannotMatch = []string{
	"matchDepTypes", "depTypeList", "matchCurrentVersion", "matchCurrentValue", "matchNewValue", "matchCurrentAge", "matchRepositories", "matchConfidence", "matchJsonata",
	"matchSourceUrls", "matchSourceUrlPrefixes", "sourceUrlPrefixes", "matchMessage", "matchRegistryUrls",
}

// action converts a key with a setting of a rule.
func (m *migration) action(p *packageRule, k botfile.Key, v *yaml.Node) {
	e, fate, why := m.choice(k, v)
	switch {
	case fate == Kept && k.Name == "dependencyDashboard":
		m.note(k, Impossible, "the dashboard is one for the repository")
	case fate == Kept:
		m.note(k, Kept, why)
		p.sets = append(p.sets, e...)
	case fate != "":
		m.note(k, fate, why)
	case k.Name == "enabled":
		p.off, p.on = v.Value == "false", v.Value == "true"
		m.note(k, Kept, "")
	case k.Name == "groupName":
		m.groupOf(p, k, v)
	case k.Name == "groupSlug":
		m.note(k, Default, "a group's branch has the group's name")
	case k.Name == "allowedVersions":
		m.note(k, Kept, "")
		p.sets = append(p.sets, entry{key: "versions", value: strconv.Quote(v.Value)})
	case k.Name == "extends":
		m.presetsOf(p, k, v)
	case slices.Contains(updateTypes, k.Name): // read when the matchers are known
	default:
		m.other(k, v)
	}
}

// byTemplate are the templates of group names that are a way to group.
var byTemplate = map[string]string{
	"depName": "dependency", "packageName": "dependency", "depNameSanitized": "dependency", "packageFileDir": "directory", "parentDir": "directory", "baseDir": "directory",
	"manager": "ecosystem", "datasource": "ecosystem", "categories": "ecosystem",
}

var template = lazyregexp.New(`\{\{\{?\s*(\w+)\s*\}?\}\}`)

// groupOf reads the name of a group. A template in it makes many groups.
func (m *migration) groupOf(p *packageRule, k botfile.Key, v *yaml.Node) {
	switch names := template.FindAllStringSubmatch(v.Value, -1); {
	case v.Tag == "!!null" || v.Value == "":
		m.note(k, Impossible, "what is in a group does not leave it: exclude it there (!)")
	case len(names) == 1 && byTemplate[names[0][1]] != "":
		p.by = byTemplate[names[0][1]]
		m.note(k, Kept, "")
	case strings.Contains(v.Value, "{{"):
		m.note(k, Impossible, "the name of a group is fixed: see group: directory and group: dependency")
	default:
		p.group = v.Value
		m.note(k, Kept, "")
	}
}

// presetsOf takes the presets of a rule. One that is not known may say what the
// rule is about, so that nothing can be said without it.
func (m *migration) presetsOf(p *packageRule, k botfile.Key, v *yaml.Node) {
	for at, one := range botfile.Elements(v, k) {
		at = at.Plus(" " + one.Value)
		preset, known := find(one.Value)
		switch {
		case !known || preset.of != "":
			p.limits = "a preset of a rule may say what the rule is about: write that out"
			m.note(at, Impossible, "a preset inside a rule: write what it says")
		case len(preset.sets) == 0:
			m.note(at, preset.fate, preset.why)
		case m.problemOf("rules: [{match: {name: x}, "+pairs(preset.sets)+"}]") != "":
			m.note(at, Impossible, "it is one for the repository")
		default:
			m.note(at, Kept, "")
			p.sets = append(p.sets, preset.sets...)
		}
	}
}

var slug = lazyregexp.New(`[^A-Za-z0-9._-]+`)

// groupName turns a text into a valid name of a group.
func groupName(text string) string {
	text = strings.Trim(slug.ReplaceAllString(text, "-"), "-._")
	if text == "" {
		text = "group"
	}
	// config takes no longer names: they become names of branches.
	return text[:min(len(text), 60)]
}

// match returns the entries of a rule's match.
func (p *packageRule) match() (list []entry) {
	for _, part := range []struct {
		key   string
		words []string
	}{{"ecosystem", p.kinds}, {"name", p.names}, {"file", p.files}, {"branch", p.branches}} {
		if len(part.words) > 0 {
			list = append(list, entry{key: part.key, value: flow(part.words)})
		}
	}
	if len(list) == 0 {
		return everything()
	}
	return list
}

// finish adds the converted rule as a named group, a rule, or both.
func (m *migration) finish(p *packageRule, at botfile.Key) {
	if p.indirect {
		m.indirect(p, at)
		return
	}
	// Such as lockFileMaintenance: what it names does not happen here.
	if len(p.types) > 0 && len(p.bands) == 0 {
		m.note(at, Default, "there are no such updates here: "+strings.Join(p.types, ", "))
		return
	}
	if p.group != "" && !p.off {
		g := rule{name: m.unused(groupName(p.group)), match: p.match(), from: at}
		if len(p.types) > 0 {
			g.sets = []entry{{key: "bands", value: "[" + strings.Join(p.bands, ", ") + "]"}}
		}
		m.groups = append(m.groups, g)
	}
	if p.by != "" {
		// One group for each value of the template is what group does.
		p.sets = append(p.sets, entry{key: "group", value: p.by})
	}
	switch {
	case p.off:
		p.sets = nil // no update is left that they could be about
		m.turnOff(p, at)
	case len(p.types) > 0:
		m.narrow(p, at)
	}
	// enabled: true says something only where another rule has turned it off.
	if p.on && p.within("patch") && m.ignores() {
		p.sets = append(p.sets, entry{key: "ignore", value: "false"})
	}
	if len(p.sets) > 0 {
		m.rules = append(m.rules, rule{match: p.match(), sets: unique(p.sets), from: at})
	}
}

// within reports whether a rule is about a type of update.
func (p *packageRule) within(band string) bool {
	return len(p.types) == 0 || slices.Contains(p.bands, band)
}

// ignores reports whether a rule that was read before ignores something.
func (m *migration) ignores() bool {
	return slices.ContainsFunc(m.rules, func(r rule) bool {
		return slices.ContainsFunc(r.sets, func(e entry) bool { return e.key == "ignore" })
	})
}

// indirect reads a rule about indirect requirements, which can be said of all of
// a kind.
func (m *migration) indirect(p *packageRule, at botfile.Key) {
	some := slices.ContainsFunc(m.known, func(i ecosystems.Info) bool {
		return i.Indirect && (p.kinds == nil || slices.Contains(p.kinds, i.Name))
	})
	switch {
	case !some:
		m.note(at, Default, "what a file names is read, also what another package needs")
	case p.on && len(p.types) == 0:
		p.sets = []entry{{key: "indirect", value: "true"}}
		m.rules = append(m.rules, rule{match: p.match(), sets: p.sets, from: at})
	case p.off:
		m.note(at, Default, "indirect requirements do not move")
	default:
		m.note(at, Impossible, "indirect requirements have no rules of their own (indirect: true moves them)")
	}
}

// turnOff converts enabled: false, which may apply to some update types only.
func (m *migration) turnOff(p *packageRule, at botfile.Key) {
	set := func(key, value string) { p.sets = append(p.sets, entry{key: key, value: value}) }
	patch := p.within("patch")
	digest := len(p.types) == 0 || slices.Contains(p.types, "digest") // pins are added, digests move
	switch {
	case digest && patch:
		set("ignore", "true")
	case patch && p.within("minor") && p.within("major"):
		set("ignore", "true")
		m.note(at, Impossible, "digests cannot move without patches: they stop too")
	case patch:
		m.note(at, Impossible, "patches cannot be turned off alone")
	case digest:
		set("digests", "ignore")
	case p.within("digest"):
		set("digests", "refresh")
	}
	if patch {
		return
	}
	switch {
	case p.within("minor"):
		set("allow", "patch")
	case p.within("major"): // a rule with allow: patch would hold MINORs too, where the settings widen them
		m.note(at, Default, "a MAJOR is held")
	}
}

// narrow keeps what a rule about some types of updates sets only where it means
// the same for all updates of the default policy, which moves patches and digests.
func (m *migration) narrow(p *packageRule, at botfile.Key) {
	switch {
	case len(p.sets) == 0:
	case p.within("patch"):
	case p.within("digest"):
		p.sets = m.ofDigests(p.sets, at)
	case p.within("minor"):
		p.sets = nil
		m.note(at, Default, "a MINOR is held: it moves where a rule says allow: minor, which can set this too")
	default:
		p.sets = nil
		m.note(at, Default, "a MAJOR is held: it moves where a rule says allow: major")
	}
}

// ofDigests keeps what can be said of digests alone.
func (m *migration) ofDigests(sets []entry, at botfile.Key) (list []entry) {
	for _, e := range sets {
		switch {
		case e.key == "digests":
			list = append(list, e)
		case e.key == "cooldown":
			list = append(list, entry{key: e.key, value: strings.Replace(e.value, "packages:", "digests:", 1)})
		default:
			m.note(at.Plus(" "+e.key), Impossible, "digests have no rules of their own")
		}
	}
	return list
}

// unused returns the name, changed if another group already has it.
func (m *migration) unused(name string) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(m.groups, func(g rule) bool { return g.name == name })
	}
	for n, first := 2, name; taken(name); n++ {
		// Room for the number, within the 60 characters of a name.
		name = fmt.Sprintf("%s-%d", first[:min(len(first), 56)], n)
	}
	return name
}

// unique keeps the last entry of each key, with the labels of all.
func unique(list []entry) (out []entry) {
	for n, e := range list {
		if !slices.ContainsFunc(list[n+1:], func(o entry) bool { return o.key == e.key }) {
			out = append(out, e)
		}
	}
	return out
}
