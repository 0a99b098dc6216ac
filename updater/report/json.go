// Package report prints a plan: as a table for people, and as JSON, Markdown and
// SARIF for programs and CI. It also evaluates gates. It decides nothing and does
// not change the plan.
package report

import (
	"io"
	"math"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// A Document is the output of --format json. Later versions only add fields.
type Document struct {
	Schema       int                `json:"schema" jsonschema:"description=the version of this format; 1"`
	Version      string             `json:"version" jsonschema:"description=of the program"`
	Dependencies []Dependency       `json:"dependencies" jsonschema:"description=sorted by file and line and column"`
	Summary      Summary            `json:"summary"`
	Advisories   Advised            `json:"advisories" jsonschema:"description=the lookup of known vulnerabilities"`
	FailedHosts  []plan.HostFailure `json:"failed_hosts" jsonschema:"description=hosts that did not answer"`
	Requests     fetch.Stats        `json:"requests"`
}

// A Dependency is one pin. Every field is always present.
type Dependency struct {
	ID               string            `json:"id" jsonschema:"description=file and ecosystem and package and occurrence: stable when lines move"`
	Ecosystem        string            `json:"ecosystem" jsonschema:"description=the kind of file: dockerfile or compose or another one; empty for a file that could not be read"`
	File             string            `json:"file" jsonschema:"description=with slashes; relative to the path given"`
	Line             int               `json:"line" jsonschema:"description=counted from 1"`
	Column           int               `json:"column" jsonschema:"description=counted from 1; in bytes"`
	Name             string            `json:"name" jsonschema:"description=as written"`
	Package          string            `json:"package" jsonschema:"description=canonical"`
	Pin              string            `json:"pin" jsonschema:"description=the text after the name; without the digest"`
	Digest           string            `json:"digest"`
	Direct           bool              `json:"direct"`
	Current          string            `json:"current" jsonschema:"description=the version in use; for a range the newest release inside it"`
	Safe             string            `json:"safe" jsonschema:"description=newest on the same release line"`
	Minor            string            `json:"minor" jsonschema:"description=newest on the same MAJOR"`
	Latest           string            `json:"latest" jsonschema:"description=newest stable of all"`
	LatestPackage    string            `json:"latest_package" jsonschema:"description=the package of latest if it has another name; otherwise empty"`
	NewerBase        string            `json:"newer_base" jsonschema:"description=newest on a newer base system"`
	ReleaseLine      string            `json:"release_line" jsonschema:"description=the release line: 3.6; or 16 if the project never publishes patches"`
	Status           plan.Status       `json:"status" jsonschema:"enum=update,enum=current,enum=held,enum=skipped,enum=failed"`
	Band             string            `json:"band" jsonschema:"enum=,enum=digest,enum=patch,enum=minor,enum=major"`
	Security         bool              `json:"security"`
	Target           Target            `json:"target"`
	Edits            []Edit            `json:"edits"`
	ReasonCode       string            `json:"reason_code" jsonschema:"description=a stable code; empty for update and current"`
	Reason           string            `json:"reason" jsonschema:"description=one sentence"`
	CurrentPublished string            `json:"current_published" jsonschema:"description=RFC 3339; empty if unknown"`
	LatestPublished  string            `json:"latest_published" jsonschema:"description=RFC 3339; empty if unknown"`
	Libyears         float64           `json:"libyears" jsonschema:"description=years between the two; 0 if unknown"`
	Advisories       []Advisory        `json:"advisories" jsonschema:"description=known vulnerabilities of the current version; most severe first"`
	Notes            []ecosystems.Note `json:"notes"`
	Image            *Image            `json:"image,omitempty" jsonschema:"description=the changes in the image; only with --details and if they could be read"`
	Releases         *Releases         `json:"releases,omitempty" jsonschema:"description=the release notes up to the target; only with --details and if they could be read"`
}

// Advised describes the lookup of known vulnerabilities.
type Advised struct {
	Source   string `json:"source" jsonschema:"description=an address or a folder; empty if there was no lookup"`
	Versions int    `json:"versions" jsonschema:"description=how many versions of packages were looked up"`
	Error    string `json:"error" jsonschema:"description=why the lookup failed; empty if it succeeded"`
}

// A Target is the proposed version and digest; both are empty without an update.
type Target struct {
	Version string            `json:"version"`
	Digest  string            `json:"digest"`
	Files   []ecosystems.File `json:"files,omitempty" jsonschema:"description=the files whose checksums are written; only for downloads with checksums"`
}

// An Advisory is one known vulnerability.
type Advisory struct {
	ID         string   `json:"id" jsonschema:"description=the OSV ID"`
	Severity   string   `json:"severity" jsonschema:"enum=,enum=LOW,enum=MEDIUM,enum=HIGH,enum=CRITICAL"`
	Fixed      string   `json:"fixed" jsonschema:"description=the first fixed version; empty for none"`
	FixedMinor string   `json:"fixed_minor" jsonschema:"description=the first fixed version on the same MAJOR; empty for none"`
	FixedSafe  string   `json:"fixed_safe" jsonschema:"description=the first fixed version on the same release line; empty for none"`
	Aliases    []string `json:"aliases" jsonschema:"description=other IDs"`
	Score      float64  `json:"score" jsonschema:"description=CVSS; 0 if unknown"`
	Summary    string   `json:"summary"`
	URL        string   `json:"url"`
	Imports    []string `json:"imports" jsonschema:"description=the vulnerable packages of a Go module; empty if the advisory does not name them"`
	Imported   string   `json:"imported" jsonschema:"description=where the code of the module imports one of them: file:line; no if it imports none; empty if unknown"`
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
		Schema: 1, Version: version, Dependencies: []Dependency{}, Summary: summarize(p),
		Advisories: Advised{Source: p.Advised.Source, Versions: p.Advised.Versions}, FailedHosts: p.FailedHosts, Requests: p.Requests,
	}
	if p.Advised.Err != nil {
		doc.Advisories.Error = p.Advised.Err.Error()
	}
	if doc.FailedHosts == nil {
		doc.FailedHosts = []plan.HostFailure{}
	}
	for i := range p.Items {
		doc.Dependencies = append(doc.Dependencies, dependency(&p.Items[i]))
	}
	return sanitize.JSON(w, doc)
}

