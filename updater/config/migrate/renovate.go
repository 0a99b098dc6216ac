package migrate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/config/migrate/foreign"
)

// managers returns the ecosystems for the name of a Renovate manager or datasource.
func (m *migration) managers(name string) []string {
	return m.called(name, func(i ecosystems.Info) []string { return i.Renovate }).Names()
}

// nothing are keys that do not affect updates.
var nothing = []string{"$schema", "description", "name", "$comment"}

// otherKinds are keys about unsupported kinds of files.
var otherKinds = map[string]string{
	"npm":            "JavaScript is not read",
	"github-actions": "GitHub Actions are not read yet", "pre-commit": "pre-commit is not read yet", "poetry": "Poetry is not read yet",
	"terraform": "Terraform is not read", "maven": "Maven is not read", "gradle": "Gradle is not read", "cargo": "Cargo is not read", "nix": "Nix is not read", "flux": "Flux is not read",
	"argocd": "Argo CD is not read", "custom.regex": "own expressions are not needed for what is read, and others cannot be said", "bundler": "Ruby is not read",
	"composer": "PHP is not read", "nuget": "NuGet is not read", "mix": "Elixir is not read", "pipenv": "Pipenv is not read", "nvm": "JavaScript is not read", "asdf": "asdf is not read", "ansible": "Ansible is not read",
	"customManagers": "own expressions cannot be said", "regexManagers": "own expressions cannot be said", "hostRules": "logins and hosts are the operator's", "registryAliases": "mirrors are the operator's (registry_mirrors)",
	"constraints": "the tools' versions are those of the machine", "postUpgradeTasks": "no command of a repository is run", "encrypted": "secrets are the operator's", "env": "the environment is the operator's",
	"onboarding": "there is no onboarding pull request", "npmrc": "JavaScript is not read", "python": "", "vulnerabilityAlerts": "", "platform": "the forge is the operator's", "endpoint": "the forge is the operator's",
	"repositories": "which repositories take part is the operator's", "autodiscover": "which repositories take part is the operator's", "gitAuthor": "the author is the bot's login", "prHourlyLimit": "a limit an hour is the operator's (limits)",
	"prBodyTemplate": "texts are the operator's (--templates)", "prTitle": "texts are the operator's (--templates)", "prBodyColumns": "texts are the operator's (--templates)", "prHeader": "texts are the operator's (--templates)", "prFooter": "texts are the operator's (--templates)",
	"prBodyNotes": "texts are the operator's (--templates)", "commitBody": "texts are the operator's (--templates)", "commitMessageAction": "texts are the operator's (--templates)", "commitMessageTopic": "texts are the operator's (--templates)",
	"commitMessageExtra": "texts are the operator's (--templates)", "commitMessageSuffix": "texts are the operator's (--templates)", "commitMessage": "texts are the operator's (--templates)", "branchPrefix": "branches begin with freshpin/",
	"branchName": "a branch keeps its name for ever", "branchTopic": "a branch keeps its name for ever", "additionalBranchPrefix": "a branch keeps its name for ever", "milestone": "milestones are not set", "draftPR": "pull requests are no drafts",
	"cloneSubmodules":         "submodules are not read",
	"assigneesFromCodeOwners": "assignees are named", "reviewersFromCodeOwners": "code owners are asked by GitHub", "additionalReviewers": "reviewers are named", "reviewersSampleSize": "all reviewers are asked", "assigneesSampleSize": "all assignees are named",
	"includePaths": "what is not read is named (ignore), not what is", "automergeSchedule": "automerge has no schedule of its own", "automergeStrategy": "the repository's own way to merge is taken", "automergeType": "", "ignoreTests": "automerge waits for checks",
	"group": "a group has a name", "replacementName": "a package is not replaced by another", "replacementVersion": "a package is not replaced by another", "sourceUrl": "the source is what the package names", "changelogUrl": "the source is what the package names",
	"registryUrls": "indexes and mirrors are the operator's", "defaultRegistryUrls": "indexes and mirrors are the operator's", "versioning": "versions are read by the rules of their kind", "extractVersion": "tags are read by one grammar", "overrideDatasource": "the source follows from the file",
	"overridePackageName": "the name is the one in the file", "fetchChangeLogs": "", "stopUpdatingLabel": "a person's commit stops updates of a branch", "rebaseLabel": "a comment /freshpin rebase does it", "keepUpdatedLabel": "branches are kept up to date", "prPriority": "security fixes first, then the oldest", "minimumGroupSize": "a group may have one update",
	"dependencyDashboardTitle": "the dashboard has one title", "dependencyDashboardLabels": "the dashboard has no labels of its own", "dependencyDashboardHeader": "texts are the operator's (--templates)", "dependencyDashboardFooter": "texts are the operator's (--templates)",
	"dependencyDashboardApproval": "what waits for a tick is what the policy holds", "dependencyDashboardOSVVulnerabilitySummary": "vulnerable pins stand first", "fileMatch": "which files are read follows from their names", "managerFilePatterns": "which files are read follows from their names",
	"ignorePresets": "presets are read one by one", "globalExtends": "the operator's file (defaults) says it", "excludeCommitPaths": "all files of an update belong together", "suppressNotifications": "each warning is given once", "customDatasources": "own sources cannot be said", "bumpVersion": "the version of a project is not touched", "bumpVersions": "the version of a project is not touched",
	"commitMessageLowerCase": "titles are worded by templates", "internalChecksFilter": "", "patch": "", "minor": "", "major": "", "pin": "", "digest": "", "pinDigest": "", "lockFileMaintenance": "",
}

