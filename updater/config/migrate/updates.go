package migrate

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config/migrate/botfile"
)

// folder returns the glob of the files below a folder in Dependabot's notation.
func folder(text string) string {
	text = strings.Trim(path.Clean("/"+text), "/")
	if text == "" || text == "." || text == "**/*" {
		return "**"
	}
	if strings.HasSuffix(text, "**") {
		return text
	}
	return text + "/**"
}

// only is the kinds of files that a block is about.
func (b *block) only() []entry {
	return []entry{{key: "ecosystem", value: one(ecosystems.Infos(b.kinds).Names())}}
}

// match is what a block is about, and the names in it.
func (b *block) match(names []string) []entry {
	list := b.only()
	if len(names) > 0 && (!slices.Contains(names, "*") || len(names) > 1) {
		list = append(list, entry{key: "name", value: flow(names)})
	}
	files := slices.Clone(b.dirs)
	for _, d := range b.apart {
		files = append(files, "!"+d)
	}
	if len(files) > 0 {
		list = append(list, entry{key: "file", value: flow(files)})
	}
	if b.on != "" {
		list = append(list, entry{key: "branch", value: strconv.Quote(b.on)})
	}
	return list
}

var hours = map[string]string{"daily": "0 5 * * 1-5", "weekly": "0 5 * * 1", "monthly": "0 5 1 * *", "quarterly": "0 5 1 */3 *", "semiannually": "0 5 1 1,7 *", "yearly": "0 5 1 1 *"}

