package migrate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/config/migrate/botfile"
)

// managers returns the ecosystems for the name of a Renovate manager or datasource.
func (m *migration) managers(name string) []string {
	return m.called(name, func(i ecosystems.Info) []string { return i.Renovate }).Names()
}

// neutralKeys are keys that do not affect updates.
var neutralKeys = []string{"$schema", "description", "name", "$comment"}

// unsupportedKeys are keys about unsupported kinds of files.
var unsupportedKeys = map[string]string{
	"npm":       "JavaScript is not read",
	"terraform": "Terraform is not read", "maven": "Maven is not read", "gradle": "Gradle is not read", "cargo": "Cargo is not read", "nix": "Nix is not read",
	"bundler":  "Ruby is not read",
	"composer": "PHP is not read", "nuget": "NuGet is not read", "mix": "Elixir is not read", "pipenv": "Pipenv is not read", "nvm": "JavaScript is not read", "asdf": "asdf is not read", "ansible": "Ansible is not read",
	"customManagers": "own expressions cannot be said", "regexManagers": "own expressions cannot be said", "hostRules": "logins and hosts are the operator's", "registryAliases": "mirrors are the operator's (registry_mirrors)",
	"constraints": "the tools' versions are those of the machine", "postUpgradeTasks": "no command of a repository is run", "encrypted": "secrets are the operator's", "env": "the environment is the operator's",
	"onboarding": "there is no onboarding pull request", "npmrc": "JavaScript is not read", "platform": "the forge is the operator's", "endpoint": "the forge is the operator's",
	"repositories": "which repositories take part is the operator's", "autodiscover": "which repositories take part is the operator's", "gitAuthor": "the author is the bot's login", "prHourlyLimit": "a limit an hour is the operator's (limits)",
	"prBodyTemplate": "texts are the operator's (--templates)", "prTitle": "texts are the operator's (--templates)", "prBodyColumns": "texts are the operator's (--templates)", "prHeader": "texts are the operator's (--templates)", "prFooter": "texts are the operator's (--templates)",
	"prBodyNotes": "texts are the operator's (--templates)", "commitBody": "texts are the operator's (--templates)", "commitMessageAction": "texts are the operator's (--templates)", "commitMessageTopic": "texts are the operator's (--templates)",
	"commitMessageExtra": "texts are the operator's (--templates)", "commitMessageSuffix": "texts are the operator's (--templates)", "commitMessage": "texts are the operator's (--templates)", "branchPrefix": "branches begin with freshpin/",
	"branchName": "a branch keeps its name for ever", "branchTopic": "a branch keeps its name for ever", "additionalBranchPrefix": "a branch keeps its name for ever", "milestone": "milestones are not set", "draftPR": "pull requests are no drafts",
	"cloneSubmodules":         "submodules are not read",
	"assigneesFromCodeOwners": "assignees are named", "reviewersFromCodeOwners": "code owners are asked by GitHub", "additionalReviewers": "reviewers are named", "reviewersSampleSize": "all reviewers are asked", "assigneesSampleSize": "all assignees are named",
	"automergeSchedule": "automerge has no schedule of its own", "automergeStrategy": "the repository's own way to merge is taken", "ignoreTests": "automerge waits for checks",
	"group": "a group has a name", "replacementName": "a package is not replaced by another", "replacementVersion": "a package is not replaced by another", "sourceUrl": "the source is what the package names", "changelogUrl": "the source is what the package names",
	"registryUrls": "indexes and mirrors are the operator's", "defaultRegistryUrls": "indexes and mirrors are the operator's", "versioning": "versions are read by the rules of their kind", "extractVersion": "tags are read by one grammar", "overrideDatasource": "the source follows from the file",
	"overridePackageName": "the name is the one in the file", "stopUpdatingLabel": "a person's commit stops updates of a branch", "rebaseLabel": "a comment /freshpin rebase does it", "keepUpdatedLabel": "branches are kept up to date", "prPriority": "security fixes first, then the oldest", "minimumGroupSize": "a group may have one update",
	"dependencyDashboardTitle": "the dashboard has one title", "dependencyDashboardLabels": "the dashboard has no labels of its own", "dependencyDashboardHeader": "texts are the operator's (--templates)", "dependencyDashboardFooter": "texts are the operator's (--templates)",
	"dependencyDashboardApproval": "what waits for a tick is what the policy holds", "dependencyDashboardOSVVulnerabilitySummary": "vulnerable pins stand first", "fileMatch": "which files are read follows from their names", "managerFilePatterns": "which files are read follows from their names",
	"ignorePresets": "presets are read one by one", "globalExtends": "the operator's file (defaults) says it", "excludeCommitPaths": "all files of an update belong together", "suppressNotifications": "each warning is given once", "customDatasources": "own sources cannot be said", "bumpVersion": "the version of a project is not touched", "bumpVersions": "the version of a project is not touched",
	"commitMessageLowerCase": "titles are worded by templates", "commitBodyTable": "texts are the operator's (--templates)", "prBodyDefinitions": "texts are the operator's (--templates)",
	"prBodyHeadingDefinitions": "texts are the operator's (--templates)", "autoApprove": "nothing is approved by a bot", "assignAutomerge": "who is named is named also where automerge is on", "minimumReleaseAgeBehaviour": "what has no date waits from when Freshpin first sees it",
	"platformCommit": "commits are made through the forge", "force": "the operator's file (enforce) says it", "username": "the login is the operator's", "token": "the login is the operator's", "requireConfig": "the operator's file says it", "allowedCommands": "no command of a repository is run",
	"allowedPostUpgradeCommands": "no command of a repository is run", "dryRun": "freshpin run --dry-run says it", "logLevel": "the operator says it", "forkProcessing": "which repositories take part is the operator's", "dependencyDashboardAutoclose": "the dashboard is closed when nothing is left",
	"bbUseDefaultReviewers": "Bitbucket is no forge here", "skipInstalls": "go.sum is made tidy with each update", "skipArtifactsUpdate": "go.sum is made tidy with each update", "goGetDirs": "go.sum is made tidy with each update", "installTools": "no command of a repository is run",
	"commitBodyPrefix": "texts are the operator's (--templates)", "gitLabIgnoreApprovals": "GitLab is no forge here", "azureWorkItemId": "Azure DevOps is no forge here", "unicodeEmoji": "texts are the operator's (--templates)", "hashedBranchLength": "a branch keeps its name for ever",
	"branchNameStrict": "a branch keeps its name for ever", "expandCodeOwnersGroups": "code owners are asked by GitHub", "filterUnavailableUsers": "all reviewers are asked", "forkModeDisallowMaintainerEdits": "no forks are made", "commitHourlyLimit": "a limit an hour is the operator's (limits)",
	"abandonmentThreshold": "a line without releases is told by its habits", "statusCheckNames": "there is no status of its own", "statusCheckWarnings": "there is no status of its own",
}

