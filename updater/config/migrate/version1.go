package migrate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/updater/config/migrate/botfile"
)

// successors are the words of version 1 of Dependabot's settings (.dependabot/config.yml)
// that version 2 replaced by others of the same meaning.
var successors = map[string]string{
	"update_configs": "updates", "package_manager": "package-ecosystem", "target_branch": "target-branch", "default_reviewers": "reviewers",
	"default_assignees": "assignees", "default_labels": "labels", "default_milestone": "milestone", "commit_message": "commit-message",
	"prefix_development": "prefix-development", "include_scope": "include", "version_requirement_updates": "versioning-strategy",
	"python": "pip", "go:modules": "gomod",
}

// modern returns the word of version 2 for one of either version.
func modern(word string) string { return cmp.Or(successors[word], word) }

// liveSchedule converts the schedule of version 1, which is one word.
func (m *migration) liveSchedule(b *block, k botfile.Key, v *yaml.Node) {
	// "live" opened a pull request as soon as a release came out.
	if hours[v.Value] == "" {
		m.note(k, Impossible, "releases are not followed one by one: write a cron expression (schedule)")
		return
	}
	m.note(k, Kept, "")
	b.top = append(b.top, entry{key: "schedule", value: strconv.Quote(hours[v.Value]), from: k})
}

// matchedUpdates converts the lists of version 1 of which each element is a match:
// what is allowed, ignored, merged automatically.
func (m *migration) matchedUpdates(b *block, list botfile.Key, v *yaml.Node) {
	for at, one := range botfile.Elements(v, list) {
		match := botfile.Get(one, "match")
		why := ""
		for k := range botfile.Keys(match, at) {
			if !slices.Contains([]string{"dependency_name", "dependency_type", "update_type", "version_requirement"}, k.Name) {
				why = "it matches by " + k.Name
			}
		}
		if why == "" {
			why = m.matchedUpdate(b, list.Name, at, match)
		}
		if why != "" {
			m.note(at, Impossible, why)
			continue
		}
		m.note(at, Kept, "")
	}
}

// matchedUpdate converts one element of such a list, and returns why it cannot be; "" if it can.
func (m *migration) matchedUpdate(b *block, list string, at botfile.Key, match *yaml.Node) (why string) {
	kind, update := cmp.Or(text(match, "dependency_type"), "all"), cmp.Or(text(match, "update_type"), "all")
	name, bounds := text(match, "dependency_name"), text(match, "version_requirement")
	r := ignoring(b.match([]string{cmp.Or(name, "*")}), at)
	switch {
	case list == "allowed_updates" && update == "security" && name == "" && kind == "all":
		b.top = append(b.top, entry{key: "mode", value: "security", from: at})
		return ""
	case list == "allowed_updates":
		return "what is left alone is named (ignore), not what is not"
	case kind != "all" && kind != "direct":
		return "requirements for development are not told from others"
	case list == "automerged_updates" && strings.HasPrefix(update, "security"):
		return "security fixes have no settings of their own"
	case list == "automerged_updates":
		r.sets = []entry{{key: "automerge", value: "true"}} // of what moves at all, which is patches unless a rule widens it
	case bounds != "":
		allowed, ok := without([]string{bounds})
		if !ok {
			return "these versions are not read as bounds: write versions into a rule"
		}
		r.sets = []entry{{key: "versions", value: strconv.Quote(allowed)}}
	}
	m.rules = append(m.rules, r)
	return ""
}
