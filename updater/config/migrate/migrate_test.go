package migrate

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/config/migrate/botfile"
)

// known are the ecosystems that there are.
var known = all.Infos()

// leaves are the paths of all keys of a document that hold no keys themselves.
func leaves(n *yaml.Node, at string) (list []string) {
	switch n = botfile.Resolve(n); n.Kind {
	case yaml.MappingNode:
		for k, v := range botfile.Keys(n, botfile.Key{Path: at}) {
			if below := leaves(v, k.Path); len(below) > 0 {
				list = append(list, below...)
			} else {
				list = append(list, k.Path)
			}
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			list = append(list, leaves(c, fmt.Sprintf("%s[%d]", at, i))...)
		}
	}
	return list
}

// check imports a file, wants each of its keys told of, and the result read by
// Freshpin without a mistake.
func check(t *testing.T, name, text string, unknown int, want ...string) {
	t.Helper()
	r, err := Import(name, []byte(text), known)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	root, err := botfile.Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range leaves(root, "") {
		told := false
		for _, s := range r.Settings {
			path, _, _ := strings.Cut(s.Path, " ")
			told = told || path == leaf || strings.HasPrefix(leaf, path+".") || strings.HasPrefix(leaf, path+"[") || strings.HasPrefix(path, leaf+"[")
		}
		if !told {
			t.Errorf("%s: %s is lost", name, leaf)
		}
	}
	if _, errs := config.Parse(".freshpin.yaml", r.YAML, known); len(errs) > 0 {
		t.Errorf("%s: freshpin config says %v of\n%s", name, errs, r.YAML)
	}
	n := 0
	for _, s := range r.Settings {
		if s.Fate == Unknown {
			n++
		}
		if s.Fate == Impossible && s.Why == "" {
			t.Errorf("%s: %s is impossible without a reason", name, s.Path)
		}
		if s.Line < 1 {
			t.Errorf("%s: %s has no line", name, s.Path)
		}
	}
	if n != unknown {
		t.Errorf("%s: %d keys are unknown, want %d: %+v", name, n, unknown, r.Settings)
	}
	for _, line := range want {
		if !strings.Contains(string(r.YAML), line) {
			t.Errorf("%s: want %q in\n%s", name, line, r.YAML)
		}
	}
}

// images is the match of what Renovate looks up in registries of images.
const images = `ecosystem: ["dockerfile", "compose", "kubernetes", "helm", "kustomize", "gitlabci", "devcontainer", "bake"]`