// defaultValues are the values of keys in defaultKeys with which a file asks for what happens
// here anyway; any value where a key is missing.
var defaultValues = map[string][]string{
	"rollbackPrs": {"false"}, "rangeStrategy": {"auto", "replace", "bump", "update-lockfile", "in-range-only"}, "rebaseWhen": {"auto", "conflicted"}, "platformAutomerge": {"true"}, "prCreation": {"immediate"},
	"ignoreUnstable": {"true"}, "respectLatest": {"true"}, "recreateWhen": {"auto", "never"}, "recreateClosed": {"false"}, "updateNotScheduled": {"true"},
	"rebaseStalePrs": {"true"}, "internalChecksFilter": {"strict", "flexible"}, "fetchChangeLogs": {"pr", "branch"}, "fetchReleaseNotes": {"pr", "branch", "true"}, "automergeType": {"pr", "pr-comment"},
	"pruneStaleBranches": {"true"}, "pruneBranchAfterAutomerge": {"true"}, "updateInternalDeps": {"true"},
}

// otherManagers are Renovate's managers of files that are not read here.
var otherManagers = []string{
	"ansible-galaxy", "azure-pipelines", "batect", "batect-wrapper", "bazel", "bazel-module", "bazelisk", "bicep", "bitbucket-pipelines", "bitrise", "buildkite", "buildpacks", "bun", "bun-version", "cake",
	"cdnurl", "circleci", "cloudbuild", "cocoapods", "conan", "copier", "cpanfile", "crossplane", "crow", "deno", "deps-edn", "devbox", "droneci", "fleet", "fvm", "git-submodules", "gitlabci-include", "glasskube",
	"gleam", "gradle-wrapper", "haskell-cabal", "helmfile", "helmsman", "heroku", "hermit", "homebrew", "html", "jenkins", "jsonnet-bundler", "kotlin-script", "leiningen", "maven-wrapper", "meteor", "mint", "mise",
	"nodenv", "ocb", "osgi", "pep723", "pip_setup", "pixi", "proto", "pub", "puppet", "pyenv", "quadlet", "renovate-config-presets", "ruby-version", "rpm", "rpm-lockfile", "runtime-version", "sbt", "scalafmt", "setup-cfg",
	"sveltos", "swift", "tekton", "terraform-version", "terragrunt", "terragrunt-version", "tflint-plugin", "tofu", "travis", "typst", "unity3d", "velaci", "vendir", "woodpecker", "xcodegen", "jsonata", "custom.jsonata",
}

