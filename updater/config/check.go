package config

import (
	"strings"

	"github.com/invopop/jsonschema"
)

// ecosystemWords are the kinds of files.
var ecosystemWords = []string{"compose", "dockerfile", "gomod", "requirements"}

func (m *Match) check(has func(string) bool) []problem {
	if !has("ecosystem") && !has("name") && !has("file") {
		return []problem{{"", "matches nothing in particular", "give it a name, a file or an ecosystem, or set it for the whole file"}}
	}
	for key, given := range map[string]Patterns{"ecosystem": m.Ecosystem, "name": m.Name, "file": m.File} {
		if has(key) && len(given) == 0 {
			return []problem{{key, "has an empty " + key, ""}}
		}
	}
	for _, p := range m.Ecosystem {
		if p.text != "" && (p.expr != nil || p.literal()) && !(Patterns{p}).matches(ecosystemWords...) {
			return []problem{{"ecosystem", quote(p.text) + " is not " + alternatives(ecosystemWords), suggest(p.text, ecosystemWords)}}
		}
	}
	return nil
}

// JSONSchemaExtend says that a match needs something to match.
func (Match) JSONSchemaExtend(s *jsonschema.Schema) { s.MinProperties = ptr(uint64(1)) }

func (r *Rule) check(has func(string) bool) []problem {
	var out []problem
	if !has("match") {
		out = append(out, problem{"", "has no match", "give it match: {name: …}, or set it for the whole file"})
	}
	if has("until") && (r.Ignore == nil || !*r.Ignore) {
		out = append(out, problem{"until", "has until without ignore: true", "until is the last day on which a rule ignores"})
	}
	if !r.sets(has) {
		out = append(out, problem{"match", "sets nothing", "allow: minor, ignore: true, …"})
	}
	return out
}

// sets reports whether a rule does anything but match.
func (r *Rule) sets(has func(string) bool) bool {
	for _, key := range append(choiceKeys(), "ignore", "verify", "until") {
		if has(key) {
			return true
		}
	}
	return false
}

// JSONSchemaExtend says the same as check.
func (Rule) JSONSchemaExtend(s *jsonschema.Schema) {
	s.MinProperties = ptr(uint64(2))
	yes := jsonschema.NewProperties()
	yes.Set("ignore", &jsonschema.Schema{Const: true})
	s.DependentSchemas = map[string]*jsonschema.Schema{"until": {Required: []string{"ignore"}, Properties: yes}}
}

func (v *Verify) check(has func(string) bool) []problem {
	if has("cosign") == has("keyless") {
		return []problem{{"", "needs either cosign or keyless", "cosign: {key: cosign.pub}, or keyless: {issuer: …, identity: …}"}}
	}
	return nil
}

// JSONSchemaExtend says the same as check.
func (Verify) JSONSchemaExtend(s *jsonschema.Schema) {
	s.MinProperties, s.MaxProperties = ptr(uint64(1)), ptr(uint64(1))
}

func (c *Cosign) check(has func(string) bool) []problem { return missing(has, "key") }

func (k *Keyless) check(has func(string) bool) []problem { return missing(has, "issuer", "identity") }

func missing(has func(string) bool, keys ...string) []problem {
	var out []problem
	for _, k := range keys {
		if !has(k) {
			out = append(out, problem{"", "has no " + strings.TrimSpace(k), ""})
		}
	}
	return out
}
