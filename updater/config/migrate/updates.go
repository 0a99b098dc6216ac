package migrate

import (
	"cmp"
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
	return []entry{{key: "ecosystem", value: one(b.kinds.Names())}}
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
func (m *migration) interval(b *block, at botfile.Key, v *yaml.Node) {
	word := func(key string) string { return strings.ToLower(text(v, key)) }
	cron := hours[word("interval")]
	if word("interval") == "cron" {
		cron = word("cronjob")
	}
	for k, v := range botfile.Keys(v, at) {
		switch k.Name {
		case "timezone":
			m.note(k, Kept, "")
			b.top = append(b.top, entry{key: "timezone", value: strconv.Quote(v.Value), from: k})
		case "interval", "day", "time", "cronjob":
			m.note(k, Kept, "")
		default:
			m.note(k, Unknown, "")
		}
	}
	fields := strings.Fields(cron)
	if len(fields) != 5 {
		m.note(at, Impossible, "the interval is not read as a time: write a cron expression (schedule)")
		return
	}
	// Dependabot reads the day only where the interval is weekly.
	if d := days[word("day")]; d != "" && word("interval") == "weekly" {
		fields[4] = d
	}
	// The time is a field of the cron expression itself.
	if hour, minute, ok := strings.Cut(word("time"), ":"); ok && word("interval") != "cron" {
		if h, err := strconv.Atoi(hour); err == nil && h < 24 {
			fields[1] = strconv.Itoa(h)
		}
		if n, err := strconv.Atoi(minute); err == nil && n < 60 {
			fields[0] = strconv.Itoa(n)
		}
	}
	b.top = append(b.top, entry{key: "schedule", value: strconv.Quote(strings.Join(fields, " ")), from: at})
}

func (m *migration) commitMessage(b *block, at botfile.Key, v *yaml.Node) {
	scope := ""
	if text(v, "include") == "scope" || text(v, "include_scope") == "true" {
		scope = "(deps)"
	}
	for k, v := range botfile.Keys(v, at) {
		switch name := modern(k.Name); {
		case name == "prefix" && strings.TrimSpace(v.Value) == "":
			m.note(k, Default, "there is no prefix but that of the repository's style")
		case name == "prefix":
			m.note(k, Kept, "")
			prefix, colon := strings.CutSuffix(strings.TrimSpace(v.Value), ":")
			if prefix += scope; colon {
				prefix += ":"
			}
			b.top = append(b.top, entry{key: "commit_prefix", value: strconv.Quote(prefix), from: k})
		case name == "prefix-development":
			m.note(k, Impossible, "requirements for development are not told from others")
		case name == "include":
			m.note(k, Kept, "")
		default:
			m.note(k, Unknown, "")
		}
	}
}

// bandWords maps Dependabot's update types to bands.
var bandWords = map[string]string{"major": "major", "minor": "minor", "patch": "patch", "version-update:semver-major": "major", "version-update:semver-minor": "minor", "version-update:semver-patch": "patch"}

func (m *migration) dependabotGroups(b *block, at botfile.Key, v *yaml.Node) {
	for k, g := range botfile.Keys(v, at) {
		one := rule{name: m.unused(groupName(k.Name)), from: k}
		var names, others, bands []string
		skip := false
		for k, v := range botfile.Keys(g, k) {
			fate, why := Kept, ""
			switch k.Name {
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
			m.note(k, fate, why)
		}
		if skip {
			continue
		}
		one.match = b.match(append(names, others...))
		if len(bands) > 0 {
			// Dependabot has no update type for a new digest, which here is a band of its own.
			one.sets = []entry{{key: "bands", value: "[" + strings.Join(append([]string{"digest"}, bands...), ", ") + "]"}}
		}
		m.groups = append(m.groups, one)
	}
}

func (m *migration) dependabotIgnore(b *block, at botfile.Key, v *yaml.Node) {
	for at, one := range botfile.Elements(v, at) {
		for k := range botfile.Keys(one, at) {
			fate := Unknown
			if slices.Contains([]string{"dependency-name", "update-types", "versions"}, k.Name) {
				fate = Kept
			}
			m.note(k, fate, "")
		}
		types, versions := botfile.Texts(botfile.Get(one, "update-types")), botfile.Texts(botfile.Get(one, "versions"))
		r := ignoring(b.match([]string{cmp.Or(text(one, "dependency-name"), "*")}), at)
		switch {
		case len(versions) > 0:
			bounds, ok := without(versions)
			if !ok {
				m.note(at, Impossible, "these versions are not read as bounds: write versions into a rule")
				continue
			}
			r.sets = []entry{{key: "versions", value: strconv.Quote(bounds)}}
		case len(types) == 0, slices.Contains(types, "version-update:semver-patch"):
		case slices.Contains(types, "version-update:semver-minor"):
			r.sets = []entry{{key: "allow", value: "patch"}} // which is the default, and stays where it is widened
		default:
			m.note(at, Default, "a MAJOR is held")
			continue
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

func (m *migration) dependabotAllow(b *block, at botfile.Key, v *yaml.Node) {
	var others []string // all names but those that are allowed
	for at, one := range botfile.Elements(v, at) {
		name, bounds := text(one, "dependency-name"), botfile.Get(one, "update-types")
		for k, v := range botfile.Keys(one, at) {
			switch {
			case k.Name == "dependency-type" && (v.Value == "all" || v.Value == "indirect") && name == "" && slices.ContainsFunc(b.kinds, func(i ecosystems.Info) bool { return i.Indirect }):
				m.note(k, Kept, "")
				m.rules = append(m.rules, rule{match: b.match(nil), sets: []entry{{key: "indirect", value: "true"}}, from: k})
			case k.Name == "dependency-type":
				m.note(k, Default, "direct dependencies are those that move")
			case k.Name == "dependency-name" && bounds == nil:
				m.note(k, Kept, "")
			case k.Name == "dependency-name" || k.Name == "update-types":
				m.note(k, Impossible, "what is left alone is named (ignore), not what is not")
			default:
				m.note(k, Unknown, "")
			}
		}
		if name != "" && bounds == nil {
			others = append(others, "!"+name)
		}
	}
	// An entry without a name allows everything of its type, so no name may be left out.
	if len(others) > 0 && len(others) == len(v.Content) {
		m.rules = append(m.rules, ignoring(b.match(others), at))
	}
}

// cooldown takes the days of patches, or else those of all, because patches are
// what moves.
func (m *migration) cooldown(b *block, at botfile.Key, v *yaml.Node) {
	value, from := "", botfile.Key{}
	for k, v := range botfile.Keys(v, at) {
		switch k.Name {
		case "default-days", "semver-patch-days":
			n, err := strconv.Atoi(v.Value)
			if err != nil || n < 0 {
				m.note(k, Impossible, "it is no number")
				continue
			}
			m.note(k, Kept, "")
			if value == "" || k.Name == "semver-patch-days" {
				value, from = fmt.Sprintf("{packages: %dd}", n), k
			}
		case "semver-minor-days", "semver-major-days":
			m.note(k, Default, "a MINOR and a MAJOR are held")
		case "include", "exclude":
			if k.Name == "include" && slices.Equal(botfile.Texts(v), []string{"*"}) {
				m.note(k, Kept, "")
				continue
			}
			m.note(k, Impossible, "give the packages a rule of their own with cooldown")
		default:
			m.note(k, Unknown, "")
		}
	}
	if value != "" {
		b.top = append(b.top, entry{key: "cooldown", value: value, from: from})
	}
}
