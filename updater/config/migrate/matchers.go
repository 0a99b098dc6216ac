package migrate

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/updater/config/migrate/botfile"
)

// matcher converts a key with a condition of a rule; false for other keys.
func (m *migration) matcher(p *packageRule, k botfile.Key, v *yaml.Node) bool {
	words := botfile.Texts(v)
	switch k.Name {
	case "matchPackageNames", "matchDepNames", "packageNames", "matchPackagePatterns", "packagePatterns", "matchDepPatterns", "matchPackagePrefixes", "matchDepPrefixes":
		p.matchNames(k.Name, "", words)
	case "excludePackageNames", "excludePackagePatterns", "excludePackagePrefixes", "excludeDepNames", "excludeDepPatterns", "excludeDepPrefixes":
		p.matchNames(k.Name, "!", words)
	case "matchManagers", "matchDatasources", "managers", "datasources", "matchCategories", "matchLanguages", "languages":
		m.matchKinds(p, words)
	case "matchUpdateTypes", "updateTypes":
		p.types = append(p.types, words...)
		for _, w := range words {
			p.bands = compact(append(p.bands, bandsOf[w]...))
		}
	case "matchBaseBranches", "baseBranchList":
		for _, w := range words {
			p.branches = append(p.branches, namePattern(k.Name, w))
		}
	case "matchFileNames", "matchPaths", "paths":
		for _, w := range words {
			p.files = append(p.files, filePattern(k.Name, w))
		}
	default:
		if k.Name == "matchDepTypes" && m.depTypes(p, words) {
			break
		}
		if !slices.Contains(cannotMatch, k.Name) {
			return false
		}
		p.limits = "rules are told by name, kind, file and branch of a dependency, not by " + k.Name
	}
	m.note(k, Kept, "")
	return true
}

// depTypes takes types of dependencies where they mean kinds of files: the actions
// of workflows, and all the requirements of go.mod.
func (m *migration) depTypes(p *packageRule, words []string) bool {
	switch {
	case slices.Equal(words, []string{"indirect"}):
		p.indirect = true
	case slices.Equal(words, []string{"action"}):
		m.matchKinds(p, []string{"github-actions"})
	case slices.Contains(words, "require"):
		m.matchKinds(p, []string{"go"})
	default:
		return false
	}
	return true
}

// matchNames takes names, patterns of them or beginnings of them; not excludes them.
func (p *packageRule) matchNames(key, not string, words []string) {
	dep := strings.Contains(key, "Dep")
	// Renovate tells the name in the file from that of the package.
	if len(p.names) > 0 && dep != p.dep && not == "" {
		p.limits = "a dependency has one name here, and two lists cannot both hold"
	}
	p.dep = dep
	for _, w := range words {
		p.names = append(p.names, not+namePattern(key, w))
	}
}

// matchKinds takes managers, datasources or languages. Where there is more than
// one list, all have to hold.
func (m *migration) matchKinds(p *packageRule, words []string) {
	var kinds []string
	for _, w := range words {
		kinds = compact(append(kinds, m.managers(w)...))
	}
	if p.kinds != nil {
		kinds = slices.DeleteFunc(kinds, func(kind string) bool { return !slices.Contains(p.kinds, kind) })
	}
	if p.kinds = kinds; len(kinds) == 0 {
		p.kinds = []string{}
		p.limits = "it is about kinds of files that are not read here: " + strings.Join(words, ", ")
	}
}

// namePattern writes a name of Renovate as a pattern here.
func namePattern(key, w string) string {
	switch {
	case strings.HasSuffix(key, "Patterns"):
		if w == "*" || w == ".*" {
			return "*"
		}
		return "/" + w + "/"
	case strings.HasSuffix(key, "Prefixes"):
		return w + "*"
	}
	w, not := strings.CutPrefix(w, "!")
	mark := map[bool]string{true: "!"}[not]
	if expr, ok := strings.CutPrefix(w, "/"); ok && strings.LastIndex(expr, "/") >= 0 {
		end := strings.LastIndex(expr, "/")
		flags := ""
		if strings.Contains(expr[end:], "i") {
			flags = "(?i)"
		}
		return mark + "/" + flags + expr[:end] + "/"
	}
	return mark + w
}

// filePattern writes a path of Renovate as a pattern here; both begin at the top.
func filePattern(key, w string) string {
	w = namePattern(key, w)
	if len(w) > 1 && strings.HasSuffix(w, "/") && strings.HasPrefix(strings.TrimPrefix(w, "!"), "/") {
		return w
	}
	return strings.Replace(w, "./", "", map[bool]int{true: 1}[strings.HasPrefix(strings.TrimPrefix(w, "!"), "./")])
}