// already are keys whose usual value is the default here.
var already = map[string]string{
	"rangeStrategy": "a version stays pinned, a range keeps its form", "rebaseWhen": "a branch is rebuilt on a conflict or when the same file changed", "platformAutomerge": "automerge is the forge's own", "separateMajorMinor": "a MAJOR is held",
	"separateMultipleMajor": "a MAJOR is held", "separateMinorPatch": "only what stays on its line moves", "separateMultipleMinor": "only what stays on its line moves", "prCreation": "a pull request is opened at once", "postUpdateOptions": "go mod tidy runs with each update", "osvVulnerabilityAlerts": "advisories are read from OSV",
	"vulnerabilityAlerts": "security fixes come first, alone and at once", "lockFileMaintenance": "go.sum is made tidy with each update", "ignoreUnstable": "a stable pin never moves to a pre-release", "respectLatest": "the newest release of the line is taken", "internalChecksFilter": "what is too young waits",
	"recreateWhen": "what was closed is not offered again", "recreateClosed": "what was closed is not offered again", "updateNotScheduled": "what is open is kept up to date", "fetchChangeLogs": "release notes are shown", "fetchReleaseNotes": "release notes are shown", "configMigration": "there is no old form", "prNotPendingHours": "what is too young waits",
	"updateInternalDeps": "private packages count as others", "automergeType": "automerge goes by pull requests", "gitIgnoredAuthors": "a person's commit is told from ours", "pruneStaleBranches": "a branch is deleted with its pull request", "pruneBranchAfterAutomerge": "a branch is deleted with its pull request", "transitiveRemediation": "a vulnerable indirect Go module is moved",
	"ignoreDeprecated": "a deprecation is told", "confirmMajor": "a MAJOR is held", "major": "a MAJOR is held", "minor": "a MINOR is held by default", "patch": "a patch is what moves", "semanticCommitType": "titles begin with chore(deps) where commits are conventional", "semanticCommitScope": "titles begin with chore(deps) where commits are conventional",
	"pin": "a version stays pinned", "digest": "digests are renewed", "pinDigest": "digests are added", "python": "requirements are read", "minimumConfidence": "there is no such service", "printConfig": "freshpin config prints the settings that apply", "persistRepoData": "nothing is cloned", "repositoryCache": "answers are cached",
}

func (m *migration) renovate(root *yaml.Node, at string) {
	foreign.Each(root, at, func(key string, k, v *yaml.Node, where string) {
		switch key {
		case "extends":
			m.extends(v, where)
		case "packageRules":
			for n, r := range v.Content {
				m.packageRule(foreign.Resolve(r), fmt.Sprintf("%s[%d]", where, n))
			}
		default:
			if kinds := m.managers(key); len(kinds) > 0 {
				m.manager(kinds, k, v, where)
				return
			}
			m.renovateKey(key, k, v, where)
		}
	})
}

