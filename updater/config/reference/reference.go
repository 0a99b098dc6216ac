// Package reference describes the settings of .freshpin.yaml: their JSON schema, and
// the page about them.
package reference

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// A key is one setting of the schema.
type key struct {
	Type        string         `json:"type"`
	Description string         `json:"description"`
	Enum        []any          `json:"enum"`
	Properties  orderedKeys    `json:"properties"`
	Items       *key           `json:"items"`
	Other       map[string]key `json:"patternProperties"`
}

// orderedKeys holds keys in the order of the schema.
type orderedKeys []namedKey

type namedKey struct {
	name string
	key
}

// UnmarshalJSON decodes the properties in their order, which a map would lose.
func (o *orderedKeys) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(strings.NewReader(string(data)))

	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		one := namedKey{name: fmt.Sprint(name)}
		if err := d.Decode(&one.key); err != nil {
			return err
		}
		*o = append(*o, one)
	}
	return nil
}

// Examples returns an example for each top-level key of .freshpin.yaml.
func Examples() map[string]string {
	return map[string]string{
		"allow": "allow: minor", "line": "line: major", "base": "base: true", "digests": "digests: refresh", "rebuilds": "rebuilds: security",
		"cooldown": "cooldown: {packages: 7d, digests: 1d}", "group": "group: dependency", "automerge": "automerge: true", "lines": "lines: propose",
		"labels": "labels: [dependencies]", "reviewers": "reviewers: [ada, acme/platform]", "assignees": "assignees: [ada]",
		"commit_style": "commit_style: conventional", "commit_prefix": `commit_prefix: "deps"`, "mode": "mode: security", "python": `python: "3.11"`,
		"pin": "pin: true", "indirect": "indirect: true", "schedule": `schedule: "0 6 * * 1"`, "timezone": "timezone: Europe/Berlin", "limit": "limit: 5",
		"dashboard": "dashboard: false", "rules": "rules:\n  - match: {name: django}\n    versions: \"<5\"",
		"groups":     "groups:\n  aws: {match: {name: \"aws-*\"}, bands: [patch, minor]}",
		"ecosystems": "ecosystems: [dockerfile, gomod]", "ignore": `ignore: ["examples/**"]`,
		"check": "check: {level: should}", "branches": `branches: [main, "release-*"]`,
		"downloads": "downloads: {trust: listed, keys: [keys/hashicorp.asc]}", "annotated": `annotated: ["Makefile"]`,
	}
}

// Write writes a documentation page with the keys of .freshpin.yaml, their
// meanings and values, and an example for each.
func Write(w io.Writer, known ecosystems.Infos) error {
	data, err := Schema(known)
	if err != nil {
		return err
	}
	var top key
	if err := json.Unmarshal(data, &top); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Generated from the settings: go test ./cmd/internal/cli -run Docs -update-docs -->

` + "`.freshpin.yaml`" + ` stands at the top of a repository, or in the folder it is for; the nearest one above a file applies.
All of it is optional. ` + "`freshpin config`" + ` shows what is in force and where each setting comes from, ` + "`freshpin init`" + ` writes a first file,
` + "`freshpin config --schema`" + ` prints the JSON schema for editors. What only the operator may decide is in [the service](service.md).

`)
	examples := Examples()
	for _, k := range top.Properties {
		example := examples[k.name]
		// A key without an example would be a hole in the page, which a test generates.
		if example == "" {
			return fmt.Errorf("the key %s has no example", k.name)
		}
		fmt.Fprintf(&b, "## %s\n\n%s.\n\n", k.name, sentence(k.Description))
		if values := k.values(); values != "" {
			fmt.Fprintf(&b, "Values: %s.\n\n", values)
		}
		fmt.Fprintf(&b, "```yaml\n%s\n```\n\n", example)
		k.children(&b)
	}
	_, err = io.WriteString(w, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}

// children writes the list of keys inside a key.
func (k key) children(b *strings.Builder) {
	inner := k.Properties
	if k.Items != nil && len(inner) == 0 {
		inner = k.Items.Properties
	}
	for _, o := range k.Other {
		inner = o.Properties
	}
	if len(inner) == 0 {
		return
	}
	b.WriteString("| key | meaning | values |\n| --- | --- | --- |\n")
	for _, c := range inner {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", c.name, strings.ReplaceAll(c.Description, "|", `\|`), c.values())
	}
	b.WriteString("\n")
}

// values returns the allowed words of a key; "" if any value of its type is allowed.
func (k key) values() string {
	list := k.Enum
	if k.Items != nil && len(list) == 0 {
		list = k.Items.Enum
	}
	var words []string
	for _, v := range list {
		words = append(words, fmt.Sprintf("`%v`", v))
	}
	if k.Type == "boolean" {
		words = []string{"`true`", "`false`"}
	}
	return strings.Join(words, ", ")
}

// sentence returns a text with a capital first letter.
func sentence(s string) string {
	if s == "" {
		return "See the keys below"
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
