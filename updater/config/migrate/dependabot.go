package migrate

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config"
)

func (m *migration) dependabot(root *yaml.Node) {
	var blocks []block
	each(root, "", func(key string, k, v *yaml.Node, where string) {
		switch key {
		case "version":
			m.note(k, where, Default, "it says nothing about updates")
		case "updates":
			branches := m.targets(v, where)
			for n, u := range v.Content {
				b := block{node: resolve(u), at: fmt.Sprintf("updates[%d]", n)}
				if len(branches) > 1 {
					b.on = target(b.node)
				}
				blocks = append(blocks, m.block(b))
			}
		case "registries":
			m.note(k, where, Impossible, "logins and mirrors are the operator's")
		case "enable-beta-ecosystems", "multi-ecosystem-groups":
			m.note(k, where, Impossible, map[string]string{"enable-beta-ecosystems": "every kind of file here is ready", "multi-ecosystem-groups": "write one group for all kinds: group: repository"}[key])
		default:
			m.note(k, where, Unknown, "")
		}
	})
	m.join(blocks)
}

// A block is one element of updates, for a kind of file that is read here.
type block struct {
	node  *yaml.Node
	at    string
	kinds []ecosystems.Info // that are read here; none for others
	dirs  []string          // globs of files; nil for all
	on    string            // the base branch, where other blocks have another; "" where that need not be said
	top   []entry           // what can be said for the whole file
}

// targets returns the base branches of the blocks about files that are read here,
// and takes them where they are not the default one alone.
func (m *migration) targets(updates *yaml.Node, where string) (branches []string) {
	for _, u := range updates.Content {
		u = resolve(u)
		name := get(u, "package-ecosystem")
		if name == nil || len(m.called(name.Value, func(i ecosystems.Info) []string { return i.Dependabot })) == 0 || slices.Contains(branches, target(u)) {
			continue
		}
		branches = append(branches, target(u))
	}
	if !slices.Equal(branches, []string{config.Home}) && len(branches) > 0 {
		m.set("branches", flow(branches), m.from(updates, where+" target-branch"))
	}
	return branches
}

// target is the base branch of a block.
func target(u *yaml.Node) string {
	if n := get(u, "target-branch"); n != nil {
		return n.Value
	}
	return config.Home
}

func (m *migration) block(b block) block {
	u, at := b.node, b.at
	if name := get(u, "package-ecosystem"); name != nil {
		b.kinds = m.called(name.Value, func(i ecosystems.Info) []string { return i.Dependabot })
	}
	if len(b.kinds) == 0 {
		m.foreign(u, at)
		return b
	}
	if d := get(u, "directory"); d != nil {
		b.dirs = append(b.dirs, folder(d.Value))
	}
	for _, d := range texts(get(u, "directories")) {
		b.dirs = append(b.dirs, folder(d))
	}
	if slices.Contains(b.dirs, "**") {
		b.dirs = nil
	}
	each(u, at, func(key string, k, v *yaml.Node, where string) { m.blockKey(&b, key, k, v, where) })
	return b
}

// foreign notes every key of a block about files that are not read here.
func (m *migration) foreign(u *yaml.Node, at string) {
	name := ""
	if n := get(u, "package-ecosystem"); n != nil {
		name = n.Value
	}
	each(u, at, func(_ string, k, _ *yaml.Node, where string) {
		m.note(k, where, Impossible, name+" is not read here: leave this block with Dependabot")
	})
}

// folder is the glob of the files below a folder, as Dependabot names it.
func folder(text string) string {
	text = strings.Trim(path.Clean("/"+text), "/")
	if text == "" || text == "." {
		return "**"
	}
	if strings.HasSuffix(text, "**") {
		return text
	}
	return text + "/**"
}