// TestRenovate imports configurations in the shapes that public repositories have.
func TestRenovate(t *testing.T) {
	for _, c := range []struct {
		name, text string
		unknown    int
		want       []string
	}{
		{"renovate.json", `{"$schema": "https://docs.renovatebot.com/renovate-schema.json", "extends": ["config:recommended"]}`, 0, []string{"#   renovate.json:1 extends[0] config:recommended"}},
		{"renovate.json", "{\n  \"extends\": [\"config:base\", \":semanticCommits\", \":timezone(Europe/Berlin)\", \"schedule:weekly\", \"github>acme/renovate-config\"],\n  \"labels\": [\"dependencies\", \"bot\"]\n}", 0,
			[]string{`labels: ["dependencies", "bot"] # kept: renovate.json:3 labels`, "commit_style: conventional", `timezone: "Europe/Berlin"`, `schedule: "0 0 * * 1"`, "extends[4] github>acme/renovate-config: a preset of another repository"}},
		{".github/renovate.json5", "// ours\n{\n  extends: ['config:best-practices', ':disableDependencyDashboard',],\n  /* nights */ schedule: ['after 10pm every weekday', 'before 5am every weekday'],\n  prConcurrentLimit: 5,\n  minimumReleaseAge: '7 days',\n}\n", 0,
			[]string{"dashboard: false", `schedule: "0 22 * * 1-5"`, "limit: 5", "cooldown: {packages: 7d}"}},
		{"renovate.json", `{"packageRules": [
			{"matchUpdateTypes": ["minor", "patch"], "matchPackageNames": ["aws-*", "/^boto/"], "groupName": "AWS SDK", "automerge": true},
			{"matchUpdateTypes": ["major"], "enabled": false},
			{"matchManagers": ["npm"], "enabled": false},
			{"matchPackageNames": ["django"], "allowedVersions": "<5"}]}`, 0,
			[]string{`AWS-SDK: {match: {name: ["aws-*", "/^boto/"]}, bands: [minor, patch]}`, "automerge: true", `versions: "<5"`, "packageRules[1]: a MAJOR is held", "packageRules[2]: it is about kinds of files that are not read here: npm"}},
		{"renovate.json", `{"enabledManagers": ["dockerfile", "docker-compose", "terraform"], "ignorePaths": ["**/test/**"], "ignoreDeps": ["postgres", "redis"]}`, 0,
			[]string{`ecosystems: ["dockerfile", "compose"]`, `ignore: ["**/test/**"]`, `match: {name: ["postgres", "redis"]}`, "terraform: these kinds of files are not read here"}},
		{"renovate.json", `{"gomod": {"postUpdateOptions": ["gomodTidy"], "enabled": true}, "docker": {"pinDigests": true, "major": {"enabled": false}}, "pip_requirements": {"enabled": false}}`, 0,
			[]string{images, "digests: pin", "ignore: true"}},
		{"renovate.json", `{"semanticCommits": "enabled", "commitMessagePrefix": "chore(deps): ", "assignees": ["@ada"], "reviewers": ["team:infra", "bob"], "prHourlyLimit": 2, "rangeStrategy": "bump", "platformAutomerge": true, "baseBranches": ["main", "release"]}`, 0,
			[]string{`commit_prefix: "chore(deps):"`, `assignees: ["ada"]`, `reviewers: ["bob"]`, "reviewers team:infra: a team is written with its organization, as acme/infra", "prHourlyLimit: a limit an hour is the operator's", `branches: ["main", "release"]`}},
		{"renovate.json", `{"baseBranchPatterns": ["$default", "/^release\\/.*/i", "v*"], "useBaseBranchConfig": "merge", "packageRules": [{"matchBaseBranches": ["/^release/"], "automerge": true}, {"matchBaseBranches": ["!main"], "automerge": true}]}`, 0,
			[]string{`branches: ["$default", "/(?i)^release\\/.*/", "v*"]`, `match: {branch: ["/^release/"]}`, "useBaseBranchConfig: the settings of the default branch count", `match: {branch: ["!main"]}`}},
		{"renovate.json", `{"baseBranches": ["main", "!dev"], "useBaseBranchConfig": "none"}`, 0, []string{"baseBranches: branches cannot be excluded", "useBaseBranchConfig: the settings of the default branch count for all base branches\n"}},
		{"package.json", `{"name": "x", "renovate": {"extends": ["config:base"], "schedule": "before 3am on Monday", "unheardOf": 1}}`, 1, []string{`schedule: "0 0 * * 1"`, "# Not known as settings of Renovate:", "unheardOf"}},
		{"renovate.json", `{"schedule": ["* 0-3 * * 1"], "timezone": "America/New_York", "dependencyDashboard": true, "rebaseWhen": "conflicted", "lockFileMaintenance": {"enabled": true, "schedule": ["before 5am on monday"]}}`, 0, []string{`schedule: "0 0 * * 1"`, "dashboard: true"}},
		{"renovate.json", `{"packageRules": [{"description": "no go", "matchDatasources": ["docker"], "matchPackagePatterns": ["^internal/"], "enabled": false}, {"matchFileNames": ["deploy/**"], "labels": ["ops"], "schedule": ["every weekend"]}, {"excludePackageNames": ["x"], "groupName": "rest"}, {"groupName": "everything", "matchPackageNames": ["*"]}]}`, 0,
			[]string{`name: ["/^internal//"]`, `file: ["deploy/**"]`, `rest: {match: {name: ["!x"]}}`, "everything: {match:"}},
		{"renovate.json", `{"extends": ["config:recommended", "helpers:pinGitHubActionDigests", ":label(renovate)", ":automergeMinor"], "customManagers": [{"customType": "regex", "managerFilePatterns": ["/Makefile/"], "matchStrings": ["x"]}], "hostRules": [{"matchHost": "ghcr.io", "token": "{{ secrets.X }}"}]}`, 0,
			[]string{`labels: ["renovate"]`, "automerge: true", "customManagers: own expressions cannot be said"}},
		{"renovate.json", `{"extends": ["config:recommended", "mystery:preset"], "enabled": false, "groupName": "all", "schedule": ["whenever"], "automerge": false}`, 1, []string{"ignore: true", "group: repository", "the words are not read as a time"}},
	} {
		check(t, c.name, c.text, c.unknown, c.want...)
	}
}

