package provenance

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/osv-scalibr/semantic"

	"github.com/freshpin/freshpin/updater/advisory"
)

// Vulnerable is an advisory with the package that it affects.
type Vulnerable struct {
	ID       string
	Aliases  []string
	Severity string // CRITICAL, HIGH, MEDIUM, LOW; "" if unknown
	URL      string
	Package  string // "openssl"
	Version  string // the affected version
}

// advise looks up which known vulnerabilities the difference fixes and adds. It
// looks up only packages that differ.
func (r Reader) advise(ctx context.Context, c *Comparison, was, is []Package) {
	if r.Advisories == nil || c.Packages.Empty() {
		return
	}
	var questions []advisory.Question
	// One lookup for both, because a source sends a request for each thousand packages.
	sides := [2][]Package{differing(was, is), differing(is, was)}
	for _, side := range sides {
		for _, p := range side {
			questions = append(questions, advisory.Question{Package: advisory.Package{Ecosystem: p.Ecosystem, Name: p.Source}, Version: p.SourceVersion})
		}
	}
	if len(questions) == 0 {
		return
	}
	found, err := r.Advisories.Find(ctx, questions)
	if err != nil {
		c.AdvisedErr = err
		return
	}
	before := r.wrong(sides[0], found[:len(sides[0])])
	after := r.wrong(sides[1], found[len(sides[0]):])
	c.Fixes, c.Brings = without(before, after), without(after, before)
}

// differing returns the packages in these that are not in those with the same version.
func differing(these, those []Package) (list []Package) {
	has := map[[3]string]bool{}
	for _, p := range those {
		has[[3]string{p.Type, p.Source, p.SourceVersion}] = true
	}
	for _, p := range these {
		if k := [3]string{p.Type, p.Source, p.SourceVersion}; p.Ecosystem != "" && !has[k] {
			has[k] = true
			list = append(list, p)
		}
	}
	return list
}

// wrong returns the advisories that affect the packages, the worst first.
func (r Reader) wrong(packages []Package, records [][]*advisory.Record) (list []Vulnerable) {
	for n, p := range packages {
		pkg := advisory.Package{Ecosystem: p.Ecosystem, Name: p.Source}
		compare := ordered(p.Ecosystem)
		for _, f := range advisory.Affecting(records[n], pkg, p.SourceVersion, compare, r.Now) {
			list = append(list, Vulnerable{ID: f.ID, Aliases: f.Aliases, Severity: f.Severity, URL: f.URL, Package: p.Source, Version: p.SourceVersion})
		}
	}
	slices.SortFunc(list, func(a, b Vulnerable) int {
		return cmp.Or(cmp.Compare(severity(b.Severity), severity(a.Severity)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Package, b.Package))
	})
	return slices.CompactFunc(list, func(a, b Vulnerable) bool { return a.ID == b.ID && a.Package == b.Package })
}

func severity(word string) int {
	return slices.Index([]string{"", "LOW", "MEDIUM", "HIGH", "CRITICAL"}, word)
}

// ordered returns the order of an ecosystem's versions.
func ordered(ecosystem string) advisory.Order {
	return func(a, b string) (int, bool) {
		v, err := semantic.Parse(a, ecosystem)
		if err != nil {
			return 0, false
		}
		n, err := v.CompareStr(b)
		return n, err == nil
	}
}

// without returns the elements of a that are not in b.
func without(a, b []Vulnerable) (list []Vulnerable) {
	for _, v := range a {
		if !slices.ContainsFunc(b, func(o Vulnerable) bool { return o.ID == v.ID && o.Package == v.Package }) {
			list = append(list, v)
		}
	}
	return list
}
