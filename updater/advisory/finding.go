package advisory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Reader parses a version of an ecosystem; ok is false if text is none.
type Reader func(text string) (v version.Version, ok bool)

// A Finding is one vulnerability of a package. Databases have different IDs for
// the same vulnerability; their records become one Finding.
type Finding struct {
	ID        string   // in the ecosystem's own database if that has it
	Aliases   []string // the other IDs, sorted
	Severity  string   // CRITICAL, HIGH, MEDIUM, LOW; "" where unknown
	Score     float64  // CVSS, 0 to 10; 0 where unknown
	Summary   string   // one line, from outside; "" for none
	URL       string   // of a page for people
	Published time.Time
	Imports   []Import // the vulnerable packages of a Go module; empty if unknown

	scopes []*scope
}

// Affects reports whether a version is affected according to any of the records.
func (f *Finding) Affects(v version.Version) bool {
	return slices.ContainsFunc(f.scopes, func(s *scope) bool { return s.holds(v) })
}

// Fixes returns the versions that the records call fixed, in order, without duplicates.
func (f *Finding) Fixes() (list []version.Version) {
	for _, s := range f.scopes {
		list = append(list, s.fixes()...)
	}
	slices.SortFunc(list, version.Compare)
	return slices.CompactFunc(list, func(a, b version.Version) bool { return version.Compare(a, b) == 0 })
}

// Named reports whether id is the ID or an alias of the finding.
func (f *Finding) Named(id string) bool { return f.ID == id || slices.Contains(f.Aliases, id) }

// Join merges two lists of findings about one package that has two names. It
// merges findings with the same ID.
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
	slices.SortFunc(list, byID)
	return list
}

func byID(a, b *Finding) int { return cmp.Compare(a.ID, b.ID) }

// About returns the findings about a package, ordered by ID. It ignores records
// that were withdrawn before now.
func About(records []*Record, pkg Package, read Reader, now time.Time) []*Finding {
	var list []*Finding
	for _, group := range sameThing(records, pkg, now) {
		list = append(list, findingOf(group, pkg, read))
	}
	slices.SortFunc(list, byID)
	return list
}

// sameThing groups the records with a common ID or alias.
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
				// The positions in at stay valid, so emptied groups are removed at the end.
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

// names returns the ID and the aliases of a record.
func (r *Record) names() []string { return append([]string{r.ID}, r.Aliases...) }

// concerns reports whether a record is about a package.
func (r *Record) concerns(pkg Package) bool {
	return slices.ContainsFunc(r.Affected, func(a Affected) bool { return a.Package.key() == pkg.key() })
}

// findingOf merges records about the same vulnerability. Of contradicting texts
// it takes that of the first record, in the order of rank.
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
		// Only now, because the summary of any record is better than the details of the first.
		f.Summary = cmp.Or(f.Summary, shorten(firstSentence(r.Details)))
	}
	return f
}

// rank orders databases: those of Go and Python, then GitHub's, then OSV's own, then CVE
// beside all others.
func rank(id string) int {
	prefixes := []string{"GO-", "PYSEC-", "GHSA-", "OSV-", "CVE-"}
	n := slices.IndexFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(id, prefix) })
	if n < 0 {
		return len(prefixes) - 1
	}
	return n
}

// maxHeadline limits the displayed summary of an advisory, in bytes.
const maxHeadline = 200

// shorten returns text as one line of limited length.
func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxHeadline {
		cut := strings.LastIndexByte(text[:maxHeadline], ' ')
		// A text without spaces is cut inside a word.
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

// imports returns the vulnerable packages of a Go module; none if the record has no list.
func (r *Record) imports(pkg Package) (list []Import) {
	for n := range r.Affected {
		if r.Affected[n].Package.key() == pkg.key() {
			list = append(list, r.Affected[n].Specific.Imports...)
		}
	}
	return list
}