// TestDependabot imports configurations in the shapes that public repositories have.
func TestDependabot(t *testing.T) {
	for _, c := range []struct {
		text    string
		unknown int
		want    []string
	}{
		{"version: 2\nupdates:\n  - package-ecosystem: docker\n    directory: /\n    schedule: {interval: weekly}\n", 0, []string{`ecosystems: ["dockerfile", `, `schedule: "0 5 * * 1"`}},
		{"version: 2\nupdates:\n  - package-ecosystem: \"gomod\"\n    directory: \"/\"\n    schedule:\n      interval: \"daily\"\n      time: \"06:30\"\n      timezone: \"Europe/Paris\"\n    open-pull-requests-limit: 10\n    labels: [go, deps]\n", 0,
			[]string{`schedule: "30 6 * * 1-5"`, `timezone: "Europe/Paris"`, "limit: 10", `labels: ["go", "deps"]`}},
		{"version: 2\nupdates:\n  - package-ecosystem: npm\n    directory: /web\n    schedule: {interval: weekly}\n  - package-ecosystem: pip\n    directory: /api\n    schedule: {interval: weekly}\n    open-pull-requests-limit: 0\n", 0,
			[]string{`ecosystems: ["requirements", `, "mode: security", "npm is not read here: leave this block with Dependabot"}},
		{"version: 2\nupdates:\n  - package-ecosystem: gomod\n    directory: /\n    schedule: {interval: weekly, day: friday}\n    groups:\n      k8s: {patterns: [\"k8s.io/*\"], update-types: [minor, patch]}\n      all: {patterns: [\"*\"]}\n      sec: {applies-to: security-updates, patterns: [\"*\"]}\n", 0,
			[]string{`k8s: {match: {ecosystem: gomod, name: ["k8s.io/*"]}, bands: [digest, minor, patch]}`, "all: {match: {ecosystem: gomod}}", `schedule: "0 5 * * 5"`}},
		{"version: 2\nupdates:\n  - package-ecosystem: docker\n    directory: /\n    schedule: {interval: monthly}\n    ignore:\n      - dependency-name: postgres\n        versions: [\">=17\"]\n      - dependency-name: node\n        update-types: [\"version-update:semver-major\"]\n      - dependency-name: python\n", 0,
			[]string{`versions: "<17"`, "ignore: true", "a MAJOR is held"}},
		{"version: 2\nupdates:\n  - package-ecosystem: pip\n    directories: [/a, \"/services/*\"]\n    schedule: {interval: weekly}\n    cooldown: {default-days: 7, semver-major-days: 30, include: [\"*\"]}\n    commit-message: {prefix: deps, prefix-development: dev, include: scope}\n", 0,
			[]string{"cooldown: {packages: 7d}", `commit_prefix: "deps(deps)"`, "semver-major-days: a MINOR and a MAJOR are held", `file: ["!a/**", "!services/*/**"]`}},
		{"version: 2\nupdates:\n  - package-ecosystem: gomod\n    directory: /\n    schedule: {interval: weekly}\n    allow:\n      - dependency-type: all\n    reviewers: [acme/go]\n    assignees: [ada]\n    rebase-strategy: disabled\n    target-branch: develop\n    milestone: 4\n", 0,
			[]string{"indirect: true", `reviewers: ["acme/go"]`, `assignees: ["ada"]`, `branches: ["develop"]`}},
		{"version: 2\nupdates:\n  - package-ecosystem: docker\n    directory: /\n    schedule: {interval: weekly}\n    target-branch: next\n    labels: [next]\n  - package-ecosystem: docker\n    directory: /\n    schedule: {interval: weekly}\n    labels: [stable]\n  - package-ecosystem: npm\n    directory: /\n    target-branch: web\n", 0,
			[]string{`branches: ["next", "$default"]`, `branch: "next"}`, `branch: "$default"}`, `labels: ["next"]`}},
		{"version: 2\nregistries: {hub: {type: docker-registry, url: \"https://r\", username: u, password: \"${{secrets.P}}\"}}\nupdates:\n  - package-ecosystem: docker-compose\n    directory: /deploy\n    registries: [hub]\n    schedule: {interval: cron, cronjob: \"0 9 * * 2\"}\n", 0,
			[]string{`schedule: "0 9 * * 2"`, "registries: logins and mirrors are the operator's"}},
		{"version: 2\nupdates:\n  - package-ecosystem: docker\n    directory: /a\n    schedule: {interval: weekly}\n    labels: [a]\n  - package-ecosystem: docker\n    directory: /b\n    schedule: {interval: daily}\n    labels: [b]\n    open-pull-requests-limit: 2\n", 0,
			[]string{`match: {ecosystem: ["dockerfile", `, `], file: ["a/**"]}`, `labels: ["b"]`, "limit: 2", `    schedule: "0 5 * * 1-5"`, `file: ["!a/**", "!b/**"]`}},
		{"version: 2\nenable-beta-ecosystems: true\nupdates:\n  - package-ecosystem: terraform\n    directory: /\n    schedule: {interval: weekly}\n    groups: {actions: {patterns: [\"*\"]}}\n", 0, []string{"terraform is not read here"}},
		{"version: 2\nupdates:\n  - package-ecosystem: pip\n    directory: /\n    schedule: {interval: weekly}\n    insecure-external-code-execution: allow\n    versioning-strategy: increase\n    exclude-paths: [\"docs/**\"]\n    surprise: 1\n", 1, []string{`ignore: ["docs/**"]`, "no code of a repository is run", "surprise"}},
		{"version: 2\nx-defaults: &d\n  schedule: {interval: weekly}\nupdates:\n  - package-ecosystem: gomod\n    directory: /\n    schedule: {interval: quarterly}\n    vendor: true\n    groups:\n      dev: {dependency-type: development, exclude-patterns: [x]}\n", 1, []string{`schedule: "0 5 1 */3 *"`, "vendor is renewed"}},
	} {
		check(t, ".github/dependabot.yml", c.text, c.unknown, c.want...)
	}
}

