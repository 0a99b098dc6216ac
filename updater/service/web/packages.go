package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/store"
)

const (
	packagesShown = 100
	foundShown    = 100   // pins on a page
	foundMost     = 10000 // pins to search for
)

// A packageList is the page of all packages or of search results.
type packageList struct {
	Text     string
	Packages []store.PackageUse
	Found    []store.Pin
	More     bool // there are more than the limit
	Pager    pager
}

func (s *server) packages(r *http.Request, who *viewer) (*page, error) {
	b := &packageList{Text: clipped(r.URL.Query().Get("q"))}
	var err error
	if b.Packages, err = s.o.Data.Pins.Packages(r.Context(), who.Viewer, b.Text, packagesShown); err != nil {
		return nil, err
	}
	if b.Packages, err = s.merged(r, who, b.Packages); err != nil {
		return nil, err
	}
	if b.Text == "" {
		return &page{Name: "packages", Title: "Packages", Body: b}, nil
	}
	found, err := s.o.Data.Pins.Search(r.Context(), who.Viewer, b.Text, foundMost)
	if err != nil {
		return nil, err
	}
	b.More = len(found) == foundMost
	b.Pager, b.Found = pageOf(r, found, foundShown)
	return &page{Name: "packages", Title: "Search for " + b.Text, Body: b}, nil
}

// merged combines the rows of a package that occurs in several kinds of files. It
// counts its repositories and versions again, since the kinds may share them.
func (s *server) merged(r *http.Request, who *viewer, list []store.PackageUse) ([]store.PackageUse, error) {
	at := map[[2]string]int{}
	doubled := map[int]bool{}
	var out []store.PackageUse
	for _, u := range list {
		key := [2]string{s.o.KindOf(u.Ecosystem), u.Package}
		n, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, u)
			continue
		}
		doubled[n] = true
		out[n].Pins, out[n].Updates, out[n].Held = out[n].Pins+u.Pins, out[n].Updates+u.Updates, out[n].Held+u.Held
		out[n].Ecosystem += ", " + u.Ecosystem
	}
	for n := range doubled {
		first, _, _ := strings.Cut(out[n].Ecosystem, ", ")
		found, err := s.using(r, who, first, out[n].Package)
		if err != nil {
			return nil, err
		}
		versions, repositories := versionsOf(found)
		out[n].Versions, out[n].Repositories = len(versions), repositories
	}
	// The query sorted the rows by pins before they were combined.
	slices.SortStableFunc(out, func(a, b store.PackageUse) int { return cmp.Compare(b.Pins, a.Pins) })
	return out, nil
}

// A packageUse is the page of a package: its uses by version and repository.
type packageUse struct {
	Ecosystem, Package string
	Kind               string   // kind of package: oci, pypi, go, ...
	Ecosystems         []string // ecosystems that use it
	Registry           string   // its page in the registry; "" if unknown
	Findings           []finding
	Ends               []string // ends of its release lines in use
	Total              int
	Repositories       int
	Versions           []versionUse
	Pins               []store.Pin
	Pager              pager
	More               bool
}

// A versionUse is the use of one pin of a package.
type versionUse struct {
	Pin                 string
	Current             string
	Pins, Repositories  int
	Updates, Held, Fine int
	Security            bool
}

func (s *server) aPackage(r *http.Request, who *viewer) (*page, error) {
	b := &packageUse{Ecosystem: r.PathValue("ecosystem"), Package: r.PathValue("package")}
	found, err := s.using(r, who, b.Ecosystem, b.Package)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errNotFound
	}
	b.Kind = s.o.KindOf(b.Ecosystem)
	b.Registry = registryPage(b.Kind, b.Package)
	for _, p := range found {
		if !slices.Contains(b.Ecosystems, p.Ecosystem) {
			b.Ecosystems = append(b.Ecosystems, p.Ecosystem)
		}
	}
	for _, e := range ending(found) {
		if !slices.Contains(b.Ends, e.text) {
			b.Ends = append(b.Ends, e.text)
		}
	}
	known, err := s.o.Data.Advisories.List(r.Context(), who.Viewer, 0)
	if err != nil {
		return nil, err
	}
	b.Findings = s.findings(slices.DeleteFunc(known, func(a store.Affected) bool {
		return a.Package != b.Package || s.o.KindOf(a.Ecosystem) != b.Kind
	}))
	b.Total, b.More = len(found), len(found) >= foundMost
	b.Versions, b.Repositories = versionsOf(found)
	b.Pager, b.Pins = pageOf(r, found, foundShown)
	return &page{Name: "package", Title: b.Package, Body: b}, nil
}

// using returns the pins of exactly one package, in all kinds of files.
func (s *server) using(r *http.Request, who *viewer, ecosystem, name string) ([]store.Pin, error) {
	found, err := s.o.Data.Pins.Search(r.Context(), who.Viewer, name, foundMost)
	// The search also finds parts of names.
	return slices.DeleteFunc(found, func(p store.Pin) bool {
		return p.Package != name || s.o.KindOf(p.Ecosystem) != s.o.KindOf(ecosystem)
	}), err
}

// versionsOf groups pins by the written version, the most used first.
func versionsOf(pins []store.Pin) (list []versionUse, repositories int) {
	at := map[string]int{}
	// The empty key stands for all versions; no other key is empty, because each contains NUL.
	of := map[string]map[int64]bool{"": {}}
	for _, p := range pins {
		key := p.Pin + "\x00" + p.Current
		n, ok := at[key]
		if !ok {
			n = len(list)
			at[key], of[key] = n, map[int64]bool{}
			list = append(list, versionUse{Pin: p.Pin, Current: p.Current})
		}
		of[key][p.Repository], of[""][p.Repository] = true, true
		v := &list[n]
		v.Pins, v.Repositories = v.Pins+1, len(of[key])
		v.Security = v.Security || len(p.Advisories) > 0
		switch p.Status {
		case "update":
			v.Updates++
		case "held":
			v.Held++
		case "current":
			v.Fine++
		}
	}
	slices.SortStableFunc(list, func(a, b versionUse) int { return cmp.Compare(b.Pins, a.Pins) })
	return list, len(of[""])
}
