// Package report prints a plan: as a table for people, and as JSON, Markdown and
// SARIF for programs and CI. It also evaluates gates. It decides nothing and does
// not change the plan.
package report

import (
	"io"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// A Document is the output of --format json. Later versions only add fields.
type Document struct {
	Schema       int                `json:"schema" jsonschema:"description=the version of this format; 1"`
	Version      string             `json:"version" jsonschema:"description=of the program"`
	Dependencies []Dependency       `json:"dependencies" jsonschema:"description=sorted by file and line and column"`
	Summary      Summary            `json:"summary"`
	Advisories   AdvisoryLookup     `json:"advisories" jsonschema:"description=the lookup of known vulnerabilities"`
	FailedHosts  []plan.HostFailure `json:"failed_hosts" jsonschema:"description=hosts that did not answer"`
	Requests     fetch.Stats        `json:"requests"`
}

// A Dependency is one pin: its record, and what is printed but not stored.
type Dependency struct {
	record.Dependency
	Edits    []Edit    `json:"edits"`
	Image    *Image    `json:"image,omitempty" jsonschema:"description=the changes in the image; only with --details and if they could be read"`
	Releases *Releases `json:"releases,omitempty" jsonschema:"description=the release notes up to the target; only with --details and if they could be read"`
}

// AdvisoryLookup describes the lookup of known vulnerabilities.
type AdvisoryLookup struct {
	Source   string `json:"source" jsonschema:"description=an address or a folder; empty if there was no lookup"`
	Versions int    `json:"versions" jsonschema:"description=how many versions of packages were looked up"`
	Error    string `json:"error" jsonschema:"description=why the lookup failed; empty if it succeeded"`
}

// An Edit is one replacement.
type Edit struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Old    string `json:"old"`
	New    string `json:"new"`
}

// A Summary counts.
type Summary struct {
	Files        int     `json:"files"`
	Dependencies int     `json:"dependencies"`
	Updates      int     `json:"updates"`
	Current      int     `json:"current"`
	Held         int     `json:"held"`
	Skipped      int     `json:"skipped"`
	Failed       int     `json:"failed"`
	Libyears     float64 `json:"libyears"`
}

// JSON prints the plan as one document.
func JSON(w io.Writer, p *plan.Plan, version string) error {
	doc := Document{
		Schema: 1, Version: version, Dependencies: []Dependency{}, Summary: Summarize(p),
		Advisories: AdvisoryLookup{Source: p.Advised.Source, Versions: p.Advised.Versions}, FailedHosts: p.FailedHosts, Requests: p.Requests,
	}
	if p.Advised.Err != nil {
		doc.Advisories.Error = p.Advised.Err.Error()
	}
	// The schema promises a list, and nil would be null.
	if doc.FailedHosts == nil {
		doc.FailedHosts = []plan.HostFailure{}
	}
	for i := range p.Items {
		doc.Dependencies = append(doc.Dependencies, dependency(&p.Items[i]))
	}
	return sanitize.JSON(w, doc)
}

func dependency(i *plan.Item) Dependency {
	out := Dependency{Dependency: record.Of(i), Edits: []Edit{}, Image: imageOf(i), Releases: releasesOf(i)}
	for _, e := range i.Edits {
		out.Edits = append(out.Edits, Edit{e.File, e.Line, e.Column, e.Old, e.New})
	}
	return out
}