// TestPublicRenovate has the shapes of public configurations that were once
// translated into something else than they say.
func TestPublicRenovate(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
		not  []string
	}{
		// Shape of a public config: what is merged automatically depends on the type of update.
		{`{"packageRules": [{"matchUpdateTypes": ["lockFileMaintenance"], "automerge": true}]}`, []string{"there are no such updates here: lockFileMaintenance"}, []string{"automerge: true"}},
		{`{"packageRules": [{"matchUpdateTypes": ["pin", "digest"], "automerge": true, "minimumReleaseAge": "2 days"}]}`, []string{"cooldown: {digests: 2d}", "packageRules[0] automerge: digests have no rules of their own"}, []string{"automerge: true"}},
		{`{"packageRules": [{"matchUpdateTypes": ["minor"], "automerge": true, "labels": ["minor"]}]}`, []string{"packageRules[0]: a MINOR is held"}, []string{"automerge: true", "labels:"}},
		{`{"packageRules": [{"matchUpdateTypes": ["minor", "patch"], "automerge": true}]}`, []string{"automerge: true"}, nil},
		{`{"patch": {"automerge": true}, "major": {"labels": ["big"]}, "digest": {"enabled": false}}`, []string{"    automerge: true", "major: a MAJOR is held", "digests: ignore"}, []string{"labels:"}},
		{`{"packageRules": [{"matchManagers": ["dockerfile"], "digest": {"enabled": false}, "patch": {"automerge": true, "enabled": true}}]}`, []string{"digests: ignore", `match: {ecosystem: ["dockerfile"]} # kept: renovate.json:1 packageRules[0].patch`}, nil},
		{`{"extends": [":automergeDigest", ":automergeStableNonMajor", "default:automergeDigest"]}`, nil, []string{"automerge: true # kept"}},
		{`{"vulnerabilityAlerts": {"enabled": false, "labels": ["security"]}}`, []string{"vulnerabilityAlerts.enabled: security fixes are always proposed", "vulnerabilityAlerts.labels: security fixes have no settings"}, nil},
		{`{"vulnerabilityAlerts": {"enabled": true, "schedule": ["at any time"], "minimumReleaseAge": null}, "osvVulnerabilityAlerts": true}`, []string{"vulnerabilityAlerts.minimumReleaseAge: security fixes come first"}, []string{"Not possible"}},
		// Shape of a public config: types of updates that are turned off.
		{`{"packageRules": [{"matchFileNames": ["ci/**"], "matchUpdateTypes": ["major", "patch", "digest"], "enabled": false}]}`, []string{"ignore: true"}, nil},
		{`{"packageRules": [{"matchManagers": ["github-actions"], "matchUpdateTypes": ["patch", "digest"], "enabled": false}]}`, []string{"ignore: true"}, []string{"digests: ignore"}},
		{`{"packageRules": [{"matchPackageNames": ["python"], "matchUpdateTypes": ["major", "minor", "patch"], "enabled": false}]}`, []string{"ignore: true", "digests cannot move without patches"}, nil},
		{`{"dockerfile": {"packageRules": [{"matchUpdateTypes": ["major", "minor", "pin", "pinDigest", "patch", "bump"], "enabled": false}]}}`, []string{"ignore: true", "digests cannot move without patches"}, nil},
		{`{"packageRules": [{"matchUpdateTypes": ["pinDigest"], "enabled": false}, {"matchUpdateTypes": ["digest"], "matchPackageNames": ["a"], "enabled": false}]}`, []string{"digests: refresh", "digests: ignore"}, nil},
		{`{"packageRules": [{"matchPackageNames": ["*"], "enabled": false, "labels": ["x"]}, {"matchManagers": ["dockerfile"], "enabled": true}]}`, []string{"ignore: true", "  - match: {ecosystem: [\"dockerfile\"]} # kept: renovate.json:1 packageRules[1]\n    ignore: false"}, []string{"labels"}},
		// Shape of a public config: a rule for one kind of file must not be about others.
		{`{"packageRules": [{"matchDatasources": ["docker"], "labels": ["images"]}]}`, []string{images}, nil},
		{`{"packageRules": [{"matchManagers": ["custom.regex"], "matchDatasources": ["docker"], "pinDigests": false}]}`, []string{"kinds of files that are not read here"}, []string{"digests: refresh"}},
		{`{"packageRules": [{"matchManagers": ["dockerfile", "gomod"], "matchDatasources": ["docker"], "labels": ["x"]}]}`, []string{`ecosystem: ["dockerfile"]}`}, nil},
		{`{"packageRules": [{"matchDatasources": ["pypi"], "labels": ["py"]}, {"matchCategories": ["python"], "automerge": true}]}`, []string{`{ecosystem: ["requirements", "pyproject"]}`}, nil},
		{`{"packageRules": [{"matchPackageNames": ["a"], "matchDepNames": ["b"], "labels": ["x"]}]}`, []string{"two lists cannot both hold"}, []string{"labels:"}},
		{`{"packageRules": [{"extends": ["monorepo:opentelemetry-go"], "groupName": "otel"}, {"extends": ["schedule:weekly", ":label(x)"], "matchPackageNames": ["b"]}]}`, []string{"a preset of a rule may say what the rule is about", `schedule: "0 0 * * 1"`, `labels: ["x"]`}, []string{"otel: {"}},
		{`{"dockerfile": {"automerge": false, "packageRules": [{"matchUpdateTypes": ["minor", "patch"], "labels": ["image"]}]}}`, []string{`  - match: {ecosystem: ["dockerfile"]} # kept: renovate.json:1 dockerfile.packageRules[0]`}, nil},
		{`{"packageRules": [{"matchManagers": ["gomod"], "matchDepTypes": ["indirect"], "enabled": true}, {"matchManagers": ["pip-compile"], "matchDepTypes": ["indirect"], "enabled": true}]}`, []string{`match: {ecosystem: ["gomod"]}`, "indirect: true", "packageRules[1]: what a file names is read"}, nil},
		// Shape of a public config: names and files that are left out.
		{`{"packageRules": [{"matchPackageNames": ["k8s.io/**", "!k8s.io/klog"], "matchFileNames": ["!operator/go.mod"], "groupName": "k8s"}]}`, []string{`name: ["k8s.io/**", "!k8s.io/klog"], file: ["!operator/go.mod"]`}, nil},
		{`{"packageRules": [{"matchPackagePatterns": ["*"], "excludePackagePatterns": ["^aws"], "labels": ["x"]}]}`, []string{`name: ["*", "!/^aws/"]`}, nil},
		{`{"packageRules": [{"matchPackageNames": ["!/^k8s\\.io/i"], "labels": ["x"]}, {"matchPackageNames": ["/^(?!foo)/"], "labels": ["y"]}]}`, []string{`name: ["!/(?i)^k8s\\.io/"]`, "packageRules[1]: match.name[0] error parsing regexp"}, []string{`"y"`}},
		{`{"includePaths": ["services/**", "go.mod"], "ignorePaths": ["/examples/", "docker-compose.yml", "**/test/**"]}`, []string{`match: {file: ["!services/**", "!go.mod"]}`, `ignore: ["**/examples", "**/docker-compose.yml", "**/test/**"]`}, nil},
		// Shape of a public config: the last group counts in Renovate.
		{`{"packageRules": [{"matchPackageNames": ["*"], "groupName": "all"}, {"matchPackageNames": ["aws*"], "groupName": "aws"}]}`, []string{"groups:\n  aws: {match: {name: [\"aws*\"]}} # kept: renovate.json:1 packageRules[1]\n  all: {"}, nil},
		{`{"packageRules": [{"matchManagers": ["pip-compile"], "groupName": "{{packageFileDir}}"}, {"matchManagers": ["gomod"], "groupName": "{{{depName}}}"}, {"matchManagers": ["helmv3"], "groupName": "x {{foo}}"}]}`, []string{"group: directory", "group: dependency", "packageRules[2].groupName: the name of a group is fixed"}, []string{"groups:"}},
		{`{"packageRules": [{"matchManagers": ["gomod"], "groupName": "go"}, {"matchPackageNames": ["a"], "groupName": null}]}`, []string{"packageRules[1].groupName: what is in a group does not leave it"}, []string{"group: "}},
		// Shape of a public config: types of dependencies that are kinds of files.
		{`{"packageRules": [{"matchDepTypes": ["action"], "labels": ["ci"]}, {"matchManagers": ["gomod"], "matchDepTypes": ["require", "indirect"], "labels": ["go"]}, {"matchCategories": ["ci"], "automerge": true}]}`, []string{`{ecosystem: ["actions"]}`, `{ecosystem: ["gomod"]}`, `{ecosystem: ["gitlabci", "actions"]}`}, nil},
		{`{"ignorePaths": ["**/tests/!(e2e)/**", "old/**"], "packageRules": [{"matchFileNames": ["**/!(a)/Dockerfile"], "labels": ["x"]}]}`, []string{`ignore: ["old/**"]`, "ignorePaths[0]: an extended glob", "packageRules[0]: an extended glob"}, []string{`"x"`}},
		{`{"gomod": {"minimumReleaseAge": "3 days", "stabilityDays": 4, "labels": ["a"], "addLabels": ["b"]}}`, []string{"cooldown: {packages: 4d}", `labels: ["a", "b"]`}, nil},
		{`{"schedule": ["on the first monday of the month"], "packageRules": [{"matchManagers": ["gomod"], "schedule": ["before 5am on the last day of the month"]}]}`, []string{"renovate.json:1 schedule: a cron expression cannot name such a day", "packageRules[0].schedule: a cron expression cannot name such a day"}, []string{"schedule: \"0"}},
		{`{"rebaseStalePrs": true, "schedule": ["at 3pm on sunday"]}`, []string{`schedule: "0 15 * * 0"`}, nil},
		{`{"packageRules": [{"matchUpdateTypes": ["patch"], "labels": ["type/patch"]}, {"matchDatasources": ["docker"], "addLabels": ["image"]}]}`, []string{`labels: ["type/patch", "image"]`}, nil},
		// Shape of a public config: keys of the whole file.
		{`{"prConcurrentLimit": 5, "branchConcurrentLimit": 0}`, []string{"limit: 5", "branchConcurrentLimit: the lower limit counts"}, []string{"limit: 1000"}},
		{`{"labels": ["deps"], "extends": [":label(renovate)"], "addLabels": ["bot"], "packageRules": [{"matchManagers": ["gomod"], "addLabels": ["go"]}]}`, []string{`labels: ["deps", "bot"] #`, `    labels: ["deps", "bot", "go"]`}, []string{"renovate\"]"}},
		{`{"semanticCommits": "enabled", "semanticCommitType": "fix", "packageRules": [{"matchManagers": ["gomod"], "semanticCommitScope": "go"}, {"matchManagers": ["dockerfile"], "semanticCommitType": "build", "semanticCommitScope": null}]}`, []string{`commit_prefix: "fix(deps)"`, `    commit_prefix: "fix(go)"`, `    commit_prefix: "build"`}, nil},
		{`{"semanticCommitType": "chore", "semanticCommitScope": "deps", "extends": [":semanticCommitTypeAll(chore)"]}`, []string{"commit_style: conventional"}, []string{"commit_prefix"}},
		{`{"platformAutomerge": false, "prCreation": "not-pending", "rebaseWhen": "never", "ignoreUnstable": false, "recreateWhen": "always"}`, []string{"Not possible here:\n#   renovate.json:1 platformAutomerge"}, []string{"without being told"}},
		{`{"reviewers": ["team:acme/infra", "team:ops", "a_b", "@ada"], "assignees": ["x y"]}`, []string{`reviewers: ["acme/infra", "ada"]`, "reviewers team:ops: a team is written with its organization", "assignees: none of them can be asked"}, []string{", \"a_b\""}},
		{`{"packageRules": [{"matchPackageNames": ["go.yaml.in/yaml/v4"], "allowedVersions": "<4.0.0-rc.4", "labels": ["x"]}], "timezone": "Mars/Olympus"}`, []string{"packageRules[0] versions:", "timezone:", `labels: ["x"]`}, []string{"    versions:"}},
		{`{"schedule": ["after 10pm every weekday", "before 5am every weekday", "every weekend"], "pip_setup": {"enabled": true}, "npm": {"fileMatch": ["x"]}, "commitBodyTable": true}`, []string{`schedule: "0 22 * * 1-5"`, "schedule[2]: one time is kept", "pip_setup: these files are not read here"}, []string{"schedule[1]:"}},
		{`{"extends": ["docker:disable", "helpers:pinGitHubActionDigests", "customManagers:makefileVersions", ":disableRateLimiting"]}`, []string{images + "} # kept", `["actions"]}`, `annotated: ["**/Makefile"`, "limit: 1000"}, []string{"ecosystems:"}},
		{"{\"description\": \"\\ud83e\\udd16 bot\", \"ignorePaths\": ['a\\.b', \"c\\/d\"], \"labels\": [\"\\ud83e\\udd16\"]}", []string{`ignore: ["**/a.b", "**/c/d"]`, `labels: ["🤖"]`}, nil},
	} {
		check(t, "renovate.json", c.text, 0, c.want...)
		absent(t, "renovate.json", c.text, c.not)
	}
}

