package migrate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/config/migrate/botfile"
)

func (m *migration) dependabot(root *yaml.Node) {
	var blocks []block
	for k, v := range botfile.Keys(root, botfile.Key{}) {
		switch modern(k.Name) {
		case "version":
			m.note(k, Default, "it says nothing about updates")
		case "updates":
			branches := m.targets(k, v)
			for at, u := range botfile.Elements(v, k) {
				b := block{node: u, at: at}
				if len(branches) > 1 {
					b.on = target(u)
				}
				blocks = append(blocks, m.block(b))
			}
		default:
			m.unsayable(k)
		}
	}
	m.join(blocks)
	m.elsewhere(blocks, root)
}

// elsewhere ignores the files of a kind that no block is about.
func (m *migration) elsewhere(blocks []block, root *yaml.Node) {
	var rules []rule
	for _, i := range m.known {
		var outside []string
		for _, b := range blocks {
			if !slices.ContainsFunc(b.kinds, func(k ecosystems.Info) bool { return k.Name == i.Name }) {
				continue
			}
			// This block is about all files of the kind.
			if b.dirs == nil {
				outside = nil
				break
			}
			for _, d := range b.dirs {
				outside = append(outside, "!"+d)
			}
		}
		if len(outside) == 0 {
			continue
		}
		files := flow(compact(outside))
		// Kinds that one block is about get one rule.
		if n := len(rules); n > 0 && rules[n-1].match[1].value == files {
			rules[n-1].match[0].words = append(rules[n-1].match[0].words, i.Name)
			continue
		}
		rules = append(rules, ignoring([]entry{{key: "ecosystem", words: []string{i.Name}}, {key: "file", value: files}}, botfile.Key{Path: "updates directory", Line: root.Line}))
	}
	for _, r := range rules {
		r.match[0].value = one(r.match[0].words)
		m.rules = append(m.rules, r)
	}
}

// A block is one element of updates.
type block struct {
	node  *yaml.Node
	at    botfile.Key
	kinds ecosystems.Infos // supported ecosystems; none if it is not supported here
	dirs  []string         // globs of files; nil for all
	apart []string         // globs of files inside dirs that other blocks are about
	on    string           // base branch, if blocks differ in it; "" otherwise
	top   []entry          // settings that are possible for the whole file
}

// targets returns the base branches of the supported blocks, and adds them to the
// settings unless there is only the default branch.
func (m *migration) targets(k botfile.Key, updates *yaml.Node) (branches []string) {
	for _, u := range botfile.Elements(updates, k) {
		if len(m.kinds(u)) > 0 && !slices.Contains(branches, target(u)) {
			branches = append(branches, target(u))
		}
	}
	if !slices.Equal(branches, []string{config.Home}) && len(branches) > 0 {
		m.set("branches", flow(branches), k.Plus(" target-branch"))
	}
	return branches
}

// kinds returns the ecosystems that a block is about; none if it is not supported here.
func (m *migration) kinds(u *yaml.Node) ecosystems.Infos {
	return m.called(modern(managerOf(u)), func(i ecosystems.Info) []string { return i.Dependabot })
}

// managerOf returns the name of the kind of files that a block is about.
func managerOf(u *yaml.Node) string { return text(u, "package-ecosystem", "package_manager") }

// text returns the text of the first of some keys that there is; "" if there is none.
func text(n *yaml.Node, keys ...string) string {
	if v := botfile.Get(n, keys...); v != nil {
		return v.Value
	}
	return ""
}

// target returns the base branch of a block.
func target(u *yaml.Node) string {
	return cmp.Or(text(u, "target-branch", "target_branch"), config.Home)
}

func (m *migration) block(b block) block {
	b.kinds = m.kinds(b.node)
	if len(b.kinds) == 0 {
		for k := range botfile.Keys(b.node, b.at) {
			m.note(k, Impossible, managerOf(b.node)+" is not read here: leave this block with Dependabot")
		}
		return b
	}
	b.dirs = directories(b.node)
	b.apart = m.apart(b.node)
	for k, v := range botfile.Keys(b.node, b.at) {
		m.blockKey(&b, k, v)
	}
	return b
}

// directories returns the globs of the files of a block; nil for all.
func directories(u *yaml.Node) (dirs []string) {
	for _, key := range []string{"directory", "directories"} {
		for _, d := range botfile.Texts(botfile.Get(u, key)) {
			dirs = append(dirs, folder(d))
		}
	}
	if slices.Contains(dirs, "**") {
		return nil
	}
	return dirs
}

// maxBlocks bounds how many blocks are compared with each other.
const maxBlocks = 500

// apart returns the globs of files inside the folders of a block that other blocks
// for the same kind of file and the same branch are about.
func (m *migration) apart(u *yaml.Node) (dirs []string) {
	updates := botfile.Get(m.root, "updates", "update_configs")
	if len(updates.Content) > maxBlocks {
		return nil
	}
	for _, other := range botfile.Elements(updates, botfile.Key{}) {
		if other == u || managerOf(other) != managerOf(u) || target(other) != target(u) {
			continue
		}
		for _, d := range directories(other) {
			if inside(d, directories(u)) && !slices.Contains(dirs, d) {
				dirs = append(dirs, d)
			}
		}
	}
	return dirs
}

// inside reports whether the files of a glob of directories are below one of others.
func inside(dir string, others []string) bool {
	return others == nil || slices.ContainsFunc(others, func(o string) bool {
		return o != dir && strings.HasPrefix(dir, strings.TrimSuffix(o, "**"))
	})
}

