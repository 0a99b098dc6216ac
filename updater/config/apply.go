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
		Trust:    policy.TrustDigest,
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

// without removes the origins of a key that lower layers have set.
func without(why []string, key string) []string {
	return slices.DeleteFunc(slices.Clone(why), func(s string) bool { return strings.HasPrefix(s, key+": ") })
}

// apply overrides a policy with a choice and records the origin of each setting.
func (c Choice) apply(p *policy.Policy, l layer) {
	note := func(key, text string) { p.Why = append(without(p.Why, key), l.where(key, text)) }
	if c.Allow != nil {
		p.Allow = level(*c.Allow)
		note("allow", string(*c.Allow))
	}
	if c.Line != nil {
		p.Line = map[value.Line]policy.Line{"auto": policy.LineAuto, "minor": policy.LineMinor, "major": policy.LineMajor, "any": policy.LineAny}[*c.Line]
		note("line", string(*c.Line))
	}
	if c.Digests != nil {
		p.Digests = map[value.Digests]policy.Digests{"pin": policy.DigestsPin, "refresh": policy.DigestsRefresh, "ignore": policy.DigestsIgnore}[*c.Digests]
		note("digests", string(*c.Digests))
	}
	if c.Rebuilds != nil {
		p.Worth = map[value.Rebuilds]policy.RebuildFilter{"any": policy.RebuildAny, "packages": policy.RebuildPackages, "security": policy.RebuildSecurity}[*c.Rebuilds]
		note("rebuilds", string(*c.Rebuilds))
	}
	if c.Cooldown != nil {
		c.Cooldown.apply(p, note)
	}
	if c.Downloads != nil {
		c.Downloads.apply(p, note)
	}
	if c.Python != nil {
		p.Python = string(*c.Python)
		note("python", p.Python)
	}
	if c.Mode != nil {
		p.Security = *c.Mode == "security"
		note("mode", string(*c.Mode))
	}
	if c.Lines != nil {
		p.Living = *c.Lines == "propose"
		note("lines", string(*c.Lines))
	}
	c.propose(&p.Proposal, note)
	for _, b := range []struct {
		key  string
		from *bool
		to   *bool
	}{{"base", c.Base, &p.Base}, {"pin", c.Pin, &p.Pin}, {"indirect", c.Indirect, &p.Indirect}, {"automerge", c.Automerge, &p.Proposal.Automerge}} {
		if b.from != nil {
			*b.to = *b.from
			note(b.key, fmt.Sprint(*b.from))
		}
	}
}

func (d Downloads) apply(p *policy.Policy, note func(key, text string)) {
	if d.Trust != nil {
		p.Trust = map[value.Trust]policy.Trust{"signed": policy.TrustSigned, "listed": policy.TrustListed, "digest": policy.TrustDigest, "compute": policy.TrustCompute}[*d.Trust]
		note("downloads.trust", string(*d.Trust))
	}
	if d.Keys != nil {
		p.Keys = nil
		for _, k := range d.Keys {
			p.Keys = append(p.Keys, string(k))
		}
		note("downloads.keys", strings.Join(p.Keys, ", "))
	}
}

// propose overrides a proposal with the settings for pull requests of a choice.
func (c Choice) propose(p *policy.Proposal, note func(key, text string)) {
	if c.Group != nil {
		p.Group = map[value.Group]policy.Group{
			"repository": policy.ByRepository, "ecosystem": policy.ByEcosystem, "directory": policy.ByDirectory, "dependency": policy.ByDependency,
		}[*c.Group]
		note("group", string(*c.Group))
	}
	if c.CommitStyle != nil {
		p.Style = ""
		if *c.CommitStyle != "auto" {
			p.Style = string(*c.CommitStyle)
		}
		note("commit_style", string(*c.CommitStyle))
	}
	if c.Labels != nil {
		p.Labels = c.Labels
		note("labels", strings.Join(c.Labels, ", "))
	}
	if c.Prefix != nil {
		p.Prefix = string(*c.Prefix)
		note("commit_prefix", p.Prefix)
	}
	if c.Assignees != nil {
		p.Assignees = c.Assignees
		note("assignees", strings.Join(c.Assignees, ", "))
	}
	if c.Reviewers != nil {
		p.Reviewers = c.Reviewers
		note("reviewers", strings.Join(c.Reviewers, ", "))
	}
}

func (c Cooldown) apply(p *policy.Policy, note func(key, text string)) {
	if c.Packages != nil {
		p.Packages = time.Duration(*c.Packages)
		note("cooldown.packages", value.Human(p.Packages))
	}
	if c.Digests != nil {
		p.Rebuilds = time.Duration(*c.Digests)
		note("cooldown.digests", value.Human(p.Rebuilds))
	}
}

func level(a value.Allow) version.Level {
	return map[value.Allow]version.Level{"patch": version.Patch, "minor": version.Minor, "major": version.Major}[a]
}

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
		return slices.ContainsFunc(names, p.Named) || p.Expr == nil && (value.Pattern{Text: d.kind.Spelled(p.Text)}).Named(d.Package.Name)
	})
}

// apply overrides a policy with a file: first its choice, then its rules in order.
func (f *File) apply(p *policy.Policy, d subject, file string, now time.Time) {
	relative := strings.TrimPrefix(strings.TrimPrefix(file, path.Dir(f.name)), "/")
	if path.Dir(f.name) == "." {
		relative = file
	}
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
	if r.Schedule != nil {
		p.Proposal.Schedule = string(*r.Schedule)
		p.Why = append(without(p.Why, "schedule"), l.where("schedule", p.Proposal.Schedule))
	}
	if r.Versions != nil {
		p.Versions = policy.Versions(*r.Versions)
		p.Why = append(without(p.Why, "versions"), l.where("versions", p.Versions.String()))
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
	case now.Before(time.Time(*r.Until).AddDate(0, 0, 1)):
		p.Ignore = l.where("ignore", "until "+time.Time(*r.Until).Format(time.DateOnly))
	}
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
	p.Why = append(without(p.Why, "verify"), l.where("verify", text))
}