// defaultKeys are keys whose usual value is the default here.
var defaultKeys = map[string]string{
	"rangeStrategy": "a version stays pinned, a range keeps its form", "rebaseStalePrs": "a branch is rebuilt on a conflict or when the same file changed", "rebaseWhen": "a branch is rebuilt on a conflict or when the same file changed", "platformAutomerge": "automerge is the forge's own", "separateMajorMinor": "a MAJOR is held",
	"separateMultipleMajor": "a MAJOR is held", "separateMinorPatch": "only what stays on its line moves", "separateMultipleMinor": "only what stays on its line moves", "prCreation": "a pull request is opened at once", "postUpdateOptions": "go mod tidy runs with each update", "osvVulnerabilityAlerts": "advisories are read from OSV",
	"vulnerabilityAlerts": "security fixes come first, alone and at once", "lockFileMaintenance": "go.sum is made tidy with each update", "ignoreUnstable": "a stable pin never moves to a pre-release", "respectLatest": "the newest release of the line is taken", "internalChecksFilter": "what is too young waits",
	"rollbackPrs": "no update goes back to an older version", "recreateWhen": "what was closed is not offered again", "recreateClosed": "what was closed is not offered again", "updateNotScheduled": "what is open is kept up to date", "fetchChangeLogs": "release notes are shown", "fetchReleaseNotes": "release notes are shown", "configMigration": "there is no old form", "prNotPendingHours": "what is too young waits",
	"updateInternalDeps": "private packages count as others", "automergeType": "automerge goes by pull requests", "gitIgnoredAuthors": "a person's commit is told from ours", "pruneStaleBranches": "a branch is deleted with its pull request", "pruneBranchAfterAutomerge": "a branch is deleted with its pull request", "transitiveRemediation": "a vulnerable indirect Go module is moved",
	"ignoreDeprecated": "a deprecation is told", "confirmMajor": "a MAJOR is held", "semanticCommitType": "titles begin with chore(deps) where commits are conventional", "semanticCommitScope": "titles begin with chore(deps) where commits are conventional",
	"minimumConfidence": "there is no such service", "printConfig": "freshpin config prints the settings that apply", "persistRepoData": "nothing is cloned", "repositoryCache": "answers are cached",
}

// stage is when a key at the top is read: what is read later counts more.
func stage(key string) int {
	switch key {
	case "extends":
		return 0
	case "packageRules":
		return 2
	case "enabled", "ignoreDeps", "includePaths":
		return 3
	}
	return 1
}

func (m *migration) renovate(root *yaml.Node) {
	m.limits = map[string]int{}
	// Renovate applies presets first and packageRules last, wherever they stand in the file.
	for at := range 4 {
		for k, v := range botfile.Keys(root, botfile.Key{}) {
			if stage(k.Name) == at {
				m.renovateTop(k, v)
			}
		}
	}
	m.rules = append(m.rules, m.last...)
	slices.Reverse(m.groups) // the last that matches counts there, the first here
	// The stages have changed the order; the report follows the file.
	slices.SortStableFunc(m.settings, func(a, b Setting) int { return a.Line - b.Line })
}

func (m *migration) renovateTop(k botfile.Key, v *yaml.Node) {
	switch kinds := m.managers(k.Name); {
	case k.Name == "extends":
		for at, one := range botfile.Elements(v, k) {
			m.preset(at, one.Value)
		}
	case k.Name == "packageRules":
		m.packageRules(k, v, nil)
	case slices.Contains(updateTypes, k.Name):
		m.updateType(packageRule{}, k, v)
	case k.Name == "vulnerabilityAlerts":
		m.alerts(k, v)
	case len(kinds) > 0:
		m.manager(kinds, k, v)
	default:
		m.renovateKey(k, v)
	}
}

func (m *migration) packageRules(k botfile.Key, v *yaml.Node, kinds []string) {
	for at, r := range botfile.Elements(v, k) {
		m.packageRule(at, r, kinds)
	}
}

// saysNothing notes and reports that a key has no settings in it.
func (m *migration) saysNothing(k botfile.Key, v *yaml.Node, why string) bool {
	nothing := v.Kind != yaml.MappingNode || len(v.Content) == 0
	if nothing {
		m.note(k, Default, why)
	}
	return nothing
}

