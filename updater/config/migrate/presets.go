package migrate

import (
	"slices"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/config/migrate/botfile"
)

// A preset is the equivalent of one of Renovate's own presets.
type preset struct {
	of   string  // the manager or datasource that it is about; "" for the whole file
	sets []entry // keys of the file, or of a rule where of is given
	fate Fate    // where it sets nothing
	why  string
}

func sets(key, value string) preset { return preset{sets: []entry{{key: key, value: value}}} }
func does(why string) preset        { return preset{fate: Default, why: why} }
func cannot(why string) preset      { return preset{fate: Impossible, why: why} }

// presets are the common ones (docs.renovatebot.com, "Presets").
var presets = map[string]preset{
	"config:recommended":      does("patches on the line of each pin, grouped by kind, with a dashboard when something needs a person"),
	"config:base":             does("as config:recommended"),
	"config:best-practices":   does("digests are pinned, and new releases wait for days"),
	"config:semverAllMonthly": {sets: []entry{{key: "schedule", value: `"0 0 1 * *"`}, {key: "group", value: "repository"}}},
	"config:js-app":           cannot("JavaScript is not read"),
	"config:js-lib":           cannot("JavaScript is not read"),

	":dependencyDashboard": sets("dashboard", "true"), ":disableDependencyDashboard": sets("dashboard", "false"),
	":dependencyDashboardApproval": cannot("what waits for a tick in the dashboard is what the policy holds"),
	":semanticCommits":             sets("commit_style", "conventional"), ":semanticCommitsDisabled": sets("commit_style", "plain"),
	":semanticCommitTypeAll": sets("commit_style", "conventional"), ":semanticPrefixFixDepsChoreOthers": sets("commit_style", "conventional"),
	":semanticPrefixFix": sets("commit_prefix", `"fix(deps)"`), ":semanticPrefixChore": sets("commit_prefix", `"chore(deps)"`),
	":gitSignOff": cannot("commits of a GitHub App are signed by GitHub"), ":enableVulnerabilityAlerts": does("security fixes come first, alone and at once"),
	":disableVulnerabilityAlerts": cannot("security fixes are always proposed"), ":enableVulnerabilityAlertsWithLabel": does("security fixes come first"),
	":pinVersions": does("a version stays pinned"), ":pinDependencies": does("a version stays pinned"), ":preserveSemverRanges": does("a range keeps its form"),
	":pinDigestsDisabled": sets("digests", "refresh"), ":pinDigests": sets("digests", "pin"), "docker:pinDigests": sets("digests", "pin"), ":pinSkipCi": does("nothing is skipped"),
	"docker:disable": {of: "docker", sets: []entry{{key: "ignore", value: "true"}}}, "docker:enableMajor": cannot("a MAJOR moves by allow: major, in a rule of its own"),
	"docker:disableMajor": does("a MAJOR is held"), ":disableMajorUpdates": does("a MAJOR is held"), ":disableDigestUpdates": sets("digests", "ignore"),
	":automergeAll": sets("automerge", "true"), ":automergePatch": sets("automerge", "true"), ":automergeMinor": sets("automerge", "true"), ":automergeDigest": cannot("digests have no rules of their own"),
	":automergeDisabled": sets("automerge", "false"), ":automergePr": does("automerge goes by pull requests"), ":automergeBranch": cannot("each update has a pull request"),
	":automergeRequireAllStatusChecks": does("automerge waits for checks"), ":automergeStableNonMajor": cannot("rules do not tell which version a pin has: automerge: true is for all"), ":automergeLinters": cannot("JavaScript is not read"),
	":rebaseStalePrs": does("a branch is rebuilt when the same file changed"), ":updateNotScheduled": does("what is open is kept up to date"), ":noUnscheduledUpdates": does("new content waits for the schedule"),
	":prNotPending": does("a pull request is opened at once"), ":prImmediately": does("a pull request is opened at once"), ":prHourlyLimitNone": does("no limit an hour but the operator's"),
	":prHourlyLimit1": cannot("a limit an hour is the operator's"), ":prHourlyLimit2": cannot("a limit an hour is the operator's"), ":prHourlyLimit4": cannot("a limit an hour is the operator's"),
	":prConcurrentLimitNone": sets("limit", "1000"), ":prConcurrentLimit10": sets("limit", "10"), ":prConcurrentLimit20": sets("limit", "20"),
	":separatePatchReleases": cannot("updates are grouped by name, not by how far they move: see groups"), ":separateMajorReleases": does("a MAJOR is held"), ":combinePatchMinorReleases": does("they share a pull request"),
	":separateMultipleMajorReleases": does("a MAJOR is held"), ":maintainLockFilesWeekly": does("go.sum is made tidy with each update"), ":maintainLockFilesMonthly": does("go.sum is made tidy with each update"),
	":maintainLockFilesDisabled": cannot("go.sum is made tidy with each update"), ":ignoreModulesAndTests": sets("ignore", `["**/test/**", "**/tests/**", "**/__tests__/**", "**/examples/**"]`),
	":ignoreUnstable": does("a stable pin never moves to a pre-release"), ":unpublishSafe": does("new releases wait"), "npm:unpublishSafe": does("new releases wait"),
	":enablePreCommit": does("pre-commit is read"), ":configMigration": does("there is no old form"), "config:migration": does("there is no old form"), ":doNotPinPackage": cannot("JavaScript is not read"),
	":onlyNpm": cannot("JavaScript is not read"), ":pinOnlyDevDependencies": cannot("JavaScript is not read"), ":widenPeerDependencies": cannot("JavaScript is not read"), ":includeNodeModules": does("node_modules is never read"),
	":pinAllExceptPeerDependencies": does("a version stays pinned"), ":approveMajorUpdates": does("a MAJOR is held until its box in the dashboard is ticked"), ":skipStatusChecks": cannot("automerge waits for checks"),
	":autodetectPinVersions": does("a version stays pinned, a range a range"), ":autodetectRangeStrategy": does("a version stays pinned, a range a range"),
	"group:recommended": does("updates of one kind share a pull request"), "group:monorepos": does("updates of one kind share a pull request"), "group:all": sets("group", "repository"),
	"group:allNonMajor": sets("group", "repository"), "group:allDigest": does("digests have a pull request of their own"), "group:allApollographql": cannot("JavaScript is not read"),
	"group:definitelyTyped": cannot("JavaScript is not read"), "group:linters": cannot("JavaScript is not read"), "group:test": cannot("JavaScript is not read"),
	"workarounds:all": does("tags are read as their publishers mean them"), "replacements:all": cannot("a package is not replaced by another"), "mergeConfidence:all-badges": cannot("there is no such service"), "mergeConfidence:age-confidence-badges": cannot("there is no such service"),
	"helpers:pinGitHubActionDigests": {of: "github-actions", sets: []entry{{key: "digests", value: "pin"}}}, "helpers:pinGitHubActionDigestsToSemver": {of: "github-actions", sets: []entry{{key: "digests", value: "pin"}}}, "helpers:disableTypesNodeMajor": cannot("JavaScript is not read"),
	"security:openssf-scorecard": cannot("there are no badges of it"), "security:minimumReleaseAgeNpm": does("new releases wait"), "abandonments:recommended": does("a line without releases is told"), "default:automergeDigest": cannot("digests have no rules of their own"),
	"preview:dockerVersions": does("image tags are read"), "preview:buildkite": cannot("Buildkite is not read"), "customManagers:dockerfileVersions": does(namedByComment),
	"customManagers:githubActionsVersions": sets("annotated", annotatedWorkflows), "regexManagers:githubActionsVersions": sets("annotated", annotatedWorkflows), "regexManagers:dockerfileVersions": does(namedByComment),
	"customManagers:makefileVersions": sets("annotated", `["**/Makefile", "**/makefile", "**/GNUMakefile", "**/*.mk"]`), "customManagers:helmChartYamlAppVersions": cannot("appVersion is not read"), "customManagers:biomeVersions": cannot("JavaScript is not read"),
	"customManagers:tfvarsVersions": sets("annotated", `["**/*.tfvars"]`), "customManagers:gitlabPipelineVersions": sets("annotated", `["**/*.gitlab-ci.yml", "**/*.gitlab-ci.yaml"]`), "customManagers:bitbucketPipelinesVersions": cannot("Bitbucket is not read"),
	":pinDevDependencies": cannot("JavaScript is not read"), ":disableRateLimiting": sets("limit", "1000"), ":disablePeerDependencies": cannot("JavaScript is not read"), ":disableDevDependencies": cannot("requirements for development are not told from others"), ":ignoreUnstable(false)": cannot("a stable pin never moves to a pre-release"),
	":skipArtifactsUpdate": cannot("go.sum is made tidy with each update"), ":automergeTypes": cannot("JavaScript is not read"), ":automergeTesters": cannot("JavaScript is not read"), ":disableLockFiles": cannot("go.sum is made tidy with each update"), ":maintainLockFilesQuarterly": does("go.sum is made tidy with each update"),
	":maintainLockFilesYearly": does("go.sum is made tidy with each update"), ":disablePrControls": cannot("texts are the operator's (--templates)"), ":followTag": cannot("a tag that moves is reported and not followed"), ":enableRenovate": does("it is on"), ":disableRenovate": {of: "*", sets: []entry{{key: "ignore", value: "true"}}},
	"schedule:daily": sets("schedule", `"0 0 * * *"`), "schedule:earlyMondays": sets("schedule", `"0 0 * * 1"`), "schedule:weekly": sets("schedule", `"0 0 * * 1"`), "schedule:monthly": sets("schedule", `"0 0 1 * *"`),
	"schedule:quarterly": sets("schedule", `"0 0 1 */3 *"`), "schedule:yearly": sets("schedule", `"0 0 1 1 *"`), "schedule:nonOfficeHours": sets("schedule", `"0 22 * * 1-5"`), "schedule:officeHours": sets("schedule", `"0 8 * * 1-5"`),
	"schedule:weekends": sets("schedule", `"0 0 * * 6"`), "schedule:weekdays": sets("schedule", `"0 0 * * 1-5"`), "schedule:weeklyNights": sets("schedule", `"0 0 * * *"`), "schedule:automergeDaily": cannot("automerge has no schedule of its own"),
	"schedule:automergeWeekly": cannot("automerge has no schedule of its own"), "schedule:automergeNonOfficeHours": cannot("automerge has no schedule of its own"),
}

