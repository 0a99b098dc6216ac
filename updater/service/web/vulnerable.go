package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

const (
	findingsPerPage = 50
	whereShown      = 20 // repositories of a finding on the page; the API returns all
	maxReason       = 500
	dismissDays     = 30  // default duration of a dismissal
	dismissMost     = 366 // longest duration of a dismissal
)

// A vulnerableList is the page of vulnerable pins.
type vulnerableList struct {
	Findings  []finding
	Pager     pager
	Text      string
	Severity  string
	Levels    []level
	Dismissed bool // show the dismissed findings
	Open      int  // findings that are not dismissed, regardless of the filter
	Away      int  // dismissed findings
	MayTry    bool // show the form; write permission is checked when it is sent
	Default   string
	Tomorrow  string
	Most      string
}

// A level is the number of findings with a severity.
type level struct {
	Severity string
	Count    int
}

// A finding is an advisory and an affected package in all repositories.
type finding struct {
	Kind      string
	Ecosystem string // one of the ecosystems that use the package
	Package   string
	Advisory  string
	Severity  string // critical, high, medium, low, unknown
	Fixed     string
	Since     time.Time // first seen in any of the repositories
	Versions  []string
	Pins      int
	Where     []store.Affected
	Dismissed bool
}

// Shown returns the repositories that the page lists.
func (f finding) Shown() []store.Affected { return f.Where[:min(len(f.Where), whereShown)] }

// More returns the number of further repositories.
func (f finding) More() int { return len(f.Where) - len(f.Shown()) }

// severities in descending order.
var severities = []string{"critical", "high", "medium", "low", "unknown"}

// severityWord returns one of the severities, which are also CSS classes.
func severityWord(text string) string {
	text = strings.ToLower(text)
	if text == "moderate" {
		text = "medium"
	}
	if !slices.Contains(severities, text) {
		return "unknown"
	}
	return text
}

// findings groups affected pins, the most severe first, then the oldest.
// Repositories where it is dismissed form a separate finding.
func (s *server) findings(list []store.Affected) []finding {
	type key struct {
		kind, pkg, advisory string
		dismissed           bool
	}
	at := map[key]int{}
	var out []finding
	for _, a := range list {
		k := key{s.o.KindOf(a.Ecosystem), a.Package, a.Advisory, a.Dismissed.Any()}
		n, ok := at[k]
		if !ok {
			n = len(out)
			at[k] = n
			out = append(out, finding{Kind: k.kind, Ecosystem: a.Ecosystem, Package: a.Package, Advisory: a.Advisory, Severity: "unknown", Since: a.Since, Dismissed: k.dismissed})
		}
		out[n].add(a)
	}
	slices.SortStableFunc(out, func(a, b finding) int {
		return cmp.Or(cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)), a.Since.Compare(b.Since))
	})
	return out
}

func (f *finding) add(a store.Affected) {
	f.Where = append(f.Where, a)
	f.Pins += a.Pins
	f.Fixed = cmp.Or(f.Fixed, a.Fixed)
	if word := severityWord(a.Severity); slices.Index(severities, word) < slices.Index(severities, f.Severity) {
		f.Severity = word
	}
	if a.Since.Before(f.Since) {
		f.Since = a.Since
	}
	for _, v := range a.Versions {
		if !slices.Contains(f.Versions, v) && len(f.Versions) < 8 {
			f.Versions = append(f.Versions, v)
		}
	}
}

// fits reports whether a finding matches the filter text and severity.
func (f finding) fits(text, severity string) bool {
	if severity != "" && f.Severity != severity {
		return false
	}
	text = strings.ToLower(text)
	return strings.Contains(strings.ToLower(f.Package+" "+f.Advisory), text) ||
		slices.ContainsFunc(f.Where, func(a store.Affected) bool { return strings.Contains(strings.ToLower(a.Repo), text) })
}

func (s *server) vulnerable(r *http.Request, who *viewer) (*page, error) {
	list, err := s.o.Data.Advisories.List(r.Context(), who.Viewer, 0)
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	now := s.o.Now()
	b := &vulnerableList{
		Text: clipped(q.Get("q")), Dismissed: q.Get("show") == "dismissed", MayTry: !who.Token,
		Default: day(now.AddDate(0, 0, dismissDays)), Tomorrow: day(now.AddDate(0, 0, 1)), Most: day(now.AddDate(0, 0, dismissMost)),
	}
	if severity := q.Get("severity"); slices.Contains(severities, severity) {
		b.Severity = severity
	}
	var shown []finding
	for _, f := range s.findings(list) {
		if f.Dismissed {
			b.Away++
		} else {
			b.Open++
		}
		if f.Dismissed == b.Dismissed {
			b.count(f.Severity)
			if f.fits(b.Text, b.Severity) {
				shown = append(shown, f)
			}
		}
	}
	b.Pager, b.Findings = pageOf(r, shown, findingsPerPage)
	return &page{Name: "vulnerable", Title: "Vulnerable", Body: b}, nil
}

