package migrate

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A preset is the equivalent of one of Renovate's own presets.
type preset struct {
	sets []entry // keys to set
	fate Fate    // if it sets nothing
	why  string
}

func sets(key, value string) preset { return preset{sets: []entry{{key, value, ""}}} }
func does(why string) preset        { return preset{fate: Default, why: why} }
func cannot(why string) preset      { return preset{fate: Impossible, why: why} }

// presets are the common ones (docs.renovatebot.com, "Presets").
var presets = map[string]preset{
	"config:recommended":      does("patches on the line of each pin, grouped by kind, with a dashboard when something needs a person"),
	"config:base":             does("as config:recommended"),
	"config:best-practices":   does("digests are pinned, and new releases wait for days"),
	"config:semverAllMonthly": {sets: []entry{{"schedule", `"0 0 1 * *"`, ""}, {"group", "repository", ""}}},
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
	"docker:disable": {sets: []entry{{"ecosystems", "[requirements, gomod]", ""}}}, "docker:enableMajor": cannot("a MAJOR moves by allow: major, in a rule of its own"),
	"docker:disableMajor": does("a MAJOR is held"), ":disableMajorUpdates": does("a MAJOR is held"), ":disableDigestUpdates": sets("digests", "ignore"),
	":automergeAll": sets("automerge", "true"), ":automergePatch": sets("automerge", "true"), ":automergeMinor": sets("automerge", "true"), ":automergeDigest": sets("automerge", "true"),
	":automergeDisabled": sets("automerge", "false"), ":automergePr": does("automerge goes by pull requests"), ":automergeBranch": cannot("each update has a pull request"),
	":automergeRequireAllStatusChecks": does("automerge waits for checks"), ":automergeStableNonMajor": sets("automerge", "true"), ":automergeLinters": cannot("JavaScript is not read"),
	":rebaseStalePrs": does("a branch is rebuilt when the same file changed"), ":updateNotScheduled": does("what is open is kept up to date"), ":noUnscheduledUpdates": does("new content waits for the schedule"),
	":prNotPending": does("a pull request is opened at once"), ":prImmediately": does("a pull request is opened at once"), ":prHourlyLimitNone": does("no limit an hour but the operator's"),
	":prHourlyLimit1": cannot("a limit an hour is the operator's"), ":prHourlyLimit2": cannot("a limit an hour is the operator's"), ":prHourlyLimit4": cannot("a limit an hour is the operator's"),
	":prConcurrentLimitNone": sets("limit", "1000"), ":prConcurrentLimit10": sets("limit", "10"), ":prConcurrentLimit20": sets("limit", "20"),
	":separatePatchReleases": cannot("updates are grouped by name, not by how far they move: see groups"), ":separateMajorReleases": does("a MAJOR is held"), ":combinePatchMinorReleases": does("they share a pull request"),
	":separateMultipleMajorReleases": does("a MAJOR is held"), ":maintainLockFilesWeekly": does("go.sum is made tidy with each update"), ":maintainLockFilesMonthly": does("go.sum is made tidy with each update"),
	":maintainLockFilesDisabled": cannot("go.sum is made tidy with each update"), ":ignoreModulesAndTests": sets("ignore", `["**/test/**", "**/tests/**", "**/__tests__/**", "**/examples/**"]`),
	":ignoreUnstable": does("a stable pin never moves to a pre-release"), ":unpublishSafe": does("new releases wait"), "npm:unpublishSafe": does("new releases wait"),
	":enablePreCommit": cannot("pre-commit is not read"), ":configMigration": does("there is no old form"), "config:migration": does("there is no old form"), ":doNotPinPackage": cannot("JavaScript is not read"),
	":onlyNpm": cannot("JavaScript is not read"), ":pinOnlyDevDependencies": cannot("JavaScript is not read"), ":widenPeerDependencies": cannot("JavaScript is not read"), ":includeNodeModules": does("node_modules is never read"),
	":pinAllExceptPeerDependencies": does("a version stays pinned"), ":approveMajorUpdates": does("a MAJOR is held until its box in the dashboard is ticked"), ":skipStatusChecks": cannot("automerge waits for checks"),
	":autodetectPinVersions": does("a version stays pinned, a range a range"), ":autodetectRangeStrategy": does("a version stays pinned, a range a range"),
	"group:recommended": does("updates of one kind share a pull request"), "group:monorepos": does("updates of one kind share a pull request"), "group:all": sets("group", "repository"),
	"group:allNonMajor": sets("group", "repository"), "group:allDigest": does("digests have a pull request of their own"), "group:allApollographql": cannot("JavaScript is not read"),
	"group:definitelyTyped": cannot("JavaScript is not read"), "group:linters": cannot("JavaScript is not read"), "group:test": cannot("JavaScript is not read"),
	"workarounds:all": does("tags are read as their publishers mean them"), "replacements:all": cannot("a package is not replaced by another"), "mergeConfidence:all-badges": cannot("there is no such service"), "mergeConfidence:age-confidence-badges": cannot("there is no such service"),
	"helpers:pinGitHubActionDigests": cannot("GitHub Actions are not read yet"), "helpers:pinGitHubActionDigestsToSemver": cannot("GitHub Actions are not read yet"), "helpers:disableTypesNodeMajor": cannot("JavaScript is not read"),
	"security:openssf-scorecard": cannot("there are no badges of it"), "security:minimumReleaseAgeNpm": does("new releases wait"), "abandonments:recommended": does("a line without releases is told"), "default:automergeDigest": sets("automerge", "true"),
	"preview:dockerVersions": does("image tags are read"), "preview:buildkite": cannot("Buildkite is not read"), "customManagers:dockerfileVersions": cannot("versions in ENV and ARG of downloads are not read yet"),
	"customManagers:githubActionsVersions": cannot("GitHub Actions are not read yet"), "regexManagers:dockerfileVersions": cannot("versions in ENV and ARG of downloads are not read yet"),
	"schedule:daily": sets("schedule", `"0 0 * * *"`), "schedule:earlyMondays": sets("schedule", `"0 0 * * 1"`), "schedule:weekly": sets("schedule", `"0 0 * * 1"`), "schedule:monthly": sets("schedule", `"0 0 1 * *"`),
	"schedule:quarterly": sets("schedule", `"0 0 1 */3 *"`), "schedule:yearly": sets("schedule", `"0 0 1 1 *"`), "schedule:nonOfficeHours": sets("schedule", `"0 22 * * 1-5"`), "schedule:officeHours": sets("schedule", `"0 8 * * 1-5"`),
	"schedule:weekends": sets("schedule", `"0 0 * * 6"`), "schedule:weekdays": sets("schedule", `"0 0 * * 1-5"`), "schedule:weeklyNights": sets("schedule", `"0 0 * * *"`), "schedule:automergeDaily": cannot("automerge has no schedule of its own"),
	"schedule:automergeWeekly": cannot("automerge has no schedule of its own"), "schedule:automergeNonOfficeHours": cannot("automerge has no schedule of its own"),
}