func (m *migration) blockKey(b *block, k botfile.Key, v *yaml.Node) {
	switch name := modern(k.Name); name {
	case "package-ecosystem", "directory", "directories", "target-branch":
		m.note(k, Kept, "")
	case "schedule":
		m.interval(b, k, v)
	case "update_schedule":
		m.liveSchedule(b, k, v)
	case "allowed_updates", "ignored_updates", "automerged_updates":
		m.matchedUpdates(b, k, v)
	case "open-pull-requests-limit":
		m.pullLimit(b, k, v)
	case "labels", "reviewers", "assignees":
		m.keepIn(b, k, name, flow(botfile.Texts(v)))
	case "commit-message":
		m.commitMessage(b, k, v)
	case "groups":
		m.dependabotGroups(b, k, v)
	case "ignore":
		m.dependabotIgnore(b, k, v)
	case "allow":
		m.dependabotAllow(b, k, v)
	case "cooldown":
		m.cooldown(b, k, v)
	case "exclude-paths":
		m.keepIn(b, k, "ignore", flow(fromRoot(botfile.Texts(v))))
	case "insecure-external-code-execution":
		m.note(k, Impossible, "no code of a repository is run")
	default:
		if why := sameHere[name]; why != "" {
			m.note(k, Default, why)
			return
		}
		m.unsayable(k)
	}
}

// keepIn sets a top-level key of a block to what one of its own keys says.
func (m *migration) keepIn(b *block, k botfile.Key, key, value string) {
	m.note(k, Kept, "")
	b.top = append(b.top, entry{key: key, value: value, from: k})
}

// pullLimit reads the number of open pull requests; 0 turns off all but security updates.
func (m *migration) pullLimit(b *block, k botfile.Key, v *yaml.Node) {
	n, err := strconv.Atoi(v.Value)
	switch {
	case err != nil || n < 0:
		m.note(k, Impossible, "it is no number")
	case n == 0:
		m.keepIn(b, k, "mode", "security")
	default:
		m.keepIn(b, k, "limit", strconv.Itoa(min(n, 1000)))
	}
}

// fromRoot returns patterns without the slash that stands for the top of the repository.
func fromRoot(paths []string) (list []string) {
	for _, p := range paths {
		list = append(list, strings.TrimPrefix(p, "/"))
	}
	return list
}

// sameHere are the keys of a block whose effect is the default here, each with the reason.
var sameHere = map[string]string{
	"rebase-strategy":     "a branch is rebuilt on a conflict or when the same file changed",
	"versioning-strategy": "a version stays pinned, a range keeps its form",
	"vendor":              "vendor is renewed where it stands",
	"name":                "it says nothing about updates",
}

// unsayable notes a key that sets nothing here.
func (m *migration) unsayable(k botfile.Key) {
	if why := cannotSay[modern(k.Name)]; why != "" {
		m.note(k, Impossible, why)
		return
	}
	m.note(k, Unknown, "")
}

// cannotSay are keys of the file or of a block that have no equivalent here, and why.
var cannotSay = map[string]string{
	"milestone": "milestones are not set", "pull-request-branch-name": "a branch keeps its name for ever", "registries": "logins and mirrors are the operator's",
	"enable-beta-ecosystems": "every kind of file here is ready", "multi-ecosystem-group": "write one group for all kinds: group: repository", "multi-ecosystem-groups": "write one group for all kinds: group: repository", "patterns": "write the names into a group", "update-types": "write the bands of updates into a group",
	"pull-request-title": "texts are the operator's (--templates)",
}

// repositoryWide are keys that one file says for all its dependencies; rules may
// have schedules of their own.
var repositoryWide = []string{"schedule", "timezone", "limit"}

// join writes the settings on which all blocks agree at the top level, and the rest
// in one rule for each block.
func (m *migration) join(blocks []block) {
	blocks = slices.DeleteFunc(blocks, func(b block) bool { return len(b.kinds) == 0 })
	var names []string
	for _, b := range blocks {
		names = compact(append(names, b.kinds.Names()...))
	}
	if len(names) > 0 && len(names) < len(m.known) {
		m.set("ecosystems", flow(names), botfile.Key{Path: "package-ecosystem"})
	}
	for n, b := range blocks {
		r := rule{match: b.match(nil), from: b.at}
		for _, e := range b.top {
			switch {
			case everywhere(blocks, e), slices.Contains(repositoryWide, e.key) && !m.has(e.key):
				m.set(e.key, e.value, e.from)
			case slices.Contains(repositoryWide, e.key) && m.value(e.key) == e.value:
			case slices.Contains(repositoryWide, e.key) && e.key != "schedule":
				m.note(b.at.Plus(" "+e.key), Impossible, "it is one for the repository: that of an earlier block")
			case e.key == "ignore":
				m.rules = append(m.rules, ignoring(append(b.only(), entry{key: "file", value: e.value}), e.from))
			default:
				r.sets = append(r.sets, entry{key: e.key, value: e.value})
			}
		}
		if r.sets = unique(r.sets); len(r.sets) > 0 {
			// In front of the rules for names that the blocks have added, which must override it.
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

// everywhere reports whether all blocks have the same entry.
func everywhere(blocks []block, e entry) bool {
	for _, b := range blocks {
		if !slices.ContainsFunc(b.top, func(o entry) bool { return o.key == e.key && o.value == e.value }) {
			return false
		}
	}
	return true
}
