package report

import (
	"cmp"
	"fmt"
	"io"
	"net/url"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// The parts of SARIF 2.1.0 (OASIS standard, 27 March 2020) that the output uses.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifInvocation struct {
		Successful bool `json:"executionSuccessful"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		URI     string      `json:"informationUri"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string        `json:"id"`
		ShortDescription sarifText     `json:"shortDescription"`
		Full             *sarifText    `json:"fullDescription,omitempty"`
		Help             *sarifHelp    `json:"help,omitempty"`
		HelpURI          string        `json:"helpUri,omitempty"`
		Configuration    sarifSeverity `json:"defaultConfiguration"`
	}
	sarifHelp struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifSeverity struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`

		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
)

// sarifRules are the rules of results. Current pins are no results.
func sarifRules() []sarifRule {
	rule := func(id, text, level, help string) sarifRule {
		return sarifRule{ID: id, ShortDescription: sarifText{text}, Help: &sarifHelp{plainly(help), help}, Configuration: sarifSeverity{level}}
	}
	return []sarifRule{
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
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{"Freshpin", version, "https://github.com/freshpin/freshpin", rules}},
		Invocations: []sarifInvocation{{summarize(p).Failed == 0}},
		ColumnKind:  "utf16CodeUnits",
		Results:     []sarifResult{},
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
	return sanitize.JSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
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

func sarifItem(i *plan.Item, r sarifRule, index int) sarifResult {
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
	return sarifResult{
		RuleID: r.ID, RuleIndex: index, Level: r.Configuration.Level, Message: sarifText{clean(text, 1000)},
		Locations:    []sarifLocation{{sarifPhysical{sarifArtifact{(&url.URL{Path: atRoot(i)}).String()}, sarifRegion{max(i.Line, 1)}}}},
		Fingerprints: map[string]string{"freshpin/v1": i.ID},
	}
}