func (m *migration) blockKey(b *block, key string, k, v *yaml.Node, where string) {
	top := func(key, value string) {
		m.note(k, where, Kept, "")
		b.top = append(b.top, entry{key, value, m.from(k, where)})
	}
	switch key {
	case "package-ecosystem", "directory", "directories":
		m.note(k, where, Kept, "")
	case "schedule":
		m.interval(b, v, where)
	case "open-pull-requests-limit":
		if v.Value == "0" {
			top("mode", "security")
			return
		}
		n, err := strconv.Atoi(v.Value)
		if err != nil || n < 0 {
			m.note(k, where, Impossible, "it is no number")
			return
		}
		top("limit", strconv.Itoa(min(n, 1000)))
	case "labels", "reviewers", "assignees":
		top(key, flow(texts(v)))
	case "commit-message":
		m.commitMessage(b, v, where)
	case "groups":
		m.dependabotGroups(b, v, where)
	case "ignore":
		m.dependabotIgnore(b, v, where)
	case "allow":
		m.dependabotAllow(b, v, where)
	case "cooldown":
		m.cooldown(b, v, where)
	case "exclude-paths":
		top("ignore", flow(texts(v)))
	case "rebase-strategy":
		m.note(k, where, Default, "a branch is rebuilt on a conflict or when the same file changed")
	case "versioning-strategy":
		m.note(k, where, Default, "a version stays pinned, a range keeps its form")
	case "vendor":
		m.note(k, where, Default, "vendor is renewed where it stands")
	case "insecure-external-code-execution":
		m.note(k, where, Impossible, "no code of a repository is run")
	case "target-branch":
		m.note(k, where, Kept, "")
	case "milestone", "pull-request-branch-name", "registries", "enable-beta-ecosystems", "multi-ecosystem-group", "patterns", "name", "pull-request-title":
		m.note(k, where, Impossible, map[string]string{
			"milestone": "milestones are not set", "pull-request-branch-name": "a branch keeps its name for ever", "registries": "logins and mirrors are the operator's",
		}[key])
	default:
		m.note(k, where, Unknown, "")
	}
}

var hours = map[string]string{"daily": "0 5 * * 1-5", "weekly": "0 5 * * 1", "monthly": "0 5 1 * *", "quarterly": "0 5 1 */3 *", "semiannually": "0 5 1 1,7 *", "yearly": "0 5 1 1 *"}

// interval reads a schedule: interval, day, time, timezone, cronjob.
func (m *migration) interval(b *block, v *yaml.Node, at string) {
	word := func(key string) string {
		if n := get(v, key); n != nil {
			return strings.ToLower(n.Value)
		}
		return ""
	}
	cron := hours[word("interval")]
	if word("interval") == "cron" {
		cron = word("cronjob")
	}
	each(v, at, func(key string, k, v *yaml.Node, where string) {
		switch {
		case key == "timezone":
			m.note(k, where, Kept, "")
			b.top = append(b.top, entry{"timezone", strconv.Quote(v.Value), m.from(k, where)})
		case slices.Contains([]string{"interval", "day", "time", "cronjob"}, key):
			m.note(k, where, Kept, "")
		default:
			m.note(k, where, Unknown, "")
		}
	})
	fields := strings.Fields(cron)
	if len(fields) != 5 {
		m.note(v, at, Impossible, "the interval is not read as a time: write a cron expression (schedule)")
		return
	}
	if d := days[word("day")]; d != "" && word("interval") == "weekly" {
		fields[4] = d
	}
	if hour, minute, ok := strings.Cut(word("time"), ":"); ok && word("interval") != "cron" {
		if h, err := strconv.Atoi(hour); err == nil && h < 24 {
			fields[1] = strconv.Itoa(h)
		}
		if n, err := strconv.Atoi(minute); err == nil && n < 60 {
			fields[0] = strconv.Itoa(n)
		}
	}
	b.top = append(b.top, entry{"schedule", strconv.Quote(strings.Join(fields, " ")), m.from(v, at)})
}

func (m *migration) commitMessage(b *block, v *yaml.Node, at string) {
	each(v, at, func(key string, k, v *yaml.Node, where string) {
		switch key {
		case "prefix":
			m.note(k, where, Kept, "")
			b.top = append(b.top, entry{"commit_prefix", strconv.Quote(strings.TrimSpace(v.Value)), m.from(k, where)})
		case "prefix-development":
			m.note(k, where, Impossible, "requirements for development are not told from others")
		case "include":
			m.note(k, where, Impossible, "a scope is part of commit_prefix: \"chore(deps)\"")
		default:
			m.note(k, where, Unknown, "")
		}
	})
}