// alerts reads what is said of security fixes.
func (m *migration) alerts(k botfile.Key, v *yaml.Node) {
	if m.saysNothing(k, v, defaultKeys["vulnerabilityAlerts"]) {
		return
	}
	for k, v := range botfile.Keys(v, k) {
		switch {
		case k.Name == "enabled" && v.Value == "false":
			m.note(k, Impossible, "security fixes are always proposed")
		case slices.Contains([]string{"enabled", "schedule", "minimumReleaseAge", "prCreation", "dependencyDashboardApproval"}, k.Name) && slices.Contains([]string{"true", "at any time", "null", "", "0", "0 days", "immediate"}, strings.Join(botfile.Texts(v), "")):
			m.note(k, Default, defaultKeys["vulnerabilityAlerts"])
		default:
			m.note(k, Impossible, "security fixes have no settings of their own")
		}
	}
}

// renovateKey converts one top-level key.
func (m *migration) renovateKey(k botfile.Key, v *yaml.Node) {
	if e, fate, why := m.choice(k, v); fate != "" {
		m.note(k, fate, why)
		for _, one := range e {
			m.put(one, k)
		}
		if prefix := semantic(m.root, nil); strings.HasPrefix(k.Name, "semanticCommit") && prefix != "" && !m.has("commit_prefix") {
			m.set("commit_prefix", strconv.Quote(prefix), k)
		}
		return
	}
	switch k.Name {
	case "enabledManagers":
		m.ecosystems(k, v)
	case "ignoreDeps":
		m.ignoredNames(k, v)
	case "ignorePaths":
		if list := m.ignoredPaths(k, v); len(list) > 0 {
			m.keep(k, "ignore", flow(list))
		}
	case "includePaths":
		m.includePaths(k, v)
	case "enabled":
		if v.Value == "false" {
			m.note(k, Kept, "")
			m.last = append(m.last, ignoring(everything(), k))
			return
		}
		m.note(k, Default, "it is on")
	case "prConcurrentLimit", "branchConcurrentLimit":
		m.limit(k, v)
	case "baseBranchPatterns", "baseBranches":
		m.baseBranches(k, v)
	case "useBaseBranchConfig":
		m.baseSettings(k, v)
	case "timezone":
		m.keep(k, "timezone", strconv.Quote(v.Value))
	// At the top it names one group of all updates.
	case "groupName":
		m.keep(k, "group", "repository")
	case "groupSlug":
		m.note(k, Impossible, "a branch keeps its name for ever")
	default:
		m.other(k, v)
	}
}

func (m *migration) ignoredNames(k botfile.Key, v *yaml.Node) {
	names := botfile.Texts(v)
	if len(names) == 0 {
		m.note(k, Default, "nothing is ignored")
		return
	}
	m.note(k, Kept, "")
	m.last = append(m.last, ignoring([]entry{{key: "name", value: flow(names)}}, k))
}

func (m *migration) baseSettings(k botfile.Key, v *yaml.Node) {
	if v.Value == "none" {
		m.note(k, Default, "the settings of the default branch count for all base branches")
		return
	}
	m.note(k, Impossible, "the settings of the default branch count for all base branches: write a rule with match: {branch: …}")
}

// put sets a key of the file; labels that are added wait for the others.
func (m *migration) put(e entry, from botfile.Key) {
	if e.key == "addLabels" {
		m.added, m.addedFrom = append(m.added, e.words...), from
		return
	}
	m.set(e.key, e.value, from)
	m.top[len(m.top)-1].words = e.words
}

// extended matches globs of minimatch without an equivalent here: !(a|b).
var extended = lazyregexp.New(`[!?*+@]\(`)

// ignoredPaths converts paths that Renovate leaves out: globs, and parts of paths. It notes
// those that cannot be said, and that none is left.
func (m *migration) ignoredPaths(k botfile.Key, v *yaml.Node) (list []string) {
	for n, w := range botfile.Texts(v) {
		if extended.MatchString(w) {
			m.note(k.Plus(fmt.Sprintf("[%d]", n)), Impossible, "an extended glob: write out what it matches")
			continue
		}
		w = strings.TrimPrefix(strings.TrimPrefix(w, "./"), "/")
		// Renovate takes text without wildcards for a part of a path.
		if !strings.ContainsAny(w, "*?[{") {
			w = "**/" + strings.TrimSuffix(w, "/")
		}
		list = append(list, w)
	}
	if len(list) == 0 {
		m.note(k, Default, "nothing is ignored")
	}
	return list
}