// TestDependabotVersion1 imports .dependabot/config.yml, which Dependabot read before
// it was part of GitHub.
func TestDependabotVersion1(t *testing.T) {
	const begin = "version: 1\nupdate_configs:\n"
	for _, c := range []struct {
		text    string
		unknown int
		want    []string
		not     []string
	}{
		{begin + "- {package_manager: 'go:modules', directory: /, update_schedule: weekly, default_labels: [deps], default_reviewers: [ada], target_branch: dev}\n- {package_manager: javascript, directory: /web, update_schedule: live}\n", 0,
			[]string{`ecosystems: ["gomod"]`, `schedule: "0 5 * * 1"`, `labels: ["deps"] # kept: .dependabot/config.yml:3 update_configs[0].default_labels`, `reviewers: ["ada"]`, `branches: ["dev"]`, "javascript is not read here"}, nil},
		{begin + "- package_manager: python\n  directory: /api\n  update_schedule: live\n  default_milestone: 3\n  version_requirement_updates: auto\n  commit_message: {prefix: build, prefix_development: dev, include_scope: true}\n", 0,
			[]string{`ecosystems: ["requirements", "pyproject"]`, "update_schedule: releases are not followed one by one", "default_milestone: milestones are not set", `commit_prefix: "build(deps)"`, `file: ["!api/**"]`}, []string{"\nschedule:"}},
		{begin + "- package_manager: docker\n  directory: /\n  update_schedule: daily\n  ignored_updates: [{match: {dependency_name: redis}}, {match: {dependency_name: node, version_requirement: '>= 20'}}, {match: {dependency_name: x, version_requirement: '>1, <3'}}]\n  automerged_updates: [{match: {dependency_name: nginx, update_type: 'semver:patch'}}, {match: {dependency_type: development}}, {match: {update_type: 'security:patch'}}]\n", 0,
			[]string{`name: ["redis"]`, "ignore: true", `versions: "<20"`, "ignored_updates[2]: these versions", `name: ["nginx"]`, "automerge: true", "automerged_updates[1]: requirements for development", "automerged_updates[2]: security fixes"}, nil},
		{begin + "- {package_manager: docker, directory: /, update_schedule: monthly, allowed_updates: [{match: {update_type: security}}], surprise: 1}\n", 1, []string{"mode: security", `schedule: "0 5 1 * *"`, "surprise"}, nil},
		{begin + "- {package_manager: docker, directory: /, update_schedule: monthly, allowed_updates: [{match: {dependency_type: direct, update_type: security}}, {match: {mood: x}}]}\n", 0, []string{"allowed_updates[0]: what is left alone", "allowed_updates[1]: it matches by mood"}, []string{"mode: security"}},
	} {
		check(t, ".dependabot/config.yml", c.text, c.unknown, c.want...)
		absent(t, ".dependabot/config.yml", c.text, c.not)
	}
}