func (m *migration) extends(v *yaml.Node, where string) {
	list := v.Content
	if v.Kind == yaml.ScalarNode {
		list = []*yaml.Node{v}
	}
	for n, p := range list {
		m.preset(foreign.Resolve(p), fmt.Sprintf("%s[%d]", where, n))
	}
}

// renovateKey converts one top-level key.
func (m *migration) renovateKey(key string, k, v *yaml.Node, where string) {
	if e, fate, why := m.choice(key, v); fate != "" {
		if fate != Kept {
			m.note(k, where, fate, why)
			return
		}
		m.note(k, where, Kept, "")
		for _, one := range e {
			m.set(one.key, one.value, m.from(k, where))
		}
		return
	}
	switch key {
	case "enabledManagers":
		m.ecosystems(k, v, where)
	case "ignoreDeps":
		if names := foreign.Texts(v); len(names) > 0 {
			m.note(k, where, Kept, "")
			m.rules = append(m.rules, rule{match: []entry{{"name", flow(names), ""}}, sets: []entry{{"ignore", "true", ""}}, from: m.from(k, where)})
			return
		}
		m.note(k, where, Default, "nothing is ignored")
	case "ignorePaths":
		m.keep(k, where, "ignore", flow(foreign.Texts(v)))
	case "enabled":
		if v.Value == "false" {
			m.note(k, where, Kept, "")
			m.rules = append(m.rules, rule{match: []entry{{"name", `"*"`, ""}}, sets: []entry{{"ignore", "true", ""}}, from: m.from(k, where)})
			return
		}
		m.note(k, where, Default, "it is on")
	case "prConcurrentLimit", "branchConcurrentLimit":
		m.limit(k, v, where)
	case "baseBranchPatterns", "baseBranches":
		m.baseBranches(k, v, where)
	case "useBaseBranchConfig":
		if v.Value == "none" {
			m.note(k, where, Default, "the settings of the default branch count for all base branches")
			return
		}
		m.note(k, where, Impossible, "the settings of the default branch count for all base branches: write a rule with match: {branch: …}")
	case "timezone":
		m.keep(k, where, "timezone", strconv.Quote(v.Value))
	case "groupName":
		m.keep(k, where, "group", "repository")
	case "groupSlug":
		m.note(k, where, Impossible, "a branch keeps its name for ever")
	default:
		m.other(key, k, v, where)
	}
}

// other records keys that set nothing.
func (m *migration) other(key string, k, v *yaml.Node, where string) {
	switch {
	case slices.Contains(nothing, key):
		m.note(k, where, Default, "it says nothing about updates")
	case already[key] != "":
		m.note(k, where, Default, already[key])
	case otherKinds[key] != "":
		m.note(k, where, Impossible, otherKinds[key])
	default:
		m.note(k, where, Unknown, "")
	}
	_ = v
}

// baseBranches converts the base branches; none means the default branch.
func (m *migration) baseBranches(k, v *yaml.Node, where string) {
	words, ok := branchPatterns(foreign.Texts(v))
	switch {
	case !ok:
		m.note(k, where, Impossible, "branches cannot be excluded: name those that are wanted (branches)")
	case len(words) == 0:
		m.note(k, where, Default, "the default branch is looked at")
	default:
		m.keep(k, where, "branches", flow(words))
	}
}

// branchPatterns converts Renovate's names and patterns of branches; false if one
// excludes branches, which has no equivalent.
func branchPatterns(words []string) (list []string, ok bool) {
	for _, w := range words {
		if strings.HasPrefix(w, "!") {
			return nil, false
		}
		list = append(list, namePattern("", w))
	}
	return list, true
}

func (m *migration) limit(k, v *yaml.Node, where string) {
	n, err := strconv.Atoi(v.Value)
	switch {
	case err != nil:
		m.note(k, where, Impossible, "it is no number")
	case n == 0: // 0 means no limit
		m.keep(k, where, "limit", "1000")
	default:
		m.keep(k, where, "limit", strconv.Itoa(min(n, 1000)))
	}
}