// includePaths leaves out all that is not named.
func (m *migration) includePaths(k botfile.Key, v *yaml.Node) {
	var others []string
	for _, w := range botfile.Texts(v) {
		// There is no list of what is read, so everything else is excluded.
		others = append(others, "!"+filePattern("", w))
	}
	if len(others) == 0 {
		m.note(k, Default, "all files are read")
		return
	}
	m.note(k, Kept, "")
	m.last = append(m.last, ignoring([]entry{{key: "file", value: flow(others)}}, k))
}

// other notes keys that set nothing.
func (m *migration) other(k botfile.Key, v *yaml.Node) {
	fits, why := defaultValues[k.Name], defaultKeys[k.Name]
	switch {
	case slices.Contains(neutralKeys, k.Name):
		m.note(k, Default, "it says nothing about updates")
	case why != "" && fits != nil && v.Kind == yaml.ScalarNode && !slices.Contains(fits, v.Value):
		m.note(k, Impossible, why)
	case why != "":
		m.note(k, Default, why)
	case unsupportedKeys[k.Name] != "":
		m.note(k, Impossible, unsupportedKeys[k.Name])
	case slices.Contains(otherManagers, k.Name):
		m.note(k, Impossible, "these files are not read here")
	default:
		m.note(k, Unknown, "")
	}
}

// baseBranches converts the base branches; none means the default branch.
func (m *migration) baseBranches(k botfile.Key, v *yaml.Node) {
	words, ok := branchPatterns(botfile.Texts(v))
	switch {
	case !ok:
		m.note(k, Impossible, "branches cannot be excluded: name those that are wanted (branches)")
	case len(words) == 0:
		m.note(k, Default, "the default branch is looked at")
	default:
		m.keep(k, "branches", flow(words))
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

// limit takes one of the limits on open pull requests; the lower one counts.
func (m *migration) limit(k botfile.Key, v *yaml.Node) {
	n, err := strconv.Atoi(v.Value)
	if v.Tag == "!!null" {
		m.note(k, Default, "the other limit counts")
		return
	}
	if err != nil || n < 0 {
		m.note(k, Impossible, "it is no number")
		return
	}
	if n == 0 || n > 1000 { // without a limit
		n = 1000
	}
	for _, other := range m.limits {
		if other < n {
			m.note(k, Default, "the lower limit counts")
			return
		}
	}
	m.limits[k.Name] = n
	m.keep(k, "limit", strconv.Itoa(n))
}

func (m *migration) ecosystems(k botfile.Key, v *yaml.Node) {
	var ours, others []string
	for _, name := range botfile.Texts(v) {
		kinds := m.managers(name)
		if len(kinds) == 0 {
			others = append(others, name)
		}
		ours = compact(append(ours, kinds...))
	}
	if len(ours) == 0 {
		m.note(k, Impossible, "none of these kinds of files is read here")
		return
	}
	m.keep(k, "ecosystems", flow(ours))
	if len(others) > 0 {
		m.note(k.Plus(" "+strings.Join(others, ", ")), Impossible, "these kinds of files are not read here")
	}
}

// manager converts the settings for one manager to a rule.
func (m *migration) manager(kinds []string, k botfile.Key, v *yaml.Node) {
	if m.saysNothing(k, v, "it says nothing about updates") {
		return
	}
	match := []entry{{key: "ecosystem", value: one(kinds)}}
	r := rule{match: match, from: k}
	for k, v := range botfile.Keys(v, k) {
		e, fate, why := m.choice(k, v)
		switch {
		case fate != "":
			m.note(k, fate, why)
			r.sets = append(r.sets, e...)
		case k.Name == "enabled" && v.Value == "false":
			m.note(k, Kept, "")
			m.last = append(m.last, ignoring(match, k))
		case k.Name == "enabled":
			m.note(k, Default, "it is on")
		case k.Name == "ignorePaths":
			if list := m.ignoredPaths(k, v); len(list) > 0 {
				m.note(k, Kept, "")
				m.last = append(m.last, ignoring(append(slices.Clone(match), entry{key: "file", value: flow(list)}), k))
			}
		case k.Name == "packageRules":
			m.packageRules(k, v, kinds)
		case slices.Contains(updateTypes, k.Name):
			m.updateType(packageRule{kinds: kinds}, k, v)
		default:
			m.other(k, v)
		}
	}
	if r.sets = unique(r.sets); len(r.sets) > 0 {
		m.rules = append([]rule{r}, m.rules...) // packageRules count more, wherever the manager's key stands
	}
}

var dayCount = lazyregexp.New(`^(\d+) ?(d|days?|h|hours?|w|weeks?|months?|minutes?|m)?$`)