// bandWords are how far updates move, as Dependabot says it.
var bandWords = map[string]string{"major": "major", "minor": "minor", "patch": "patch", "version-update:semver-major": "major", "version-update:semver-minor": "minor", "version-update:semver-patch": "patch"}

func (m *migration) dependabotGroups(b *block, v *yaml.Node, at string) {
	each(v, at, func(name string, k, g *yaml.Node, where string) {
		one := rule{name: m.unused(groupName(name)), from: m.from(k, where)}
		var names, bands []string
		skip := ""
		each(g, where, func(key string, k, v *yaml.Node, where string) {
			fate, why := Kept, ""
			switch key {
			case "patterns":
				names = texts(v)
			case "update-types":
				for _, w := range texts(v) {
					bands = append(bands, bandWords[w])
				}
			case "applies-to":
				fate, why = Default, "security fixes come alone, and the others in their groups"
				if v.Value == "security-updates" {
					skip = why
				}
			case "exclude-patterns":
				fate, why = Impossible, "names cannot be excluded: name a group before this one for them"
			case "dependency-type":
				fate, why = Impossible, "requirements for development are not told from others"
			case "group-by":
				fate, why = Impossible, "a group is what its names match"
			default:
				fate = Unknown
			}
			m.note(k, where, fate, why)
		})
		if skip != "" {
			return
		}
		one.match = b.match(names)
		if len(bands) > 0 {
			one.sets = []entry{{"bands", "[" + strings.Join(append([]string{"digest"}, bands...), ", ") + "]", ""}}
		}
		m.groups = append(m.groups, one)
	})
}

// match is what a block is about, and the names in it.
func (b *block) match(names []string) []entry {
	list := []entry{{"ecosystem", one(ecosystems.Infos(b.kinds).Names()), ""}}
	if len(names) > 0 && !slices.Contains(names, "*") {
		list = append(list, entry{"name", flow(names), ""})
	}
	if len(b.dirs) > 0 {
		list = append(list, entry{"file", flow(b.dirs), ""})
	}
	if b.on != "" {
		list = append(list, entry{"branch", strconv.Quote(b.on), ""})
	}
	return list
}

func (m *migration) dependabotIgnore(b *block, v *yaml.Node, at string) {
	for n, one := range v.Content {
		one = resolve(one)
		where := fmt.Sprintf("%s[%d]", at, n)
		name, types, versions := get(one, "dependency-name"), texts(get(one, "update-types")), texts(get(one, "versions"))
		each(one, where, func(key string, k, _ *yaml.Node, where string) {
			fate := Unknown
			if slices.Contains([]string{"dependency-name", "update-types", "versions"}, key) {
				fate = Kept
			}
			m.note(k, where, fate, "")
		})
		names := []string{"*"}
		if name != nil {
			names = []string{name.Value}
		}
		r := rule{match: b.match(names), from: m.from(one, where)}
		switch {
		case len(versions) > 0:
			text, ok := without(versions)
			if !ok {
				m.note(one, where, Impossible, "these versions are not read as bounds: write versions into a rule")
				continue
			}
			r.sets = []entry{{"versions", strconv.Quote(text), ""}}
		case len(types) == 0:
			r.sets = []entry{{"ignore", "true", ""}}
		case slices.Contains(types, "version-update:semver-patch"):
			r.sets = []entry{{"ignore", "true", ""}}
		default:
			r.sets = []entry{{"allow", "patch", ""}} // which is the default, and stays where it is widened
			if !slices.Contains(types, "version-update:semver-minor") {
				m.note(one, where, Default, "a MAJOR is held")
				continue
			}
		}
		m.rules = append(m.rules, r)
	}
}

// without turns versions that are left out into those that are not.
func without(versions []string) (string, bool) {
	var terms []string
	for _, v := range versions {
		for term := range strings.SplitSeq(v, ",") {
			term = strings.ReplaceAll(strings.TrimSpace(term), " ", "")
			switch {
			case strings.HasPrefix(term, ">="):
				terms = append(terms, "<"+term[2:])
			case strings.HasPrefix(term, ">"):
				terms = append(terms, "<="+term[1:])
			case strings.HasPrefix(term, "<="):
				terms = append(terms, ">"+term[2:])
			case strings.HasPrefix(term, "<"):
				terms = append(terms, ">="+term[1:])
			case term != "" && (term[0] >= '0' && term[0] <= '9' || term[0] == '='):
				terms = append(terms, "!="+strings.TrimLeft(term, "="))
			default:
				return "", false
			}
		}
		if strings.Contains(v, ",") {
			return "", false // a range in the middle has two ends
		}
	}
	return strings.Join(terms, ", "), len(terms) > 0
}