// count counts a finding by severity; they are counted in descending order.
func (b *vulnerableList) count(severity string) {
	if n := len(b.Levels); n == 0 || b.Levels[n-1].Severity != severity {
		b.Levels = append(b.Levels, level{Severity: severity})
	}
	b.Levels[len(b.Levels)-1].Count++
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// dismiss dismisses an advisory until a day, or revokes that, in one repository or in
// all that the viewer may write to.
func (s *server) dismiss(r *http.Request, who *viewer) (string, error) {
	if who.Token {
		return "", errReadOnly
	}
	back := r.PostForm.Get("take") == "back"
	m, err := s.dismissal(r.PostForm, who, back)
	if err != nil {
		return "", err
	}
	list, err := s.meant(r, who, back)
	if err != nil {
		return "", err
	}
	done := 0
	for _, a := range list {
		may, err := s.o.Data.Repositories.May(r.Context(), who.Viewer, a.Repository)
		if err != nil {
			return "", err
		}
		// A form for all repositories also means those that the viewer may only read.
		if may < store.Write {
			continue
		}
		if back {
			err = s.o.Data.Advisories.Undismiss(r.Context(), a)
		} else {
			err = s.o.Data.Advisories.Dismiss(r.Context(), a, m)
		}
		if err != nil {
			return "", err
		}
		done++
		s.o.Log.Info("an advisory was dismissed", "repo", a.Repo, "advisory", a.Advisory, "package", a.Package, "until", day(m.Until), "taken-back", back, "by", who.Name())
	}
	if done == 0 {
		return "", s.noWrite()
	}
	if back {
		return "/vulnerable?done=restore", nil
	}
	return "/vulnerable?done=dismiss", nil
}

// meant returns the rows that a form refers to.
func (s *server) meant(r *http.Request, who *viewer, dismissed bool) ([]store.Affected, error) {
	f := r.PostForm
	all, err := s.o.Data.Advisories.List(r.Context(), who.Viewer, 0)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(all, func(a store.Affected) bool {
		return s.o.KindOf(a.Ecosystem) != f.Get("kind") || a.Package != f.Get("package") || a.Advisory != f.Get("advisory") ||
			f.Get("repository") != "" && a.Repo != f.Get("repository") || a.Dismissed.Any() != dismissed
	})
	if len(list) == 0 {
		return nil, &fault{http.StatusConflict, "This finding no longer exists: it was fixed or changed meanwhile. Nothing was done."}
	}
	return list, nil
}

// dismissal parses the reason and the end from a form.
func (s *server) dismissal(f url.Values, who *viewer, back bool) (m store.Dismissal, err error) {
	if back {
		return m, nil
	}
	m.By, m.Reason = who.Name(), strings.Join(strings.Fields(strings.ToValidUTF8(f.Get("reason"), "")), " ")
	if m.Reason == "" || len(m.Reason) > maxReason {
		return m, &fault{http.StatusBadRequest, "A dismissal needs a reason of at most 500 characters. Nothing was done."}
	}
	until, err := time.Parse(time.DateOnly, f.Get("until"))
	now := s.o.Now()
	// The dismissal includes that day in UTC.
	m.Until = until.AddDate(0, 0, 1)
	if err != nil || !m.Until.After(now) || m.Until.After(now.AddDate(0, 0, dismissMost+1)) {
		return m, &fault{http.StatusBadRequest, "A dismissal needs a last day, such as " + day(now.AddDate(0, 0, dismissDays)) + ", between today and a year from now. Nothing was done."}
	}
	return m, nil
}

func (s *server) apiVulnerable(r *http.Request, who *viewer) (any, error) {
	q := r.URL.Query()
	severity, text, dismissed := q.Get("severity"), clipped(q.Get("q")), q.Get("dismissed")
	if severity != "" && !slices.Contains(severities, severity) || dismissed != "" && dismissed != "true" && dismissed != "false" {
		return nil, &fault{http.StatusBadRequest, "severity is " + strings.Join(severities, ", ") + "; dismissed is true or false."}
	}
	list, err := s.o.Data.Advisories.List(r.Context(), who.Viewer, 0)
	if err != nil {
		return nil, err
	}
	return cut(r, slices.DeleteFunc(s.findings(list), func(f finding) bool {
		return !f.fits(text, severity) || dismissed != "" && f.Dismissed != (dismissed == "true")
	}), vulnerableOf)
}
