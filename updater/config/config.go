// Package config reads the two kinds of settings: .freshpin.yaml, which the
// maintainers of a repository write, and the operator's file, with everything that
// a repository must not decide. It computes a policy for each dependency, and
// reports mistakes with file, line and a hint.
//
// It does not decide about versions (package policy does) and uses no network.
package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/freshpin/freshpin/updater/config/value"
)

// Name is the name of a repository's settings file. For each file, the nearest one in the folders above applies.
const Name = ".freshpin.yaml"

// An Error is one mistake in a settings file.
type Error struct {
	File string
	Line int    // counted from 1
	Text string // the mistake, in one sentence
	Hint string // how to correct it; "" for none
}

// Error returns "FILE:LINE: TEXT".
func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text) }

// A Choice holds the settings for dependencies. A nil field is not set.
type Choice struct {
	Allow       *value.Allow       `yaml:"allow" json:"allow,omitempty" jsonschema:"description=how far an update may move a pin"`
	Line        *value.Line        `yaml:"line" json:"line,omitempty" jsonschema:"description=what counts as the same line; auto reads it off the project's releases"`
	Base        *bool              `yaml:"base" json:"base,omitempty" jsonschema:"description=also propose a newer base system of an image"`
	Digests     *value.Digests     `yaml:"digests" json:"digests,omitempty" jsonschema:"description=what is done with the digests of images"`
	Rebuilds    *value.Rebuilds    `yaml:"rebuilds" json:"rebuilds,omitempty" jsonschema:"description=which rebuilt digests are worth a pull request"`
	Cooldown    *Cooldown          `yaml:"cooldown" json:"cooldown,omitempty" jsonschema:"description=how long something new has to wait"`
	Downloads   *Downloads         `yaml:"downloads" json:"downloads,omitempty" jsonschema:"description=how downloads in Dockerfiles are treated"`
	Group       *value.Group       `yaml:"group" json:"group,omitempty" jsonschema:"description=what shares a pull request"`
	Automerge   *bool              `yaml:"automerge" json:"automerge,omitempty" jsonschema:"description=merge what is within allow when its checks pass"`
	Lines       *value.DeadLines   `yaml:"lines" json:"lines,omitempty" jsonschema:"description=what is done about a release line that gets no fixes any more; propose opens a draft pull request to the nearest one that lives, at most once a month"`
	Labels      []string           `yaml:"labels" json:"labels,omitempty" jsonschema:"description=labels of the pull requests"`
	Reviewers   []string           `yaml:"reviewers" json:"reviewers,omitempty" jsonschema:"description=who is asked to review"`
	Assignees   []string           `yaml:"assignees" json:"assignees,omitempty" jsonschema:"description=who the pull requests are assigned to"`
	CommitStyle *value.CommitStyle `yaml:"commit_style" json:"commit_style,omitempty" jsonschema:"description=how commit messages begin"`
	Prefix      *value.Prefix      `yaml:"commit_prefix" json:"commit_prefix,omitempty" jsonschema:"description=what titles and commit messages begin with, instead of commit_style"`
	Mode        *value.Updates     `yaml:"mode" json:"mode,omitempty" jsonschema:"description=propose everything, or security fixes alone"`
	Python      *value.Python      `yaml:"python" json:"python,omitempty" jsonschema:"description=the Python that requirements must run on; inferred where it is not given"`
	Pin         *bool              `yaml:"pin" json:"pin,omitempty" jsonschema:"description=also pin what has no version"`
	Indirect    *bool              `yaml:"indirect" json:"indirect,omitempty" jsonschema:"description=also list and move indirect Go requirements"`
}

// Downloads holds the settings for downloads.
type Downloads struct {
	Trust *value.Trust    `yaml:"trust" json:"trust,omitempty" jsonschema:"description=where a checksum may come from: a list of the publisher; or also the host's digest of the file; or also one download of our own; or only a list that one of the keys has signed"`
	Keys  []value.KeyFile `yaml:"keys" json:"keys,omitempty" jsonschema:"description=files in the repository with the OpenPGP keys that lists of checksums are signed with"`
}

// A Cooldown is how long a new version or digest has to be public.
type Cooldown struct {
	Packages *value.Duration `yaml:"packages" json:"packages,omitempty" jsonschema:"description=for a new version"`
	Digests  *value.Duration `yaml:"digests" json:"digests,omitempty" jsonschema:"description=for a rebuilt image"`
}

// A Rule applies a choice to matching dependencies. Later rules win.
type Rule struct {
	Match    Match           `yaml:"match" json:"match" jsonschema:"required,description=all that is given has to match"`
	Ignore   *bool           `yaml:"ignore" json:"ignore,omitempty" jsonschema:"description=leave these dependencies alone"`
	Until    *value.Date     `yaml:"until" json:"until,omitempty" jsonschema:"description=the last day on which the rule ignores"`
	Schedule *value.Schedule `yaml:"schedule" json:"schedule,omitempty" jsonschema:"description=when the service looks for these"`
	Verify   *Verify         `yaml:"verify" json:"verify,omitempty" jsonschema:"description=the signature that an image must carry"`
	Versions *value.Versions `yaml:"versions" json:"versions,omitempty" jsonschema:"description=which versions may be proposed at all, such as <17"`
	Choice   `yaml:",inline"`
}

