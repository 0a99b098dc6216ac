package config

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/config/value"
)

// shortName is an accepted alternative to Name.
const shortName = ".freshpin.yml"

// IsName reports whether base is the name of a repository's settings file.
func IsName(base string) bool { return base == Name || base == shortName }

// lookalikes are wrong names that people use for the settings file, which is not
// read from them. The operator's file may be named freshpin.yaml.
var lookalikes = []string{
	"freshpin.yaml", "freshpin.yml", ".freshpin.json", ".freshpinrc", ".github/.freshpin.yaml", ".github/.freshpin.yml", ".github/freshpin.yaml", ".github/freshpin.yml",
}

// Misplaced returns one sentence for each file at the root that looks like a
// settings file but is not read.
func (t *Tree) Misplaced() (list []string) {
	there := func(name string) bool {
		info, err := fs.Stat(t.repo, name)
		return err == nil && info.Mode().IsRegular()
	}
	for _, name := range lookalikes {
		// The operator's file may lie in the same folder, and is called freshpin.yaml in the docs.
		if there(name) && !t.operators(name) {
			list = append(list, fmt.Sprintf("%s is not read: the settings of a repository are in %s at its top, or in the folder that they are for", name, Name))
		}
	}
	if there(Name) && there(shortName) {
		list = append(list, fmt.Sprintf("%s is not read, because %s is there too", shortName, Name))
	}
	return list
}

// operators reports whether a file is the operator's file.
func (t *Tree) operators(name string) bool {
	return t.over.Operator != nil && t.over.Operator.file != "" && path.Base(strings.ReplaceAll(t.over.Operator.file, `\`, "/")) == path.Base(name)
}

// foreign maps other bots to top-level keys of their settings.
var foreign = map[string][]string{
	"Renovate": {
		"$schema", "extends", "packageRules", "enabledManagers", "baseBranches", "baseBranchPatterns", "automergeType", "minimumReleaseAge", "prConcurrentLimit",
		"prHourlyLimit", "rangeStrategy", "regexManagers", "customManagers", "semanticCommits", "commitMessagePrefix", "ignorePaths", "ignoreDeps", "dependencyDashboard",
		"lockFileMaintenance", "vulnerabilityAlerts", "rebaseWhen", "branchPrefix", "onboarding", "hostRules", "includePaths", "pinDigests", "separateMajorMinor", "stabilityDays",
	},
	"Dependabot": {"updates", "package-ecosystem", "open-pull-requests-limit", "target-branch", "commit-message", "enable-beta-ecosystems", "registries", "versioning-strategy", "multi-ecosystem-groups"},
}

// foreigner returns the bot that a key belongs to; "" for none.
func foreigner(key string) string {
	for _, bot := range []string{"Renovate", "Dependabot"} {
		if slices.Contains(foreign[bot], key) {
			return bot
		}
	}
	return ""
}

// login matches the login of a GitHub user, or a team of an organisation.
var login = lazyregexp.New(`^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?(?:/[A-Za-z0-9._-]{1,100})?$`)

// checkPeople returns errors for reviewers and assignees that are not valid logins.
func checkPeople(name string, f *File) (errs []error) {
	check := func(at string, c Choice) {
		for _, list := range []struct {
			key   string
			words []string
			teams bool
		}{{"reviewers", c.Reviewers, true}, {"assignees", c.Assignees, false}} {
			for n, w := range list.words {
				if login.MatchString(w) && (list.teams || !strings.Contains(w, "/")) {
					continue
				}
				hint := "such as ada"
				if list.teams {
					hint = "such as ada, or acme/platform for a team"
				}
				key := join(at, fmt.Sprintf("%s[%d]", list.key, n))
				errs = append(errs, &Error{name, f.lines[key], fmt.Sprintf("%s %s is no login", list.key, value.Quote(w)), hint})
			}
		}
	}
	check("", f.Choice)
	for n, r := range f.Rules {
		check(fmt.Sprintf("rules[%d]", n), r.Choice)
	}
	return errs
}
