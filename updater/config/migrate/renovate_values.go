package migrate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/updater/config/migrate/botfile"
)

// choice reads a key that may stand at the top and in a rule; fate is "" for other keys.
func (m *migration) choice(k botfile.Key, v *yaml.Node) (e []entry, fate Fate, why string) {
	one := func(key, value string) ([]entry, Fate, string) { return []entry{{key: key, value: value}}, Kept, "" }
	words := botfile.Texts(v)
	if v.Tag == "!!null" && k.Name != "minimumReleaseAge" && k.Name != "semanticCommitScope" {
		return nil, "", ""
	}
	switch k.Name {
	case "labels", "addLabels":
		fixed := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.Contains(w, "{{") })
		if len(fixed) < len(words) {
			m.note(k.Plus(" with {{…}}"), Impossible, "a label is a fixed word")
		}
		if len(fixed) == 0 && len(words) > 0 {
			return nil, Impossible, "a label is a fixed word"
		}
		return []entry{{key: k.Name, value: flow(fixed), words: fixed}}, Kept, ""
	case "assignees", "reviewers":
		return m.people(k, words)
	case "semanticCommitType", "semanticCommitScope":
		switch {
		case strings.Contains(v.Value, "{{"):
			return nil, Impossible, "a prefix is fixed (commit_prefix)"
		// These are the usual ones; semantic makes the prefix of others.
		case v.Value == "chore" || v.Value == "deps":
			return nil, Default, defaultKeys[k.Name]
		}
		return nil, Kept, ""
	case "automerge":
		return one("automerge", strconv.FormatBool(v.Value == "true"))
	case "dependencyDashboard":
		return one("dashboard", strconv.FormatBool(v.Value == "true"))
	case "semanticCommits":
		return one("commit_style", cmp.Or(map[string]string{"enabled": "conventional", "true": "conventional", "disabled": "plain", "false": "plain"}[v.Value], "auto"))
	case "commitMessagePrefix":
		return one("commit_prefix", strconv.Quote(strings.TrimSpace(v.Value)))
	case "pinDigests":
		return one("digests", map[bool]string{true: "pin", false: "refresh"}[v.Value == "true"])
	case "minimumReleaseAge", "stabilityDays":
		return wait(v)
	case "schedule":
		return m.schedule(k, words)
	}
	return nil, "", ""
}

// people takes logins, and teams that are written with their organization.
func (m *migration) people(k botfile.Key, words []string) ([]entry, Fate, string) {
	var names []string
	for _, w := range words {
		name, team := strings.CutPrefix(strings.TrimPrefix(w, "@"), "team:")
		why := m.problemOf(k.Name + ": " + flow([]string{name}))
		if team && !strings.Contains(name, "/") {
			why = "a team is written with its organization, as acme/" + name
		}
		if why != "" {
			m.note(k.Plus(" "+w), Impossible, why)
			continue
		}
		names = append(names, name)
	}
	if len(names) == 0 && len(words) > 0 {
		return nil, Impossible, "none of them can be asked"
	}
	return []entry{{key: k.Name, value: flow(names)}}, Kept, ""
}

// semantic is the prefix of titles that Renovate makes of a type and a scope; ""
// where it is the usual one. What a rule does not say, the file says.
func semantic(root, rule *yaml.Node) string {
	if rule != nil && botfile.Get(rule, "semanticCommitType") == nil && botfile.Get(rule, "semanticCommitScope") == nil {
		return ""
	}
	get := func(key, usual string) string {
		for _, n := range []*yaml.Node{rule, root} {
			if v := botfile.Get(n, key); v != nil {
				return map[bool]string{false: v.Value}[v.Tag == "!!null"]
			}
		}
		return usual
	}
	kind, scope := get("semanticCommitType", "chore"), get("semanticCommitScope", "deps")
	if kind == "" || kind == "chore" && scope == "deps" || strings.Contains(kind+scope, "{{") || get("semanticCommits", "") == "disabled" {
		return ""
	}
	if scope == "" {
		return kind
	}
	return kind + "(" + scope + ")"
}

func wait(v *yaml.Node) ([]entry, Fate, string) {
	if v.Tag == "!!null" || strings.TrimSpace(v.Value) == "" {
		return []entry{{key: "cooldown", value: "{packages: 0}"}}, Kept, ""
	}
	match := dayCount.FindStringSubmatch(strings.TrimSpace(v.Value))
	if match == nil {
		return nil, Impossible, "it is no number of days, hours or weeks"
	}
	n, _ := strconv.Atoi(match[1])
	unit := "d"
	switch {
	case strings.HasPrefix(match[2], "month"):
		// Durations here have no months.
		n *= 30
	case match[2] != "":
		unit = match[2][:1]
	}
	return []entry{{key: "cooldown", value: fmt.Sprintf("{packages: %d%s}", n, unit)}}, Kept, ""
}

func (m *migration) schedule(k botfile.Key, words []string) ([]entry, Fate, string) {
	if len(words) == 0 {
		return nil, Default, "the service looks once a week"
	}
	cron, ok := cronOf(words[0])
	if !ok {
		return nil, Impossible, unread(words[0])
	}
	if cron == "" {
		return []entry{{key: "schedule", value: `"@daily"`}}, Kept, ""
	}
	for n, w := range words[1:] {
		if other, ok := cronOf(w); !ok || dayOf(other) != dayOf(cron) {
			m.note(k.Plus(fmt.Sprintf("[%d]", n+1)), Impossible, "one time is kept, the first")
		}
	}
	return []entry{{key: "schedule", value: strconv.Quote(cron)}}, Kept, ""
}

// dayOf is what a cron expression says of days.
func dayOf(cron string) string {
	return strings.Join(strings.Fields(cron)[min(2, len(strings.Fields(cron))):], " ")
}