func (m *migration) ecosystems(k, v *yaml.Node, where string) {
	var ours, others []string
	for _, name := range foreign.Texts(v) {
		kinds := m.managers(name)
		if len(kinds) == 0 {
			others = append(others, name)
		}
		for _, kind := range kinds {
			if !slices.Contains(ours, kind) {
				ours = append(ours, kind)
			}
		}
	}
	if len(ours) > 0 {
		m.keep(k, where, "ecosystems", flow(ours))
	} else {
		m.note(k, where, Impossible, "none of these kinds of files is read here")
	}
	if len(others) > 0 && len(ours) > 0 {
		m.note(k, where+" "+strings.Join(others, ", "), Impossible, "these kinds of files are not read here")
	}
}

// manager converts the settings for one manager to a rule.
func (m *migration) manager(kinds []string, k, v *yaml.Node, where string) {
	r := rule{match: []entry{{"ecosystem", one(kinds), ""}}, from: m.from(k, where)}
	foreign.Each(v, where, func(key string, k, v *yaml.Node, where string) {
		e, fate, why := m.choice(key, v)
		switch {
		case fate == Kept:
			m.note(k, where, Kept, "")
			r.sets = append(r.sets, e...)
		case fate != "":
			m.note(k, where, fate, why)
		case key == "enabled" && v.Value == "false":
			m.note(k, where, Kept, "")
			r.sets = append(r.sets, entry{"ignore", "true", ""})
		case key == "enabled":
			m.note(k, where, Default, "it is on")
		default:
			m.other(key, k, v, where)
		}
	})
	if len(r.sets) > 0 {
		m.rules = append(m.rules, r)
	}
}

var dayCount = lazyregexp.New(`^(\d+) ?(d|days?|h|hours?|w|weeks?|months?|minutes?|m)?$`)

// choice converts a key that is possible at the top level and in a rule; fate is "" for other keys.
func (m *migration) choice(key string, v *yaml.Node) (e []entry, fate Fate, why string) {
	one := func(key, value string) ([]entry, Fate, string) { return []entry{{key, value, ""}}, Kept, "" }
	words := foreign.Texts(v)
	switch key {
	case "labels", "addLabels":
		return one("labels", flow(words))
	case "assignees":
		return one("assignees", flow(logins(words)))
	case "reviewers":
		return one("reviewers", flow(logins(words)))
	case "automerge":
		return one("automerge", strconv.FormatBool(v.Value == "true"))
	case "dependencyDashboard":
		return one("dashboard", strconv.FormatBool(v.Value == "true"))
	case "semanticCommits":
		return one("commit_style", map[string]string{"enabled": "conventional", "true": "conventional", "disabled": "plain", "false": "plain"}[v.Value]+map[bool]string{true: "auto"}[v.Value == "auto"])
	case "commitMessagePrefix":
		return one("commit_prefix", strconv.Quote(strings.TrimSpace(v.Value)))
	case "pinDigests":
		return one("digests", map[bool]string{true: "pin", false: "refresh"}[v.Value == "true"])
	case "minimumReleaseAge", "stabilityDays":
		return wait(v.Value)
	case "schedule":
		return m.schedule(words)
	}
	return nil, "", ""
}

// logins removes Renovate's prefixes for users and teams.
func logins(words []string) (list []string) {
	for _, w := range words {
		list = append(list, strings.TrimPrefix(strings.TrimPrefix(w, "@"), "team:"))
	}
	return list
}

func wait(text string) ([]entry, Fate, string) {
	match := dayCount.FindStringSubmatch(strings.TrimSpace(text))
	if match == nil {
		return nil, Impossible, "it is no number of days, hours or weeks"
	}
	n, _ := strconv.Atoi(match[1])
	unit := "d"
	switch {
	case strings.HasPrefix(match[2], "month"):
		n *= 30
	case match[2] != "":
		unit = match[2][:1]
	}
	return []entry{{"cooldown", fmt.Sprintf("{packages: %d%s}", n, unit), ""}}, Kept, ""
}

func (m *migration) schedule(words []string) ([]entry, Fate, string) {
	if len(words) == 0 {
		return nil, Default, "the service looks once a week"
	}
	cron, ok := cronOf(words[0])
	switch {
	case !ok:
		return nil, Impossible, "the words are not read as a time: write a cron expression (schedule)"
	case cron == "":
		return []entry{{"schedule", `"@daily"`, ""}}, Kept, ""
	case len(words) > 1:
		return []entry{{"schedule", strconv.Quote(cron), ""}}, Kept, "the first of its times"
	}
	return []entry{{"schedule", strconv.Quote(cron), ""}}, Kept, ""
}
