package advisory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Reader reads a version as its ecosystem writes it; ok is false for what is none.
type Reader func(text string) (v version.Version, ok bool)

// A Finding is one thing that is wrong with a package. Databases tell of the
// same thing under names of their own; those are one Finding.
type Finding struct {
	ID        string   // the name of the ecosystem's own database, where it has one
	Aliases   []string // the other names, sorted
	Severity  string   // CRITICAL, HIGH, MEDIUM, LOW; "" where unknown
	Score     float64  // CVSS, 0 to 10; 0 where unknown
	Summary   string   // one line, from outside; "" for none
	URL       string   // where people read on
	Published time.Time
	Imports   []Import // the vulnerable packages of a Go module, where that is known

	scopes []*scope
}

// Affects reports whether a version is affected: by the word of any database
// that tells of it.
func (f *Finding) Affects(v version.Version) bool {
	return slices.ContainsFunc(f.scopes, func(s *scope) bool { return s.holds(v) })
}

// Fixes returns the versions that are said to fix it, in order, each once.
func (f *Finding) Fixes() (list []version.Version) {
	for _, s := range f.scopes {
		list = append(list, s.fixes()...)
	}
	slices.SortFunc(list, version.Compare)
	return slices.CompactFunc(list, func(a, b version.Version) bool { return version.Compare(a, b) == 0 })
}

// Named reports whether it goes by a name.
func (f *Finding) Named(id string) bool { return f.ID == id || slices.Contains(f.Aliases, id) }

// Join returns the findings of two lists about one thing under two names, each once.
func Join(list, more []*Finding) []*Finding {
	list = slices.Clone(list)
	for _, f := range more {
		n := slices.IndexFunc(list, func(has *Finding) bool { return has.ID == f.ID })
		if n < 0 {
			list = append(list, f)
			continue
		}
		both := *list[n]
		both.scopes, both.Imports = slices.Concat(both.scopes, f.scopes), slices.Concat(both.Imports, f.Imports)
		list[n] = &both
	}
	slices.SortFunc(list, func(a, b *Finding) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// About gathers what records say about a package, in order of their names. One
// that was withdrawn by then does not count.
func About(records []*Record, pkg Package, read Reader, now time.Time) []*Finding {
	var list []*Finding
	for _, group := range sameThing(records, pkg, now) {
		list = append(list, findingOf(group, pkg, read))
	}
	slices.SortFunc(list, func(a, b *Finding) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// sameThing puts records together that name each other, or share a name.
func sameThing(records []*Record, pkg Package, now time.Time) (groups [][]*Record) {
	at := map[string]int{} // the group that a name belongs to
	for _, r := range records {
		if r.IsWithdrawn(now) || !r.concerns(pkg) {
			continue
		}
		into := len(groups)
		groups = append(groups, []*Record{r})
		for _, name := range r.names() {
			if other, known := at[name]; known && other != into {
				groups[into] = append(groups[into], groups[other]...)
				groups[other] = nil
				for n, g := range at {
					if g == other {
						at[n] = into
					}
				}
			}
			at[name] = into
		}
	}
	return slices.DeleteFunc(groups, func(g []*Record) bool { return g == nil })
}

// names are the id and the aliases of a record.
func (r *Record) names() []string { return append([]string{r.ID}, r.Aliases...) }

// concerns reports whether a record is about a package.
func (r *Record) concerns(pkg Package) bool {
	return slices.ContainsFunc(r.Affected, func(a Affected) bool { return a.Package.key() == pkg.key() })
}

// findingOf makes one of records about the same thing: the first of them, in
// the order of their databases, is believed first.
func findingOf(group []*Record, pkg Package, read Reader) *Finding {
	slices.SortFunc(group, func(a, b *Record) int { return cmp.Or(cmp.Compare(rank(a.ID), rank(b.ID)), cmp.Compare(a.ID, b.ID)) })
	f := &Finding{ID: group[0].ID, Published: group[0].Published, URL: "https://osv.dev/vulnerability/" + group[0].ID}
	names := map[string]bool{}
	for _, r := range group {
		f.Summary = cmp.Or(f.Summary, shorten(r.Summary))
		f.Severity, f.Score = worse(f.Severity, f.Score, r.severity(pkg))
		f.Imports = append(f.Imports, r.imports(pkg)...)
		f.scopes = append(f.scopes, scopeOf(r, pkg, read))
		for _, name := range r.names() {
			if name != f.ID && validID(name) {
				names[name] = true
			}
		}
	}
	for name := range names {
		f.Aliases = append(f.Aliases, name)
	}
	slices.Sort(f.Aliases)
	for _, r := range group {
		f.Summary = cmp.Or(f.Summary, shorten(firstSentence(r.Details)))
	}
	return f
}

// rank orders databases: the ecosystems' own, then GitHub's, then numbers that everybody uses.
func rank(id string) int {
	for n, prefix := range []string{"GO-", "PYSEC-", "GHSA-", "OSV-", "CVE-"} {
		if strings.HasPrefix(id, prefix) {
			return n
		}
	}
	return len("CVE-")
}

// maxHeadline bounds what is shown of an advisory, in bytes.
const maxHeadline = 200

// shorten makes one line of what is told.
func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxHeadline {
		cut := strings.LastIndexByte(text[:maxHeadline], ' ')
		text = strings.ToValidUTF8(text[:max(cut, maxHeadline/2)], "") + " …"
	}
	return text
}

func firstSentence(text string) string {
	text = strings.TrimSpace(strings.TrimLeft(text, "# \n"))
	if end := strings.Index(text, ". "); end > 0 {
		text = text[:end]
	}
	text, _, _ = strings.Cut(text, "\n\n")
	return text
}

// imports are the packages of a Go module that are vulnerable; none where the record does not say.
func (r *Record) imports(pkg Package) (list []Import) {
	for n := range r.Affected {
		if r.Affected[n].Package.key() == pkg.key() {
			list = append(list, r.Affected[n].Specific.Imports...)
		}
	}
	return list
}