const (
	namedByComment     = "versions that a comment # renovate: names are read in Dockerfiles"
	annotatedWorkflows = `[".github/workflows/*.{yml,yaml}", ".github/actions/**/action.{yml,yaml}"]`
)

var withArgument = lazyregexp.New(`^(:[A-Za-z0-9]+|[a-z]+:[A-Za-z]+)\((.*)\)$`)

// find returns what a preset means here, which may have words in brackets.
func find(name string) (preset, bool) {
	if p, ok := presets[name]; ok {
		return p, true
	}
	if local, ok := strings.CutPrefix(name, "default:"); ok { // the long form of ":name"
		return find(":" + local)
	}
	if match := withArgument.FindStringSubmatch(name); match != nil {
		return argument(match[1], match[2])
	}
	return preset{}, false
}

// preset converts one element of extends.
func (m *migration) preset(at botfile.Key, name string) {
	at = at.Plus(" " + name)
	if p, ok := find(name); ok {
		m.usePreset(at, p)
		return
	}
	family, _, _ := strings.Cut(name, ":")
	switch {
	case strings.Contains(name, ">") || strings.HasPrefix(name, "@") || strings.Contains(name, "/"):
		m.note(at, Impossible, "a preset of another repository: write what it says here, or into the operator's file (defaults)")
	case slices.Contains([]string{"monorepo", "packages", "group"}, family):
		m.note(at, Impossible, "what belongs together is written out: groups")
	case slices.Contains([]string{"workarounds", "replacements", "compatibility", "preview", "abandonments", "mergeConfidence", "security"}, family):
		m.note(at, Impossible, "there is no such list of exceptions")
	default:
		m.note(at, Unknown, "")
	}
}

