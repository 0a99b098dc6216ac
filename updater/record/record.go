// Package record encodes a pin and its decision as JSON. freshpin outdated --format
// json prints it, the service stores it, and its pages and API show it. For a new
// fact about a pin, add a field to plan.Decision and to Dependency, and a line to Of. The
// service stores it when a pass next finds a change in the repository, at the latest
// after a week.
package record

import (
	"math"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// A Dependency is one pin. Every field is always present. It excludes edits, the
// content of images and release notes, which are long: they are printed but not
// stored.
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
	ReasonCode       string            `json:"reason_code" jsonschema:"description=a stable code; empty for update and current"`
	Reason           string            `json:"reason" jsonschema:"description=one sentence"`
	CurrentPublished string            `json:"current_published" jsonschema:"description=RFC 3339; empty if unknown"`
	LatestPublished  string            `json:"latest_published" jsonschema:"description=RFC 3339; empty if unknown"`
	Libyears         float64           `json:"libyears" jsonschema:"description=years between the two; 0 if unknown"`
	Advisories       []Advisory        `json:"advisories" jsonschema:"description=known vulnerabilities of the current version; most severe first"`
	Notes            []ecosystems.Note `json:"notes"`
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

// Of returns the record of an item.
func Of(i *plan.Item) Dependency {
	d := i.Dependency
	out := Dependency{
		ID: i.ID, Ecosystem: d.Ecosystem, File: i.File, Line: i.Line, Column: i.Column,
		Name: d.Name, Package: d.Package.Name, Pin: d.Pin.Text, Digest: d.Pin.Digest, Direct: d.Direct,
		Current: i.Current, Safe: i.Safe, Minor: i.Minor, Latest: i.Latest,
		LatestPackage: i.LatestPackage, NewerBase: i.NewerBase, ReleaseLine: i.ReleaseLine,
		Status: i.Status, Security: i.Security,
		ReasonCode: i.Reason.Code, Reason: i.Reason.Text,
		CurrentPublished: Time(i.CurrentPublished), LatestPublished: Time(i.LatestPublished), Libyears: math.Round(100*i.Libyears) / 100,
		Advisories: advisories(i), Notes: append([]ecosystems.Note{}, i.Notes...),
	}
	if i.Status == plan.Update { // an item that failed late still has a target
		out.Band, out.Target = i.Band, Target{i.Target.Version.Text, i.Target.Digest, i.Target.Files}
	}
	return out
}

func advisories(i *plan.Item) []Advisory {
	list := []Advisory{}
	for _, a := range i.Advisories {
		list = append(list, Advisory{
			ID: a.ID, Severity: a.Severity, Fixed: a.Fixed, FixedMinor: a.FixedMinor, FixedSafe: a.FixedSafe,
			Aliases: append([]string{}, a.Aliases...), Score: a.Score, Summary: a.Summary, URL: a.URL, Imports: append([]string{}, a.Imports...), Imported: imported(a),
		})
	}
	return list
}

// imported returns where the code imports vulnerable packages.
func imported(a plan.Advisory) string {
	if a.Imported == "" && a.Looked {
		return "no"
	}
	return a.Imported
}

// Time formats a time as RFC 3339 in UTC, "" for the zero time.
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
