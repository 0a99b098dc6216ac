// Package migrate reads the settings of Renovate and of Dependabot and writes
// them as a .freshpin.yaml in which nothing is lost: each setting of the other
// bot is kept, or is what Freshpin does anyway, or is named with the reason why
// it cannot be said.
//
// It reads no preset of another repository and asks nobody.
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
	"github.com/freshpin/freshpin/updater/config/migrate/foreign"
	"github.com/freshpin/freshpin/updater/localfs"
)

// Files are where the other bots look for their settings, in that order.
var files = []string{
	"renovate.json", "renovate.json5", ".github/renovate.json", ".github/renovate.json5", ".gitlab/renovate.json", ".gitlab/renovate.json5",
	".renovaterc", ".renovaterc.json", ".renovaterc.json5", ".github/dependabot.yml", ".github/dependabot.yaml", "package.json",
}

// Find returns the file that another bot reads in a repository; "" if there is
// none. What stands under the name may still not be readable.
func Find(repo fs.FS) string {
	for _, name := range files {
		if name == "package.json" {
			data, err := localfs.ReadFile(repo, name, foreign.MaxSize)
			if err == nil && strings.Contains(string(data), `"renovate"`) {
				return name
			}
		} else if _, err := fs.Stat(repo, name); !errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
	return ""
}

// Load reads a file that Find has found, and imports it. Only plain files of at
// most 1 MiB are read.
func Load(repo fs.FS, name string, known ecosystems.Infos) (*Result, error) {
	data, err := localfs.ReadFile(repo, name, foreign.MaxSize)
	if err != nil {
		return nil, err
	}
	return Import(name, data, known)
}

// A Fate says what becomes of one setting of another bot.
type Fate string

// The fates.
const (
	Kept       Fate = "kept"
	Default    Fate = "default"    // what it asks for happens here without a setting
	Impossible Fate = "impossible" // it cannot be said here; Why has the reason
	Unknown    Fate = "unknown"    // no setting of the other bot that is known here
)

// A Setting is one setting of another bot and what becomes of it.
type Setting struct {
	Path string // "packageRules[0].automerge", "updates[1].schedule.interval"
	Line int    // in its file, counted from 1
	Fate Fate
	Why  string // one clause for Impossible and Default; "" where the name says it
}

// A Result is what came of a file.
type Result struct {
	YAML     []byte // a .freshpin.yaml, with comments
	Settings []Setting
}

// Import reads the text of a file of another bot, whose name tells which one.
// known are the kinds of files that can be read here.
func Import(name string, data []byte, known ecosystems.Infos) (*Result, error) {
	root, err := foreign.Parse(name, data)
	if err != nil {
		return nil, err
	}
	m := &migration{file: name, known: known}
	if strings.HasPrefix(path.Base(name), "dependabot.") {
		m.bot = "Dependabot"
		m.dependabot(root)
	} else {
		m.bot = "Renovate"
		m.renovate(root, "")
	}
	return &Result{YAML: m.write(), Settings: m.settings}, nil
}

// A migration gathers what is written.
type migration struct {
	file, bot string
	known     ecosystems.Infos
	settings  []Setting
	top       []entry // keys of the file
	rules     []rule
	groups    []rule
}

// An entry is one key with its value, as YAML, and where it comes from.
type entry struct {
	key, value string
	from       string
}

// A rule is a match and what it sets; a named group has a name.
type rule struct {
	name  string
	match []entry
	sets  []entry
	from  string
}

// note takes down what becomes of a setting.
func (m *migration) note(n *yaml.Node, path string, fate Fate, why string) {
	m.settings = append(m.settings, Setting{path, n.Line, fate, why})
}

// keep sets a key of the file.
func (m *migration) keep(n *yaml.Node, path, key, value string) {
	m.note(n, path, Kept, "")
	m.set(key, value, m.from(n, path))
}

// set sets a key; what was set before is replaced.
func (m *migration) set(key, value, from string) {
	m.top = slices.DeleteFunc(m.top, func(e entry) bool { return e.key == key })
	m.top = append(m.top, entry{key, value, from})
}

func (m *migration) from(n *yaml.Node, path string) string {
	return fmt.Sprintf("%s:%d %s", m.file, n.Line, path)
}

// order is that of the documentation, so that files look alike.
var order = []string{
	"allow", "line", "digests", "cooldown", "schedule", "timezone", "group", "limit", "automerge", "dashboard", "labels", "reviewers",
	"assignees", "commit_style", "commit_prefix", "mode", "branches", "ecosystems", "ignore",
}

func (m *migration) write() []byte {
	var out strings.Builder
	fmt.Fprintf(&out, "# Imported from %s, the settings of %s. Look at it, and run: freshpin config\n", comment(m.file), m.bot)
	slices.SortStableFunc(m.top, func(a, b entry) int {
		return cmp.Compare(slices.Index(order, a.key), slices.Index(order, b.key))
	})
	for _, e := range m.top {
		fmt.Fprintf(&out, "%s: %s # kept: %s\n", e.key, e.value, comment(e.from))
	}
	if len(m.groups) > 0 {
		out.WriteString("groups:\n")
		for _, g := range m.groups {
			fmt.Fprintf(&out, "  %s: {%s} # kept: %s\n", g.name, pairs(append([]entry{{"match", "{" + pairs(g.match) + "}", ""}}, g.sets...)), comment(g.from))
		}
	}
	if len(m.rules) > 0 {
		out.WriteString("rules:\n")
		for _, r := range m.rules {
			fmt.Fprintf(&out, "  - match: {%s} # kept: %s\n", pairs(r.match), comment(r.from))
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

// comment keeps text from ending its line.
func comment(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == utf8.RuneError || r != ' ' && !unicode.IsPrint(r) }), " ")
}

// called returns the ecosystems that another bot calls by a name.
func (m *migration) called(name string, names func(ecosystems.Info) []string) (list ecosystems.Infos) {
	for _, i := range m.known {
		if slices.Contains(names(i), name) {
			list = append(list, i)
		}
	}
	return list
}

// one writes a list of names, and a single one as itself.
func one(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return flow(names)
}

// flow writes words as a YAML list on one line.
func flow(words []string) string {
	var list []string
	for _, w := range words {
		list = append(list, strconv.Quote(w))
	}
	return "[" + strings.Join(list, ", ") + "]"
}