func (m *migration) usePreset(at botfile.Key, p preset) {
	if len(p.sets) == 0 {
		m.note(at, p.fate, p.why)
		return
	}
	m.note(at, Kept, "")
	switch p.of {
	case "*":
		m.rules = append(m.rules, rule{match: everything(), sets: p.sets, from: at})
	case "":
		for _, e := range p.sets {
			m.put(e, at)
		}
	default:
		m.rules = append(m.rules, rule{match: []entry{{key: "ecosystem", value: flow(m.managers(p.of))}}, sets: p.sets, from: at})
	}
}

// argument converts presets with arguments: ":label(x)", ":timezone(Europe/Berlin)".
func argument(name, text string) (preset, bool) {
	var words []string
	for w := range strings.SplitSeq(text, ",") {
		words = append(words, strings.TrimPrefix(strings.TrimSpace(w), "@"))
	}
	switch name {
	case ":label", ":labels":
		return preset{sets: []entry{{key: "labels", value: flow(words), words: words}}}, true
	case ":assignee", ":assignees":
		return sets("assignees", flow(words)), true
	case ":reviewer", ":reviewers":
		return sets("reviewers", flow(words)), true
	case ":timezone":
		return sets("timezone", strconv.Quote(text)), true
	case ":prHourlyLimit":
		return cannot("a limit an hour is the operator's"), true
	case ":semanticCommitType", ":semanticCommitTypeAll", ":semanticCommitScope":
		// That prefix is the one of the style conventional.
		if text == "chore" && name != ":semanticCommitScope" || text == "deps" && name == ":semanticCommitScope" {
			return sets("commit_style", "conventional"), true
		}
		return sets("commit_prefix", strconv.Quote(map[bool]string{true: "chore(" + text + ")", false: text + "(deps)"}[name == ":semanticCommitScope"])), true
	case ":prConcurrentLimit":
		return sets("limit", text), true
	case ":automergeMethod":
		return cannot("the repository's own way is taken"), true
	case ":assignAndReview":
		return preset{sets: []entry{{key: "assignees", value: flow(words)}, {key: "reviewers", value: flow(words)}}}, true
	}
	return preset{}, false
}
