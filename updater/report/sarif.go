package report

import (
	"cmp"
	"fmt"
	"io"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report/sarif"
)

// sarifRules are the rules of results. Current pins are no results.
func sarifRules() []sarif.Rule {
	rule := func(id, text, level, help string) sarif.Rule {
		return sarif.Rule{ID: id, ShortDescription: sarif.Text{Text: text}, Help: &sarif.Help{Text: plainly(help), Markdown: help}, Configuration: sarif.Severity{Level: level}}
	}
	return []sarif.Rule{
		rule("outdated-digest", "The image has no digest, or its tag was rebuilt", "note", "A digest makes every build use exactly the same image. Run `freshpin update`, or let `freshpin run` open a pull request."),
		rule("outdated-patch", "A newer release exists on the same release line", "warning", "It has the fixes of the release line in use and no new features. Run `freshpin update`."),
		rule("outdated-minor", "A newer release exists on the same MAJOR", "warning", "It may bring new features. `allow: minor` in .freshpin.yaml lets Freshpin propose it."),
		rule("outdated-major", "A newer MAJOR exists", "warning", "It may break code that uses it: read its release notes. `allow: major` in .freshpin.yaml lets Freshpin propose it."),
		rule("unpinned", "No version is written", "warning", "Every build may get another version. Write a version, or set `pin: true` in .freshpin.yaml."),
		rule("held", "A newer version is held back", "note", "The message says why. `freshpin explain FILE:LINE` shows how it was decided, step by step."),
		rule("skipped", "The dependency cannot be updated", "note", "The message says why: it has no version, comes from an address, or the settings ignore it."),
		rule("vulnerable", "The version in use has a known vulnerability", "error", "Update to the version that the message names. Security fixes do not wait for schedule or limit."),
		rule("failed", "The lookup of the dependency failed", "warning", "Nothing is known about its newer versions. `freshpin doctor` shows which hosts answer and which logins were found."),
	}
}

// SARIF prints the plan as SARIF 2.1.0.
func SARIF(w io.Writer, p *plan.Plan, version string) error {
	run := sarif.Run{Version: version, Rules: sarifRules(), Failed: Summarize(p).Failed > 0}
	return sarif.Write(w, run, func(yield func(sarif.Finding) bool) {
		told := map[string]bool{} // a host that is down is one result, not one per pin
		for n := range p.Items {
			i := &p.Items[n]
			if i.Outage() && i.Host != "" {
				if told[i.Host] {
					continue
				}
				told[i.Host] = true
			}
			if !yield(sarifItem(i)) {
				return
			}
		}
	})
}

// atRoot returns the path of a pin's file from the top of the repository, which code
// scanning expects, whatever folder was scanned.
func atRoot(i *plan.Item) string {
	if at := i.Dependency.At; len(at) > 0 && at[0].File != "" {
		return at[0].File
	}
	return cmp.Or(i.Manifest(), i.File)
}

func sarifID(i *plan.Item) string {
	switch {
	case len(i.Advisories) > 0:
		return "vulnerable"
	case i.Status == plan.Update:
		return "outdated-" + i.Band
	case i.Reason.Code == ecosystems.Unpinned:
		return "unpinned"
	}
	return string(i.Status)
}

func sarifItem(i *plan.Item) sarif.Finding {
	text := fmt.Sprintf("%s %s: %s", i.Dependency.Name, pin(i), i.Reason.Text)
	if i.Status == plan.Update {
		text = fmt.Sprintf("%s %s: %s", i.Dependency.Name, pin(i), action(i))
	}
	if !i.Behind.IsZero() {
		text += "; " + i.Behind.Text
	}
	for _, a := range i.Advisories {
		text += "; " + advice(a)
	}
	return sarif.Finding{Rule: sarifID(i), Message: Clean(text, 1000), File: atRoot(i), Line: i.Line, ID: i.ID}
}