// interval converts a schedule: interval, day, time, timezone, cronjob.
func (m *migration) interval(b *block, v *yaml.Node, at string) {
	word := func(key string) string {
		if n := botfile.Get(v, key); n != nil {
			return strings.ToLower(n.Value)
		}
		return ""
	}
	cron := hours[word("interval")]
	if word("interval") == "cron" {
		cron = word("cronjob")
	}
	botfile.Each(v, at, func(key string, k, v *yaml.Node, where string) {
		switch {
		case key == "timezone":
			m.note(k, where, Kept, "")
			b.top = append(b.top, entry{key: "timezone", value: strconv.Quote(v.Value), from: m.from(k, where)})
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
	b.top = append(b.top, entry{key: "schedule", value: strconv.Quote(strings.Join(fields, " ")), from: m.from(v, at)})
}

func (m *migration) commitMessage(b *block, v *yaml.Node, at string) {
	scope := ""
	if n := botfile.Get(v, "include"); n != nil && n.Value == "scope" {
		scope = "(deps)"
	}
	botfile.Each(v, at, func(key string, k, v *yaml.Node, where string) {
		switch {
		case key == "prefix" && strings.TrimSpace(v.Value) == "":
			m.note(k, where, Default, "there is no prefix but that of the repository's style")
		case key == "prefix":
			m.note(k, where, Kept, "")
			prefix, colon := strings.CutSuffix(strings.TrimSpace(v.Value), ":")
			b.top = append(b.top, entry{key: "commit_prefix", value: strconv.Quote(prefix + scope + map[bool]string{true: ":"}[colon]), from: m.from(k, where)})
		case key == "prefix-development":
			m.note(k, where, Impossible, "requirements for development are not told from others")
		case key == "include":
			m.note(k, where, Kept, "")
		default:
			m.note(k, where, Unknown, "")
		}
	})
}

// bandWords maps Dependabot's update types to bands.
var bandWords = map[string]string{"major": "major", "minor": "minor", "patch": "patch", "version-update:semver-major": "major", "version-update:semver-minor": "minor", "version-update:semver-patch": "patch"}

func (m *migration) dependabotGroups(b *block, v *yaml.Node, at string) {
	botfile.Each(v, at, func(name string, k, g *yaml.Node, where string) {
		one := rule{name: m.unused(groupName(name)), from: m.from(k, where)}
		var names, others, bands []string
		skip := false
		botfile.Each(g, where, func(key string, k, v *yaml.Node, where string) {
			fate, why := Kept, ""
			switch key {
			case "patterns":
				names = botfile.Texts(v)
			case "update-types":
				for _, w := range botfile.Texts(v) {
					bands = append(bands, bandWords[w])
				}
			case "applies-to":
				fate, why = Default, "security fixes come alone, and the others in their groups"
				skip = skip || v.Value == "security-updates"
			case "exclude-patterns":
				for _, w := range botfile.Texts(v) {
					others = append(others, "!"+w)
				}
			case "dependency-type":
				fate, why = Impossible, "requirements for development are not told from others"
				skip = skip || v.Value == "development"
			case "group-by":
				fate, why = Impossible, "a group is what its names match"
			default:
				fate = Unknown
			}
			m.note(k, where, fate, why)
		})
		if skip {
			return
		}
		one.match = b.match(append(names, others...))
		if len(bands) > 0 {
			one.sets = []entry{{key: "bands", value: "[" + strings.Join(append([]string{"digest"}, bands...), ", ") + "]"}}
		}
		m.groups = append(m.groups, one)
	})
}

func (m *migration) dependabotIgnore(b *block, v *yaml.Node, at string) {
	for n, one := range v.Content {
		one = botfile.Resolve(one)
		where := fmt.Sprintf("%s[%d]", at, n)
		name, types, versions := botfile.Get(one, "dependency-name"), botfile.Texts(botfile.Get(one, "update-types")), botfile.Texts(botfile.Get(one, "versions"))
		botfile.Each(one, where, func(key string, k, _ *yaml.Node, where string) {
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
			r.sets = []entry{{key: "versions", value: strconv.Quote(text)}}
		case len(types) == 0:
			r.sets = []entry{{key: "ignore", value: "true"}}
		case slices.Contains(types, "version-update:semver-patch"):
			r.sets = []entry{{key: "ignore", value: "true"}}
		default:
			r.sets = []entry{{key: "allow", value: "patch"}} // which is the default, and stays where it is widened
			if !slices.Contains(types, "version-update:semver-minor") {
				m.note(one, where, Default, "a MAJOR is held")
				continue
			}
		}
		m.rules = append(m.rules, r)
	}
}

// without converts ignored versions to the versions that remain allowed; false if that is not one range.
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
			return "", false // a range with two ends would leave two ranges
		}
	}
	return strings.Join(terms, ", "), len(terms) > 0
}

func (m *migration) dependabotAllow(b *block, list, v *yaml.Node, at string) {
	var others []string // all names but those that are allowed
	for n, one := range v.Content {
		one = botfile.Resolve(one)
		name, bounds := botfile.Get(one, "dependency-name"), botfile.Get(one, "update-types")
		botfile.Each(one, fmt.Sprintf("%s[%d]", at, n), func(key string, k, v *yaml.Node, where string) {
			switch {
			case key == "dependency-type" && (v.Value == "all" || v.Value == "indirect") && name == nil && slices.ContainsFunc(b.kinds, func(i ecosystems.Info) bool { return i.Indirect }):
				m.note(k, where, Kept, "")
				m.rules = append(m.rules, rule{match: b.match(nil), sets: []entry{{key: "indirect", value: "true"}}, from: m.from(k, where)})
			case key == "dependency-type":
				m.note(k, where, Default, "direct dependencies are those that move")
			case key == "dependency-name" && bounds == nil:
				m.note(k, where, Kept, "")
			case key == "dependency-name" || key == "update-types":
				m.note(k, where, Impossible, "what is left alone is named (ignore), not what is not")
			default:
				m.note(k, where, Unknown, "")
			}
		})
		if name != nil && bounds == nil {
			others = append(others, "!"+name.Value)
		}
	}
	if len(others) > 0 && len(others) == len(v.Content) {
		m.rules = append(m.rules, rule{match: b.match(others), sets: []entry{{key: "ignore", value: "true"}}, from: m.from(list, at)})
	}
}

// cooldown takes the days of patches, or else those of all, because patches are
// what moves.
func (m *migration) cooldown(b *block, v *yaml.Node, at string) {
	text, from := "", source{}
	botfile.Each(v, at, func(key string, k, v *yaml.Node, where string) {
		switch key {
		case "default-days", "semver-patch-days":
			n, err := strconv.Atoi(v.Value)
			if err != nil || n < 0 {
				m.note(k, where, Impossible, "it is no number")
				return
			}
			m.note(k, where, Kept, "")
			if text == "" || key == "semver-patch-days" {
				text, from = fmt.Sprintf("{packages: %dd}", n), m.from(k, where)
			}
		case "semver-minor-days", "semver-major-days":
			m.note(k, where, Default, "a MINOR and a MAJOR are held")
		case "include", "exclude":
			if key == "include" && slices.Equal(botfile.Texts(v), []string{"*"}) {
				m.note(k, where, Kept, "")
				return
			}
			m.note(k, where, Impossible, "give the packages a rule of their own with cooldown")
		default:
			m.note(k, where, Unknown, "")
		}
	})
	if text != "" {
		b.top = append(b.top, entry{key: "cooldown", value: text, from: from})
	}
}
