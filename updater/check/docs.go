package check

import (
	"fmt"
	"io"
	"strings"
)

// Docs writes the documentation page of the rules, as Markdown.
func Docs(w io.Writer, rules []Rule) error {
	var b strings.Builder
	b.WriteString(docsHead)
	b.WriteString("| rule | level | mode | what is wrong | in |\n| --- | --- | --- | --- | --- |\n")
	for i := range rules {
		r := &rules[i]
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s | %s |\n", r.ID, r.ID, r.Level, r.Mode, r.Title, strings.Join(r.kinds(), ", "))
	}
	for i := range rules {
		fmt.Fprintf(&b, "\n## %s\n\n%s", rules[i].ID, rules[i].Text("**", "**"))
	}
	b.WriteString(docsTail)
	_, err := io.WriteString(w, b.String())
	return err
}

const docsHead = `# The checklist

<!-- Generated from the rules: go test ./updater/check/rules -run Docs -update -->

` + "`freshpin check`" + ` judges Dockerfiles and compose files by the rules below. **Must**, **should** and **could** say how much a finding matters.
Rules of mode *information* are listed and never trip a gate; rules of mode *strict* are looked for only with ` + "`--strict`" + `, or by name with ` + "`--rule`" + `.
In folders such as ` + "`test`, `examples` and `.devcontainer`" + ` a finding counts one level lower. What is not known is never a finding.

A comment silences a rule where it stands above an instruction or service: ` + "`# freshpin: ignore root-user: runs in a VM`" + `. The comments of other tools count
where they mean the same rule, listed below as *also*: ` + "`# hadolint ignore=…`, `# check=skip=…`, `#checkov:skip=…`, `#trivy:ignore:…`, `# kics-scan …`" + `.

`

const docsTail = `
## What is not here

Casing, ` + "`WORKDIR`, `HEALTHCHECK`" + `, the JSON form of commands and versions of packages of the operating system: the build checks of Docker and hadolint do those.
`

// kinds names the kinds of files that a rule judges.
func (r *Rule) kinds() (kinds []string) {
	if r.Docker != nil {
		kinds = append(kinds, "Dockerfile")
	}
	if r.Compose != nil {
		kinds = append(kinds, "Compose")
	}
	return kinds
}

// Text returns the explanation of a rule in Markdown; open and shut enclose the keys.
func (r *Rule) Text(open, shut string) string {
	var b strings.Builder
	line := func(word, text string) {
		if text != "" {
			fmt.Fprintf(&b, "- %s%s%s: %s\n", open, word, shut, text)
		}
	}
	title := strings.ToUpper(r.Title[:1]) + r.Title[1:]
	fmt.Fprintf(&b, "%s (%s, %s; %s).\n\n", title, r.Level, r.Mode, strings.Join(r.kinds(), ", "))
	line("why", r.Why)
	line("silent", r.Silent)
	line("fix", r.Fixes)
	line("source", r.Source)
	line("also", strings.Join(r.Also, ", "))
	return b.String()
}