// A Match selects dependencies by globs or /regular expressions/; ! before one excludes.
type Match struct {
	Ecosystem value.Patterns `yaml:"ecosystem" json:"ecosystem,omitempty" jsonschema:"description=a kind of file: one of those of the key ecosystems"`
	Name      value.Patterns `yaml:"name" json:"name,omitempty" jsonschema:"description=as written or canonical; ! before a pattern excludes what it matches"`
	File      value.Patterns `yaml:"file" json:"file,omitempty" jsonschema:"description=relative to the folder of the settings; ! before a pattern excludes what it matches"`
	Service   value.Patterns `yaml:"service" json:"service,omitempty" jsonschema:"description=of the checklist: the service of a compose file or the stage of a Dockerfile"`
	Branch    value.Patterns `yaml:"branch" json:"branch,omitempty" jsonschema:"description=the base branch that the file is on: one of those that branches names"`
	Rule      value.Patterns `yaml:"rule" json:"rule,omitempty" jsonschema:"description=of the checklist: the rule"`
}

// A Check holds the settings of the checklist (freshpin check).
type Check struct {
	Level  *value.CheckLevel `yaml:"level" json:"level,omitempty" jsonschema:"description=list nothing that matters less"`
	Strict *bool             `yaml:"strict" json:"strict,omitempty" jsonschema:"description=also run the strict rules"`
	Ignore []string          `yaml:"ignore" json:"ignore,omitempty" jsonschema:"description=rules that are not looked at"`
	Fix    *bool             `yaml:"fix" json:"fix,omitempty" jsonschema:"description=open one pull request with the safe fixes"`
}

// A Verify is the signature that an image must have.
type Verify struct {
	Cosign  *Cosign  `yaml:"cosign" json:"cosign,omitempty"`
	Keyless *Keyless `yaml:"keyless" json:"keyless,omitempty"`
}

// Cosign is a signature by a key in the repository.
type Cosign struct {
	Key string `yaml:"key" json:"key" jsonschema:"description=the file of the public key"`
}

// Keyless is a signature by an identity, without a key.
type Keyless struct {
	Issuer   string `yaml:"issuer" json:"issuer"`
	Identity string `yaml:"identity" json:"identity"`
}

// A File is one .freshpin.yaml.
type File struct {
	Choice    `yaml:",inline"`
	Schedule  *value.Schedule  `yaml:"schedule" json:"schedule,omitempty" jsonschema:"description=when the service looks: a cron expression"`
	Timezone  *value.Zone      `yaml:"timezone" json:"timezone,omitempty" jsonschema:"description=of the schedule: a name of the IANA database"`
	Limit     *value.Count     `yaml:"limit" json:"limit,omitempty" jsonschema:"description=how many pull requests may be open"`
	Dashboard *value.Dashboard `yaml:"dashboard" json:"dashboard,omitempty" jsonschema:"description=whether an issue shows the state of everything"`
	Branches  []Branch         `yaml:"branches" json:"branches,omitempty" jsonschema:"description=the base branches: names or globs or /regular expressions/ or $default for the default branch; each has its own pull requests and the settings of the default branch count for all; only the default branch where it is not given"`
	Rules     []Rule           `yaml:"rules" json:"rules,omitempty"`
	Groups    Groups           `yaml:"groups" json:"groups,omitempty" jsonschema:"description=updates that share a pull request, by name; the first that matches takes an update, before group"`
	Kinds     []value.Kind     `yaml:"ecosystems" json:"ecosystems,omitempty" jsonschema:"description=which kinds of files are read; all where it is not given"`
	Check     *Check           `yaml:"check" json:"check,omitempty" jsonschema:"description=what the checklist looks for"`
	Annotated []value.Glob     `yaml:"annotated" json:"annotated,omitempty" jsonschema:"description=text files whose comments # renovate: datasource=… name what the version below them is of"`
	Ignore    []value.Glob     `yaml:"ignore" json:"ignore,omitempty" jsonschema:"description=paths that are not read; besides vendor and third_party and node_modules"`

	name  string         // path in the repository
	lines map[string]int // line of each key: "allow", "rules[2].allow"
	used  map[int]bool   // rules that have matched at least once
}

// Closest returns the known word that is most similar to an unknown one, "" if none is similar.
func Closest(word string, known []string) string {
	best, distance := "", 1+len(word)/3
	for _, k := range slices.Sorted(slices.Values(known)) {
		// The words are sorted and ties keep the first, so that a hint is always the same.
		if d := levenshtein.Distance(strings.ToLower(word), k, nil); d <= distance && (best == "" || d < distance) {
			best, distance = k, d
		}
	}
	return best
}

// sortErrors sorts errors by line.
func sortErrors(list []error) {
	slices.SortStableFunc(list, func(a, b error) int {
		x, okX := a.(*Error)
		y, okY := b.(*Error)
		if !okX || !okY {
			return 0
		}
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
	})
}