var withArgument = lazyregexp.New(`^(:[A-Za-z]+|[a-z]+:[A-Za-z]+)\((.*)\)$`)

// preset converts one element of extends.
func (m *migration) preset(n *yaml.Node, where string) {
	name := n.Value
	if p, ok := presets[name]; ok {
		m.usePreset(n, where+" "+name, p)
		return
	}
	if match := withArgument.FindStringSubmatch(name); match != nil {
		if p, ok := argument(match[1], match[2]); ok {
			m.usePreset(n, where+" "+name, p)
			return
		}
	}
	switch {
	case strings.Contains(name, ">") || strings.HasPrefix(name, "@") || strings.Contains(name, "/"):
		m.note(n, where+" "+name, Impossible, "a preset of another repository: write what it says here, or into the operator's file (defaults)")
	default:
		m.note(n, where+" "+name, Unknown, "")
	}
}

func (m *migration) usePreset(n *yaml.Node, where string, p preset) {
	if len(p.sets) == 0 {
		m.note(n, where, p.fate, p.why)
		return
	}
	m.note(n, where, Kept, "")
	for _, e := range p.sets {
		m.set(e.key, e.value, m.from(n, where))
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
		return sets("labels", flow(words)), true
	case ":assignee", ":assignees":
		return sets("assignees", flow(words)), true
	case ":reviewer", ":reviewers":
		return sets("reviewers", flow(words)), true
	case ":timezone":
		return sets("timezone", strconv.Quote(text)), true
	case ":prHourlyLimit":
		return cannot("a limit an hour is the operator's"), true
	case ":semanticCommitType", ":semanticCommitScope":
		return sets("commit_style", "conventional"), true
	case ":assignAndReview":
		return preset{sets: []entry{{"assignees", flow(words), ""}, {"reviewers", flow(words), ""}}}, true
	case ":rebaseStalePrs", "docker:enableMajor":
		return preset{}, false
	}
	return preset{}, false
}