// absent wants none of some texts in what comes of a file.
func absent(t *testing.T, name, text string, not []string) {
	t.Helper()
	r, err := Import(name, []byte(text), known)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range not {
		if strings.Contains(string(r.YAML), one) {
			t.Errorf("%s: %q is in\n%s", text, one, r.YAML)
		}
	}
}

// TestPublicDependabot has the shapes of public configurations that were once
// translated into something else than they say.
func TestPublicDependabot(t *testing.T) {
	const begin = "version: 2\nupdates:\n"
	for _, c := range []struct {
		text string
		want []string
		not  []string
	}{
		// Shape of a public config: only the folders that are named.
		{begin + "- {package-ecosystem: docker, directory: /images, schedule: {interval: weekly}}\n- {package-ecosystem: gomod, directory: /, schedule: {interval: weekly}}\n- {package-ecosystem: gomod, directory: /tools, schedule: {interval: weekly}}\n", []string{`match: {ecosystem: ["dockerfile", "kubernetes", "helm"], file: ["!images/**"]}`}, []string{"tools"}},
		{begin + "- {package-ecosystem: gomod, directory: /, schedule: {interval: weekly}, groups: {all: {patterns: ['*']}}}\n- {package-ecosystem: gomod, directory: /tools, schedule: {interval: monthly}, labels: [t], groups: {all: {patterns: ['*']}}}\n- {package-ecosystem: gomod, directory: /tools/a, schedule: {interval: weekly}}\n", []string{`all: {match: {ecosystem: gomod, file: ["!tools/**", "!tools/a/**"]}}`, `all-2: {match: {ecosystem: gomod, file: ["tools/**", "!tools/a/**"]}}`}, nil},
		{begin + "- {package-ecosystem: docker, directories: ['**/*'], schedule: {interval: weekly}}\n", nil, []string{"file:"}},
		{begin + "- {package-ecosystem: gomod, directory: /, schedule: {interval: weekly}, exclude-paths: [/old/**]}\n- {package-ecosystem: pip, directory: /, schedule: {interval: daily}}\n", []string{`match: {ecosystem: gomod, file: ["old/**"]}`, `    schedule: "0 5 * * 1-5"`}, []string{`ignore: ["old`}},
		// Shape of a public config: groups.
		{begin + "- package-ecosystem: pip\n  directory: /\n  schedule: {interval: weekly}\n  groups:\n    dev: {dependency-type: development}\n    rest: {patterns: ['*'], exclude-patterns: ['boto*', aws]}\n", []string{`name: ["*", "!boto*", "!aws"]`, "groups.dev.dependency-type: requirements for development"}, []string{"dev: {match"}},
		// Shape of a public config: what is allowed, cooldown, texts.
		{begin + "- package-ecosystem: pip\n  directory: /\n  schedule: {interval: weekly}\n  allow: [{dependency-name: django}, {dependency-name: 'acme-*', dependency-type: direct}]\n", []string{`name: ["!django", "!acme-*"]`, "ignore: true"}, nil},
		{begin + "- package-ecosystem: pip\n  directory: /\n  schedule: {interval: weekly}\n  allow: [{dependency-name: django}, {dependency-type: direct}]\n", nil, []string{"ignore: true"}},
		{begin + "- package-ecosystem: gomod\n  directory: /\n  schedule: {interval: weekly}\n  cooldown: {default-days: 7, semver-major-days: 60, semver-patch-days: 3, include: ['*']}\n", []string{"cooldown: {packages: 3d}"}, []string{"Not possible"}},
		{begin + "- package-ecosystem: gomod\n  directory: /\n  schedule: {interval: weekly}\n  commit-message: {prefix: 'build:', include: scope}\n  multi-ecosystem-group: all\n  patterns: ['*']\n  pull-request-title: {x: y}\n", []string{`commit_prefix: "build(deps):"`, "multi-ecosystem-group: write one group"}, nil},
		{begin + "- package-ecosystem: gomod\n  directory: /\n  schedule: {interval: weekly, timezone: Nowhere/Land}\n  reviewers: ['a b']\n  commit-message: {prefix: ''}\n", []string{"schedule.timezone:"}, []string{"commit_prefix", "reviewers: ["}},
	} {
		check(t, ".github/dependabot.yml", c.text, 0, c.want...)
		absent(t, ".github/dependabot.yml", c.text, c.not)
	}
}

