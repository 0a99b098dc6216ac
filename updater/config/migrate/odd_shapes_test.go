package migrate

import "testing"

// TestOddShapes: keys that few configurations have, many at once; each is kept, the default here, or
// named impossible.
func TestOddShapes(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{`{"extends": ["config:best-practices", ":preserveSemverRanges", "group:allNonMajor", ":maintainLockFilesWeekly", ":prHourlyLimitNone", "regexManagers:dockerfileVersions", "customManagers:githubActionsVersions", ":gitSignOff", ":semanticCommitTypeAll(chore)", "local>acme/.github:renovate-config#v3"],
"regexManagers": [{"fileMatch": ["^Makefile$"], "matchStrings": ["VERSION=(?<currentValue>.*?)\\n"], "datasourceTemplate": "github-releases", "depNameTemplate": "acme/x"}],
"packageRules": [
 {"matchPackagePatterns": ["^k8s\\.io/", "^sigs\\.k8s\\.io/"], "matchPackageNames": ["k8s.io/klog"], "groupName": "kubernetes {{packageFile}}", "groupSlug": "k8s", "matchManagers": ["gomod"], "matchUpdateTypes": ["patch", "minor", "digest"], "postUpdateOptions": ["gomodTidy1.17"], "additionalBranchPrefix": "k8s-", "prPriority": 5},
 {"matchDepTypes": ["action"], "pinDigests": true, "matchPackagePrefixes": ["actions/"], "groupName": "actions"},
 {"matchSourceUrls": ["https://github.com/acme/mono"], "matchCurrentVersion": "!/^0/", "automerge": true, "automergeType": "branch", "ignoreTests": true},
 {"matchCategories": ["python"], "dependencyDashboardApproval": true, "rangeStrategy": "bump"},
 {"matchDepNames": ["postgres"], "matchDatasources": ["docker"], "versioning": "regex:^(?<major>\\d+)$", "allowedVersions": "/^16/"}
]}`, []string{`group: repository`, `versions: "/^16/"`, `packageRules[0].groupName: the name of a group is fixed`, `regexManagers: own expressions cannot be said`}},
		{`{"extends": [":dependencyDashboard", "docker:enableMajor", "default:pinDigestsDisabled", "workarounds:all"], "hostRules": [{"hostType": "docker", "matchHost": "registry.acme.example", "username": "bot", "encrypted": {"password": "wcFM"}}, {"abortOnError": true, "concurrentRequestLimit": 2, "matchHost": "https://pypi.example"}],
"docker-compose": {"fileMatch": ["(^|/)stack\\.ya?ml$"], "enabled": true, "major": {"enabled": true, "dependencyDashboardApproval": true}},
"kubernetes": {"managerFilePatterns": ["/k8s/.+\\.yaml$/"]},
"helm-values": {"ignorePaths": ["charts/old/**"]},
"branchPrefix": "deps/", "branchTopic": "{{{depNameSanitized}}}", "prBodyNotes": ["hi"], "prTitle": "x", "automergeSchedule": ["after 9pm"], "updateNotScheduled": false, "internalChecksFilter": "strict", "rollbackPrs": true, "ignoreUnstable": false, "respectLatest": true, "separateMinorPatch": true, "separateMultipleMajor": true, "stopUpdatingLabel": "stop", "commitBody": "Signed-off-by: bot", "commitMessageTopic": "x", "constraints": {"python": "==3.11.*", "go": "1.22"}, "prCreation": "not-pending", "forkProcessing": "enabled", "configMigration": true}`, []string{`digests: refresh`, `match: {ecosystem: helm, file: ["charts/old/**"]}`, `rollbackPrs: no update goes back to an older version`, `hostRules: logins and hosts are the operator`}},
		{`{"enabledManagers": ["custom.regex", "github-actions", "pep621", "pre-commit", "helmv3", "kustomize", "devcontainer"], "customManagers": [{"customType": "jsonata", "fileFormat": "yaml", "managerFilePatterns": ["/values\\.ya?ml/"], "matchStrings": ["x"]}], "pre-commit": {"enabled": true}, "vulnerabilityAlerts": {"labels": ["security"], "automerge": true}, "osvVulnerabilityAlerts": true, "assignAutomerge": true, "assigneesFromCodeOwners": true, "reviewersSampleSize": 1, "addLabels": ["x"], "labels": ["{{{updateType}}}"], "packageRules": [{"matchJsonata": ["$exists(x)"], "enabled": false}, {"matchNewValue": "/^1/", "groupName": null}, {"matchRepositories": ["acme/*"], "schedule": ["before 4am on the first day of the month"]}, {"matchUpdateTypes": ["replacement", "rollback", "bump", "pinDigest"], "enabled": false}, {"matchConfidence": ["high"], "automerge": true}]}`, []string{`labels: ["x"]`, `ecosystems: ["download", "actions", "pyproject", "pre-commit", "helm", "kustomize", "devcontainer"]`, `labels with {{…}}: a label is a fixed word`}},
	} {
		check(t, "renovate.json", c.text, 0, c.want...)
	}
	for _, c := range []struct {
		text string
		want []string
	}{
		{`version: 2
multi-ecosystem-groups:
  infra:
    schedule: {interval: weekly, day: tuesday, time: "07:00", timezone: Europe/Oslo}
    labels: [infra]
    assignees: [ada]
    milestone: 3
    target-branch: main
    commit-message: {prefix: infra}
    pull-request-branch-name: {separator: "-"}
updates:
  - package-ecosystem: docker
    directories: ["/services/**/*", /base]
    patterns: ["*"]
    multi-ecosystem-group: infra
    update-types: [minor, patch]
  - package-ecosystem: gomod
    directory: /
    patterns: ["golang.org/*"]
    multi-ecosystem-group: infra
`, []string{`file: ["!services/**/*/**", "!base/**"]`, `multi-ecosystem-groups: write one group for all kinds`, `updates[0].update-types: write the bands of updates into a group`}},
		{`version: 2
updates:
  - package-ecosystem: github-actions
    directories: ["/", "/.github/actions/*"]
    schedule: {interval: weekly}
    cooldown: {default-days: 3, semver-patch-days: 1, semver-minor-days: 7, include: ["actions/*"], exclude: ["acme/*"]}
    groups:
      actions-minor: {applies-to: version-updates, patterns: ["actions/*"], exclude-patterns: ["actions/cache"], update-types: [minor, patch]}
      security: {applies-to: security-updates, update-types: [patch], group-by: dependency-name}
    ignore:
      - dependency-name: "actions/*"
        update-types: ["version-update:semver-patch", "version-update:semver-minor"]
      - dependency-name: "*"
        update-types: ["version-update:semver-major"]
      - dependency-name: acme/tool
        versions: ["2.x", "~> 3.1", ">= 4.0, < 5"]
    pull-request-branch-name: {separator: "/"}
`, []string{`actions-minor: {match: {ecosystem: actions, name: ["actions/*", "!actions/cache"]}, bands: [digest, minor, patch]}`, `cooldown: {packages: 1d}`, `ignore[2]: these versions are not read as bounds`}},
		{`version: 2
updates:
- package-ecosystem: uv
  directory: /
  schedule: {interval: semiannually}
  allow: [{dependency-type: direct}, {dependency-name: "fast*"}]
  groups: {prod: {dependency-type: production, patterns: ["*"]}}
- package-ecosystem: helm
  directory: /charts
  schedule: {interval: yearly}
- package-ecosystem: devcontainers
  directory: /
  schedule: {interval: weekly, day: sunday}
  open-pull-requests-limit: 99
- package-ecosystem: pre-commit
  directory: /
  schedule: {interval: weekly}
`, []string{`schedule: "0 5 1 1,7 *"`, `ecosystems: ["pyproject", "helm", "devcontainer", "pre-commit"]`, `schedule: "0 5 * * 0"`}},
	} {
		check(t, ".github/dependabot.yml", c.text, 0, c.want...)
	}
}
