package report

import (
	"cmp"
	"fmt"
	"io"
	"net/url"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report/sarif"
	"github.com/freshpin/freshpin/updater/sanitize"
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

// SARIF prints the plan as SARIF 2.1.0. Regions contain only lines, because our
// columns count bytes, which SARIF columns cannot.
func SARIF(w io.Writer, p *plan.Plan, version string) error {
	rules := sarifRules()
	run := sarif.Run{
		Tool:        sarif.Tool{Driver: sarif.Driver{Name: "Freshpin", Version: version, URI: "https://github.com/freshpin/freshpin", Rules: rules}},
		Invocations: []sarif.Invocation{{Successful: Summarize(p).Failed == 0}},
		ColumnKind:  "utf16CodeUnits",
		Results:     []sarif.Result{},
	}
	told := map[string]bool{} // a host that is down is one result, not one per pin
	for n := range p.Items {
		i := &p.Items[n]
		if i.Outage() && i.Host != "" {
			if told[i.Host] {
				continue
			}
			told[i.Host] = true
		}
		id := sarifID(i)
		for index, r := range rules {
			if r.ID == id {
				run.Results = append(run.Results, sarifItem(i, r, index))
			}
		}
	}
	return sanitize.JSON(w, sarif.Log{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarif.Run{run}})
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

func sarifItem(i *plan.Item, r sarif.Rule, index int) sarif.Result {
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
	return sarif.Result{
		RuleID: r.ID, RuleIndex: index, Level: r.Configuration.Level, Message: sarif.Text{Text: Clean(text, 1000)},
		Locations:    []sarif.Location{{Physical: sarif.Physical{Artifact: sarif.Artifact{URI: (&url.URL{Path: atRoot(i)}).String()}, Region: sarif.Region{StartLine: max(i.Line, 1)}}}},
		Fingerprints: map[string]string{"freshpin/v1": i.ID},
	}
}
