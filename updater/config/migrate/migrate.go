// Package migrate converts the settings of Renovate and Dependabot to a
// .freshpin.yaml. It accounts for every setting of the other bot: it converts it,
// or says that it is the default here, or gives the reason why it has no equivalent.
//
// It reads no presets of other repositories and uses no network.
package migrate

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/config/migrate/botfile"
	"github.com/freshpin/freshpin/updater/localfs"
)

// files are the paths of the other bots' settings, in the order in which they are read.
var files = []string{
	"renovate.json", "renovate.json5", ".github/renovate.json", ".github/renovate.json5", ".gitlab/renovate.json", ".gitlab/renovate.json5",
	".renovaterc", ".renovaterc.json", ".renovaterc.json5", ".github/dependabot.yml", ".github/dependabot.yaml", ".dependabot/config.yml", "package.json",
}

// Find returns the path of another bot's settings in a repository; "" if there are
// none. The file may still be unreadable.
func Find(repo fs.FS) string {
	for _, name := range files {
		if name == "package.json" {
			// Every JavaScript project has this file, and few have settings of Renovate in it.
			data, err := localfs.ReadFile(repo, name, botfile.MaxSize)
			if err == nil && strings.Contains(string(data), `"renovate"`) {
				return name
			}
			continue
		}
		// A file that cannot be read is found too, so that init does not write the defaults instead.
		if _, err := fs.Stat(repo, name); !errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
	return ""
}

// Load reads and imports a file that Find has returned. It accepts only regular
// files of at most 1 MiB.
func Load(repo fs.FS, name string, known ecosystems.Infos) (*Result, error) {
	data, err := localfs.ReadFile(repo, name, botfile.MaxSize)
	if err != nil {
		return nil, err
	}
	return Import(name, data, known)
}

// A Fate is the outcome of the migration of one setting.
type Fate string

// Fates.
const (
	Kept       Fate = "kept"
	Default    Fate = "default"    // the default here has the same effect
	Impossible Fate = "impossible" // no equivalent; Why has the reason
	Unknown    Fate = "unknown"    // not a known setting of the other bot
)

// A Setting is one setting of another bot and the outcome of its migration.
type Setting struct {
	Path string // "packageRules[0].automerge", "updates[1].schedule.interval"
	Line int    // in the other bot's file, counted from 1
	Fate Fate
	Why  string // one clause for Impossible and Default; "" if the name says it
}

// A Result is the outcome of the migration of a file.
type Result struct {
	YAML     []byte // a .freshpin.yaml, with comments
	Settings []Setting
}

// Import converts a settings file of another bot. Its name determines the bot.
// known are the supported ecosystems.
func Import(name string, data []byte, known ecosystems.Infos) (*Result, error) {
	root, err := botfile.Parse(name, data)
	if err != nil {
		return nil, err
	}
	m := &migration{file: name, root: root, known: known}
	// The name of a file of version 1, config.yml, does not tell the bot.
	if strings.HasPrefix(path.Base(name), "dependabot.") || botfile.Get(root, "update_configs") != nil {
		m.bot = "Dependabot"
		m.dependabot(root)
	} else {
		m.bot = "Renovate"
		m.renovate(root)
	}
	m.addLabels()
	m.dropInvalid()
	return &Result{YAML: m.write(), Settings: m.settings}, nil
}

// A migration collects the settings to write.
type migration struct {
	file, bot string
	known     ecosystems.Infos
	root      *yaml.Node // of the file
	settings  []Setting
	top       []entry // keys of the file
	rules     []rule
	groups    []rule
	last      []rule   // that count more than all others
	added     []string // labels besides those of the key labels
	addedFrom botfile.Key
	limits    map[string]int // the limits on pull requests, by their key
}

// An entry is one key with its value in YAML, and its origin.
type entry struct {
	key, value string
	from       botfile.Key
	words      []string // of addLabels, which is no key here, instead of value
}

// A rule is a match with its settings; a named group also has a name.
type rule struct {
	name  string
	match []entry
	sets  []entry
	from  botfile.Key
}

// ignoring returns a rule that ignores what matches.
func ignoring(match []entry, from botfile.Key) rule {
	return rule{match: match, sets: []entry{{key: "ignore", value: "true"}}, from: from}
}

// everything matches all dependencies.
func everything() []entry { return []entry{{key: "name", value: `"*"`}} }

// note records the outcome of a setting.
func (m *migration) note(k botfile.Key, fate Fate, why string) {
	m.settings = append(m.settings, Setting{k.Path, max(k.Line, 1), fate, why})
}

// keep sets a key of the file.
func (m *migration) keep(k botfile.Key, key, value string) {
	m.note(k, Kept, "")
	m.set(key, value, k)
}

// set sets a key; what was set before is replaced.
func (m *migration) set(key, value string, from botfile.Key) {
	m.top = slices.DeleteFunc(m.top, func(e entry) bool { return e.key == key })
	m.top = append(m.top, entry{key: key, value: value, from: from})
}

// problemOf returns what Freshpin would say of settings; "" where it takes them.
func (m *migration) problemOf(text string) string {
	_, errs := config.Parse(config.Name, []byte(text+"\n"), m.known)
	if len(errs) == 0 {
		return ""
	}
	why := errs[0].Error()
	if bad := (*config.Error)(nil); errors.As(errs[0], &bad) {
		why = bad.Text
	}
	// These places are those of the trial alone.
	for _, place := range []string{"rules[0].", "groups.a."} { // of the trial, which the file has not
		why = strings.TrimPrefix(why, place)
	}
	return why
}

// dropInvalid leaves out what Freshpin would not take, and says so.
func (m *migration) dropInvalid() {
	m.top = slices.DeleteFunc(m.top, func(e entry) bool {
		return m.refused(e.from, m.problemOf(e.key+": "+e.value))
	})
	for n := range m.rules {
		r := &m.rules[n]
		// Rules of presets share their entries with the table of presets.
		r.sets = slices.DeleteFunc(slices.Clone(r.sets), func(e entry) bool {
			why := m.problemOf("rules: [{match: {name: x}, " + pairs([]entry{e}) + "}]")
			return m.refused(r.from.Plus(" "+e.key), why)
		})
	}
	gone := func(r rule) bool {
		return len(r.match) == 0 || m.refused(r.from, m.problemOf("groups: {a: {match: {"+pairs(r.match)+"}}}"))
	}
	m.rules = slices.DeleteFunc(m.rules, func(r rule) bool { return len(r.sets) == 0 || gone(r) })
	m.groups = slices.DeleteFunc(m.groups, gone)
}

// refused notes a setting that was kept and is not taken.
func (m *migration) refused(from botfile.Key, why string) bool {
	if why == "" {
		return false
	}
	m.settings = slices.DeleteFunc(m.settings, func(s Setting) bool { return s.Path == from.Path && s.Line == from.Line && s.Fate == Kept })
	m.note(from, Impossible, why)
	return true
}

// addLabels turns labels that are added into all the labels that there are then.
func (m *migration) addLabels() {
	if len(m.added) > 0 && !m.has("labels") {
		m.set("labels", "", m.addedFrom)
	}
	labels := m.topLabels()
	for n := range m.rules {
		sets := m.rules[n].sets
		at := slices.IndexFunc(sets, func(e entry) bool { return e.key == "addLabels" })
		if at < 0 {
			continue
		}
		all := labelsBefore(m.rules[:n], labels)
		own := slices.IndexFunc(sets, func(e entry) bool { return e.key == "labels" })
		if own >= 0 {
			all = append(slices.Clone(sets[own].words), m.added...)
		}
		sets[at] = entry{key: "labels", value: flow(compact(append(slices.Clone(all), sets[at].words...)))}
		if own >= 0 {
			m.rules[n].sets = slices.Delete(sets, own, own+1)
		}
	}
}

// topLabels adds the labels to those at the top of the file, and returns them all.
func (m *migration) topLabels() (labels []string) {
	for n, e := range m.top {
		if e.key != "labels" {
			continue
		}
		if labels = e.words; len(m.added) > 0 {
			labels = append(slices.Clone(e.words), m.added...)
			m.top[n].value = flow(compact(labels))
		}
	}
	return labels
}

// labelsBefore returns the labels that hold after some rules: a rule for everything
// says them for those after it.
func labelsBefore(rules []rule, labels []string) []string {
	for _, before := range rules {
		if pairs(before.match) != `name: "*"` {
			continue
		}
		for _, e := range before.sets {
			if e.key == "labels" {
				labels = e.words
			}
		}
	}
	return labels
}

// compact leaves out words that are there already.
func compact(words []string) (list []string) {
	for _, w := range words {
		if !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	return list
}

// order is the order of keys in the documentation, so that files look alike.
var order = []string{
	"allow", "line", "digests", "cooldown", "schedule", "timezone", "group", "limit", "automerge", "dashboard", "labels", "reviewers",
	"assignees", "commit_style", "commit_prefix", "mode", "branches", "ecosystems", "annotated", "ignore",
}

func (m *migration) write() []byte {
	var out strings.Builder
	fmt.Fprintf(&out, "# Imported from %s, the settings of %s. Look at it, and run: freshpin config\n", comment(m.file), m.bot)
	slices.SortStableFunc(m.top, func(a, b entry) int {
		return cmp.Compare(slices.Index(order, a.key), slices.Index(order, b.key))
	})
	for _, e := range m.top {
		fmt.Fprintf(&out, "%s: %s # kept: %s\n", e.key, e.value, comment(m.origin(e.from)))
	}
	if len(m.groups) > 0 {
		out.WriteString("groups:\n")
		for _, g := range m.groups {
			fmt.Fprintf(&out, "  %s: {%s} # kept: %s\n", g.name, pairs(append([]entry{{key: "match", value: "{" + pairs(g.match) + "}"}}, g.sets...)), comment(m.origin(g.from)))
		}
	}
	if len(m.rules) > 0 {
		out.WriteString("rules:\n")
		for _, r := range m.rules {
			fmt.Fprintf(&out, "  - match: {%s} # kept: %s\n", pairs(r.match), comment(m.origin(r.from)))
			for _, e := range r.sets {
				fmt.Fprintf(&out, "    %s: %s\n", e.key, e.value)
			}
		}
	}
	m.remarks(&out, Default, "What Freshpin does without being told")
	m.remarks(&out, Impossible, "Not possible here")
	m.remarks(&out, Unknown, "Not known as settings of "+m.bot)
	return []byte(out.String())
}

// origin writes where a setting comes from.
func (m *migration) origin(from botfile.Key) string {
	if from.Line == 0 {
		return from.Path
	}
	return fmt.Sprintf("%s:%d %s", m.file, from.Line, from.Path)
}

func (m *migration) remarks(out *strings.Builder, fate Fate, title string) {
	first := true
	for _, s := range m.settings {
		if s.Fate != fate {
			continue
		}
		if first {
			fmt.Fprintf(out, "\n# %s:\n", title)
			first = false
		}
		why := ""
		if s.Why != "" {
			why = ": " + s.Why
		}
		fmt.Fprintf(out, "#   %s:%d %s%s\n", comment(m.file), s.Line, comment(s.Path), why)
	}
}

func pairs(list []entry) string {
	var words []string
	for _, e := range list {
		words = append(words, e.key+": "+e.value)
	}
	return strings.Join(words, ", ")
}

// comment replaces line breaks in text, so that it cannot leave its comment.
func comment(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == utf8.RuneError || r != ' ' && !unicode.IsPrint(r) }), " ")
}

// called returns the ecosystems for which another bot uses a name.
func (m *migration) called(name string, names func(ecosystems.Info) []string) (list ecosystems.Infos) {
	for _, i := range m.known {
		if slices.Contains(names(i), name) {
			list = append(list, i)
		}
	}
	return list
}

// one formats names as a YAML list, or as a plain value if there is only one.
func one(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return flow(names)
}

// flow formats words as a YAML list on one line.
func flow(words []string) string {
	var list []string
	for _, w := range words {
		list = append(list, strconv.Quote(w))
	}
	return "[" + strings.Join(list, ", ") + "]"
}