func dependency(i *plan.Item) Dependency {
	d := i.Dependency
	out := Dependency{
		ID: i.ID, Ecosystem: d.Ecosystem, File: i.File, Line: i.Line, Column: i.Column,
		Name: d.Name, Package: d.Package.Name, Pin: d.Pin.Text, Digest: d.Pin.Digest, Direct: d.Direct,
		Current: i.Current, Safe: i.Safe, Minor: i.Minor, Latest: i.Latest,
		LatestPackage: i.LatestPackage, NewerBase: i.NewerBase, ReleaseLine: i.ReleaseLine,
		Status: i.Status, Band: i.Band, Target: Target{i.Target.Version.Text, i.Target.Digest, i.Target.Files}, Edits: []Edit{},
		ReasonCode: i.Reason.Code, Reason: i.Reason.Text,
		CurrentPublished: moment(i.CurrentPublished), LatestPublished: moment(i.LatestPublished), Libyears: math.Round(100*i.Libyears) / 100,
		Advisories: []Advisory{}, Notes: []ecosystems.Note{},
	}
	out.Security = i.Security
	for _, a := range i.Advisories {
		out.Advisories = append(out.Advisories, Advisory{
			ID: a.ID, Severity: a.Severity, Fixed: a.Fixed, FixedMinor: a.FixedMinor, FixedSafe: a.FixedSafe,
			Aliases: append([]string{}, a.Aliases...), Score: a.Score, Summary: a.Summary, URL: a.URL, Imports: append([]string{}, a.Imports...), Imported: imported(a),
		})
	}
	out.Notes = append(out.Notes, i.Notes...)
	out.Image, out.Releases = imageOf(i), releasesOf(i)
	for _, e := range i.Edits {
		out.Edits = append(out.Edits, Edit{e.File, e.Line, e.Column, e.Old, e.New})
	}
	return out
}

// imported says where the code imports vulnerable packages.
func imported(a plan.Advisory) string {
	if a.Imported == "" && a.Looked {
		return "no"
	}
	return a.Imported
}

// moment formats a time as RFC 3339 in UTC, "" for the zero time.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