func (m *migration) dependabotAllow(b *block, v *yaml.Node, at string) {
	for n, one := range v.Content {
		one = resolve(one)
		each(one, fmt.Sprintf("%s[%d]", at, n), func(key string, k, v *yaml.Node, where string) {
			switch {
			case key == "dependency-type" && (v.Value == "all" || v.Value == "indirect") && slices.ContainsFunc(b.kinds, func(i ecosystems.Info) bool { return i.Indirect }):
				m.note(k, where, Kept, "")
				m.rules = append(m.rules, rule{match: b.match(nil), sets: []entry{{"indirect", "true", ""}}, from: m.from(k, where)})
			case key == "dependency-type":
				m.note(k, where, Default, "direct dependencies are those that move")
			case key == "dependency-name" || key == "update-types":
				m.note(k, where, Impossible, "what is left alone is named (ignore), not what is not")
			default:
				m.note(k, where, Unknown, "")
			}
		})
	}
}

func (m *migration) cooldown(b *block, v *yaml.Node, at string) {
	longest := 0
	var first *yaml.Node
	each(v, at, func(key string, k, v *yaml.Node, where string) {
		switch key {
		case "default-days", "semver-patch-days", "semver-minor-days", "semver-major-days":
			n, err := strconv.Atoi(v.Value)
			if err != nil {
				m.note(k, where, Impossible, "it is no number")
				return
			}
			m.note(k, where, Kept, "")
			if longest < n || first == nil {
				longest, first = n, k
			}
		case "include", "exclude":
			m.note(k, where, Impossible, "give the packages a rule of their own with cooldown")
		default:
			m.note(k, where, Unknown, "")
		}
	})
	if first != nil {
		b.top = append(b.top, entry{"cooldown", fmt.Sprintf("{packages: %dd}", longest), m.from(first, at)})
	}
}

// repositoryWide are keys that one file says for all its dependencies.
var repositoryWide = []string{"schedule", "timezone", "limit", "ignore"}

// join says what all blocks agree on for the whole file, and the rest in a rule
// for each block.
func (m *migration) join(blocks []block) {
	blocks = slices.DeleteFunc(blocks, func(b block) bool { return len(b.kinds) == 0 })
	var names []string
	for _, b := range blocks {
		for _, i := range b.kinds {
			if !slices.Contains(names, i.Name) {
				names = append(names, i.Name)
			}
		}
	}
	if len(names) > 0 && len(names) < len(m.known) {
		m.set("ecosystems", flow(names), "package-ecosystem")
	}
	for n, b := range blocks {
		r := rule{match: b.match(nil), from: m.from(b.node, b.at)}
		for _, e := range b.top {
			switch {
			case everywhere(blocks, e), slices.Contains(repositoryWide, e.key) && !m.has(e.key):
				m.set(e.key, e.value, e.from)
			case slices.Contains(repositoryWide, e.key):
				if m.value(e.key) != e.value {
					m.note(b.node, b.at+" "+e.key, Impossible, "it is one for the repository: that of an earlier block")
				}
			default:
				r.sets = append(r.sets, entry{e.key, e.value, ""})
			}
		}
		if len(r.sets) > 0 {
			m.rules = slices.Insert(m.rules, min(n, len(m.rules)), r)
		}
	}
}

func (m *migration) has(key string) bool { return m.value(key) != "" }

func (m *migration) value(key string) string {
	for _, e := range m.top {
		if e.key == key {
			return e.value
		}
	}
	return ""
}

// everywhere reports whether all blocks say the same.
func everywhere(blocks []block, e entry) bool {
	for _, b := range blocks {
		if !slices.ContainsFunc(b.top, func(o entry) bool { return o.key == e.key && o.value == e.value }) {
			return false
		}
	}
	return true
}