// TestBroken wants the line of what cannot be read.
func TestBroken(t *testing.T) {
	for name, text := range map[string]string{
		"renovate.json": "{\n \"a\": \"x\n}", "renovate.json5": "{ /* x", ".github/dependabot.yml": "version: 2\nupdates:\n - a: [\n", ".renovaterc": "[]", "package.json": "{}", ".github/dependabot.yaml": "",
	} {
		if _, err := Import(name, []byte(text), known); err == nil || !strings.HasPrefix(err.Error(), name+":") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Import("renovate.json", make([]byte, (1<<20)+1), known); err == nil {
		t.Error("a large file is read")
	}
}

// TestSchedules turns words into cron expressions.
func TestSchedules(t *testing.T) {
	for text, want := range map[string]string{
		"before 5am": "0 0 * * *", "after 10pm": "0 22 * * *", "every weekend": "0 0 * * 6,0", "after 9pm on sunday": "0 21 * * 0", "before 4am on the first day of the month": "0 0 1 * *",
		"on monday and thursday": "0 0 * * 1,4", "* 0-3 * * 1": "0 0 * * 1", "* * 1 * *": "0 0 1 * *", "every 3 months on the first day of the month": "0 0 1 */3 *", "at any time": "",
		"after 8:00am and before 5pm every weekday": "0 8 * * 1-5", "* 22-23,0-4 * * *": "0 22 * * *",
		"on the first day of the month": "0 0 1 * *", "before 5am on the first day of the month": "0 0 1 * *", "every 6 months on the first day of the month": "0 0 1 */6 *", "quarterly": "0 0 1 */3 *",
	} {
		if got, ok := cronOf(text); !ok || got != want {
			t.Errorf("%s: %q %v, want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "whenever", "soon",
		// Each of these was read as every Monday, every day or every third month.
		"on the first monday of the month", "before 5am on the first and third monday", "on the last monday of the month", "before 5am on the last day of the month",
		"every month on monday", "every 2 weeks on monday", "before 5am on the 15th day of the month", "before 5am in january", "every month on the 15th",
	} {
		if got, ok := cronOf(text); ok {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

// TestManagers compares what the tables say of Renovate's managers with what the
// ecosystems say of themselves.
func TestManagers(t *testing.T) {
	m := &migration{known: known}
	for _, name := range otherManagers {
		if kinds := m.managers(name); len(kinds) > 0 {
			t.Errorf("otherManagers has %s, which %s reads", name, kinds)
		}
	}
	for name := range unsupportedKeys {
		if kinds := m.managers(name); len(kinds) > 0 {
			t.Errorf("unsupportedKeys has %s, which %s reads", name, kinds)
		}
	}
	for name, p := range presets {
		if p.of != "" && p.of != "*" && len(m.managers(p.of)) == 0 {
			t.Errorf("the preset %s is about %s, which no ecosystem is called by", name, p.of)
		}
	}
	for _, types := range [][]string{{"action"}, {"require"}} {
		if p := (packageRule{}); !m.depTypes(&p, types) || len(p.kinds) == 0 {
			t.Errorf("the type %s of dependencies means no ecosystem", types)
		}
	}
}

// TestFind looks where the bots look.
func TestFind(t *testing.T) {
	for want, repo := range map[string]fstest.MapFS{
		"":                       {"package.json": {Data: []byte("{}")}},
		"package.json":           {"package.json": {Data: []byte(`{"renovate": {}}`)}},
		".github/dependabot.yml": {".github/dependabot.yml": {}, "package.json": {Data: []byte("{}")}},
		"renovate.json":          {".github/dependabot.yml": {}, "renovate.json": {}},
		".dependabot/config.yml": {".dependabot/config.yml": {}},
	} {
		if got := Find(repo); got != want {
			t.Errorf("found %q, want %q", got, want)
		}
	}
}

// FuzzImport wants what is imported to be read by Freshpin, whatever it was.
func FuzzImport(f *testing.F) {
	f.Add(uint8(0), `{"extends": ["config:base", ":label(a, b)"], "packageRules": [{"matchPackageNames": ["a'\"b"], "groupName": "x y", "enabled": false}], "schedule": "before 5am"}`)
	f.Add(uint8(9), "updates:\n- {package-ecosystem: docker, directory: /, labels: [\"a\\nb\"], ignore: [{dependency-name: x, versions: ['>1']}], groups: {\"a b\": {patterns: ['*']}}}")
	f.Add(uint8(1), "{a: 'it\\'s', // x\n b: [1,],}")
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		r, err := Import(files[int(which)%len(files)], []byte(text), known)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%q", err)
			}
			return
		}
		if _, errs := config.Parse(config.Name, r.YAML, known); len(errs) > 0 {
			t.Errorf("%v in\n%s", errs, r.YAML)
		}
	})
}

// TestMajorsOff: what holds a MAJOR alone writes no rule that would hold a MINOR where the settings are widened.
func TestMajorsOff(t *testing.T) {
	for bands, want := range map[string]bool{`["major"]`: false, `["minor"]`: true, `["major", "minor"]`: true} {
		r, err := Import("renovate.json", []byte(`{"packageRules": [{"matchUpdateTypes": `+bands+`, "enabled": false}]}`), known)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(r.YAML), "allow: patch"); got != want {
			t.Errorf("%s: allow: patch is written: %v, want %v:\n%s", bands, got, want, r.YAML)
		}
	}
}
