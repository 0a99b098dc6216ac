package config

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/config/value"
	"github.com/freshpin/freshpin/updater/policy"
)

// defaults returns the policy without any configuration.
func defaults() policy.Policy {
	return policy.Policy{
		Allow:    version.Patch,
		Digests:  policy.DigestsPin,
		Packages: 3 * 24 * time.Hour,
		Rebuilds: 24 * time.Hour,
		Trust:    policy.AcceptDigest,
	}
}

// A layer is one source of choices: a file, a rule or the operator.
type layer struct {
	name  string         // ".freshpin.yaml"
	lines map[string]int // of its keys; nil if unknown
	path  string         // prefix of its keys: "rules[2]"
}

// where returns the origin of a setting: "allow: .freshpin.yaml:7".
func (l layer) where(key, text string) string {
	if line := l.lines[join(l.path, key)]; line > 0 {
		return fmt.Sprintf("%s: %s by %s:%d", key, text, l.name, line)
	}
	return fmt.Sprintf("%s: %s by %s", key, text, l.name)
}

// apply overrides a policy with a choice and records the origin of each setting.
func (c Choice) apply(p *policy.Policy, l layer) {
	n := notes{p, l}
	set(n, "allow", c.Allow, func(v value.Allow) { p.Allow = levels[string(v)] })
	set(n, "line", c.Line, func(v value.Line) {
		p.Line = map[value.Line]policy.Line{"auto": policy.LineAuto, "minor": policy.LineMinor, "major": policy.LineMajor, "any": policy.LineAny}[v]
	})
	set(n, "digests", c.Digests, func(v value.Digests) {
		p.Digests = map[value.Digests]policy.Digests{"pin": policy.DigestsPin, "refresh": policy.DigestsRefresh, "ignore": policy.DigestsIgnore}[v]
	})
	set(n, "rebuilds", c.Rebuilds, func(v value.Rebuilds) {
		p.Worth = map[value.Rebuilds]policy.RebuildFilter{"any": policy.RebuildAny, "packages": policy.RebuildPackages, "security": policy.RebuildSecurity}[v]
	})
	if c.Cooldown != nil {
		set(n, "cooldown.packages", c.Cooldown.Packages, func(v value.Duration) { p.Packages = time.Duration(v) })
		set(n, "cooldown.digests", c.Cooldown.Digests, func(v value.Duration) { p.Rebuilds = time.Duration(v) })
	}
	if c.Downloads != nil {
		set(n, "downloads.trust", c.Downloads.Trust, func(v value.Trust) {
			p.Trust = map[value.Trust]policy.Accepted{"signed": policy.AcceptSigned, "listed": policy.AcceptListed, "digest": policy.AcceptDigest, "compute": policy.AcceptCompute}[v]
		})
		setList(n, "downloads.keys", c.Downloads.Keys, &p.Keys)
	}
	set(n, "python", c.Python, func(v value.Python) { p.Python = string(v) })
	set(n, "mode", c.Mode, func(v value.Updates) { p.Security = v == "security" })
	set(n, "lines", c.Lines, func(v value.DeadLines) { p.Living = v == "propose" })
	c.propose(&p.Proposal, n)
	set(n, "base", c.Base, func(v bool) { p.Base = v })
	set(n, "pin", c.Pin, func(v bool) { p.Pin = v })
	set(n, "indirect", c.Indirect, func(v bool) { p.Indirect = v })
	set(n, "automerge", c.Automerge, func(v bool) { p.Proposal.Automerge = v })
}

// propose overrides a proposal with the settings for pull requests of a choice.
func (c Choice) propose(p *policy.Proposal, n notes) {
	set(n, "group", c.Group, func(v value.Group) {
		p.Group = map[value.Group]policy.Group{
			"repository": policy.ByRepository, "ecosystem": policy.ByEcosystem, "directory": policy.ByDirectory, "dependency": policy.ByDependency,
		}[v]
	})
	set(n, "commit_style", c.CommitStyle, func(v value.CommitStyle) {
		if p.Style = string(v); v == "auto" {
			p.Style = "" // lifecycle reads the style off the repository's commits
		}
	})
	setList(n, "labels", c.Labels, &p.Labels)
	set(n, "commit_prefix", c.Prefix, func(v value.Prefix) { p.Prefix = string(v) })
	setList(n, "assignees", c.Assignees, &p.Assignees)
	setList(n, "reviewers", c.Reviewers, &p.Reviewers)
}

// notes records in a policy which layer made a setting.
type notes struct {
	p *policy.Policy
	l layer
}

// add replaces what lower layers have noted of a key, because only the last one counts.
func (n notes) add(key, text string) {
	n.p.Why = slices.DeleteFunc(slices.Clone(n.p.Why), func(s string) bool { return strings.HasPrefix(s, key+": ") })
	n.p.Why = append(n.p.Why, n.l.where(key, text))
}

// set makes and notes a setting, unless it is not given.
func set[T any](n notes, key string, given *T, to func(T)) {
	if given == nil {
		return
	}
	to(*given)
	text := fmt.Sprint(*given)
	if d, ok := any(*given).(value.Duration); ok {
		text = value.Human(time.Duration(d))
	}
	n.add(key, text)
}

// setList is set for a list, which an empty list overrides too.
func setList[T ~string](n notes, key string, given []T, to *[]string) {
	if given == nil {
		return
	}
	*to = nil
	for _, one := range given {
		*to = append(*to, string(one))
	}
	n.add(key, strings.Join(*to, ", "))
}

// levels are how far updates move, by their words in the settings.
var levels = map[string]version.Level{"digest": version.Digest, "patch": version.Patch, "minor": version.Minor, "major": version.Major}

// A subject is a dependency with its kind and the base branch.
type subject struct {
	ecosystems.Dependency
	kind     ecosystems.Kind
	branches []string // names of its base branch; none if unknown
}

// matches reports whether a rule applies to a dependency in a file. The path is
// relative to the folder of the settings.
func (m Match) matches(d subject, file string) bool {
	return !m.ofChecklist() && (m.Ecosystem == nil || m.Ecosystem.Matches(d.Ecosystem)) &&
		(m.Name == nil || m.named(d)) && (m.Branch == nil || m.Branch.Matches(d.branches...)) &&
		(m.File == nil || m.File.Matches(file))
}

// named compares with the name as written, with the canonical one, and with the
// short one of Docker Hub. It normalises names in the settings as the ecosystem
// does (PEP 503 allows any case and any run of "-_.").
func (m Match) named(d subject) bool {
	hub := strings.TrimPrefix(d.Package.Name, "docker.io/")
	names := []string{d.Name, d.Package.Name, hub, strings.TrimPrefix(hub, "library/")}
	return m.Name.Fit(func(p value.Pattern) bool {
		// A regular expression would be another one if it were spelled as a name.
		return slices.ContainsFunc(names, p.Named) || p.Expr == nil && (value.Pattern{Text: d.kind.Spelled(p.Text)}).Named(d.Package.Name)
	})
}

// relative returns a path of the repository as seen from the folder of the settings.
func (f *File) relative(file string) string {
	if dir := path.Dir(f.name); dir != "." {
		return strings.TrimPrefix(file, dir+"/")
	}
	return file
}

// apply overrides a policy with a file: first its choice, then its rules in order.
func (f *File) apply(p *policy.Policy, d subject, file string, now time.Time) {
	relative := f.relative(file)
	f.Choice.apply(p, layer{f.name, f.lines, ""})
	for n, r := range f.Rules {
		if !r.Match.matches(d, relative) {
			continue
		}
		f.used[n] = true
		r.apply(p, layer{f.name, f.lines, fmt.Sprintf("rules[%d]", n)}, now)
	}
	p.Proposal.Named = f.named(d, relative)
}

// apply overrides a policy with a matching rule.
func (r Rule) apply(p *policy.Policy, l layer, now time.Time) {
	r.Choice.apply(p, l)
	if r.Ignore != nil {
		r.ignore(p, l, now)
	}
	if r.Verify != nil {
		r.Verify.apply(p, l)
	}
	n := notes{p, l}
	set(n, "schedule", r.Schedule, func(v value.Schedule) { p.Proposal.Schedule = string(v) })
	if r.Versions != nil {
		p.Versions = policy.Versions(*r.Versions)
		n.add("versions", p.Versions.String())
	}
}

// ignore makes the policy ignore a dependency until the end of the last day (UTC).
// An expired rule has no effect.
func (r Rule) ignore(p *policy.Policy, l layer, now time.Time) {
	switch {
	case !*r.Ignore:
		p.Ignore = ""
	case r.Until == nil:
		p.Ignore = l.where("ignore", "true")
	case !r.expired(now):
		p.Ignore = l.where("ignore", "until "+time.Time(*r.Until).Format(time.DateOnly))
	}
}

// expired reports whether the last day (UTC) on which a rule ignores is over.
func (r Rule) expired(now time.Time) bool {
	return r.Until != nil && !now.Before(time.Time(*r.Until).AddDate(0, 0, 1))
}

// apply sets the required signature.
func (v Verify) apply(p *policy.Policy, l layer) {
	text := ""
	switch {
	case v.Cosign != nil:
		p.Verify = policy.Verify{Key: v.Cosign.Key}
		text = "the key " + v.Cosign.Key
	case v.Keyless != nil:
		p.Verify = policy.Verify{Issuer: v.Keyless.Issuer, Identity: v.Keyless.Identity}
		text = v.Keyless.Identity
	}
	notes{p, l}.add("verify", text)
}
