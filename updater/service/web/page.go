package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A page is the data for a template.
type page struct {
	Name  string // of the template
	Title string // of the document
	Body  any    // data of the page

	// Data of the layout; see server.frame.
	Path     string // of the request
	Query    string // text in the search box
	Person   *viewer
	Problems []Problem
	Stopped  bool
	Done     string // the action just done, in a sentence
	Version  string
	Now      time.Time
	Jobs     bool // the viewer may see the pages of jobs
}

// frame sets the data of the layout.
func (s *server) frame(r *http.Request, who *viewer, p *page) {
	p.Path, p.Person, p.Version, p.Now = r.URL.Path, who, s.o.Version, s.o.Now()
	p.Done = deeds[r.URL.Query().Get("done")]
	if p.Path == "/p" {
		p.Query = clipped(r.URL.Query().Get("q"))
	}
	// Visitors who are not signed in must not see the state of the service.
	if who == nil {
		return
	}
	p.Jobs = who.All() && s.o.Jobs != nil
	p.Problems = s.problems(r, who)
	stopped, err := s.o.Stopped(r.Context())
	if err != nil {
		s.o.Log.Warn("reading the stop switch failed", "error", err)
	}
	p.Stopped = stopped
}

// deeds are the sentences about actions just done.
var deeds = map[string]string{
	"scan":    "A scan was requested. This page will show its results.",
	"tick":    "The next scan, which was requested, will propose this update.",
	"untick":  "This update will no longer be proposed.",
	"dismiss": "The finding is dismissed until the chosen day.",
	"restore": "The finding is no longer dismissed.",
	"retry":   "The job will be retried.",
	"cancel":  "The job is given up.",
	"stop":    "All work is stopped.",
	"go":      "All work was resumed.",
	"out":     "You are signed out.",
}

// problems returns the current problems as far as the viewer may see them. The name
// of a host or an error of the forge may be confidential.
func (s *server) problems(r *http.Request, who *viewer) []Problem {
	all := s.o.Health(r.Context())
	if who.All() {
		return all
	}
	var list []Problem
	hosts := false
	for _, p := range all {
		switch p.What {
		case s.o.Forge.Title:
			list = append(list, Problem{p.What, "it does not answer correctly; the pages may be out of date", p.Since})
		case ofDatabase:
			list = append(list, Problem{p.What, "it does not answer or is not writable; nothing is lost", p.Since})
		default:
			if !hosts {
				list = append(list, Problem{What: "A registry or package index", Why: "it does not answer, or does not let the service in; pins whose lookup fails are shown as failed"})
			}
			hosts = true
		}
	}
	return list
}

// maxText is the length limit of a search text, in bytes.
const maxText = 200

func clipped(text string) string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	if len(text) > maxText {
		// The cut may be inside a character.
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return text
}

// A pager holds the position in a long list.
type pager struct {
	Page, Pages int // counted from 1
	Total       int
	First, Last int // rows on this page, counted from 1; 0 for none
	path        string
	query       url.Values
}

// paged returns the pager and the row indexes of the requested page.
func paged(r *http.Request, total, size int) (p pager, from, to int) {
	p = pager{Page: number(r, "page", 1, 1_000_000), Total: total, path: r.URL.Path, query: r.URL.Query()}
	p.Pages = max(1, (total+size-1)/size)
	p.Page = min(p.Page, p.Pages)
	from = (p.Page - 1) * size
	to = min(from+size, total)
	if total > 0 {
		p.First, p.Last = from+1, to
	}
	return p, from, to
}

// pageOf returns the requested page of a list, and its pager.
func pageOf[T any](r *http.Request, list []T, size int) (pager, []T) {
	p, from, to := paged(r, len(list), size)
	return p, list[from:to]
}

// Link returns the address of a page.
func (p pager) Link(n int) string {
	q := url.Values{}
	for key, values := range p.query {
		// done would repeat the sentence about an action on the next page.
		if key != "page" && key != "done" {
			q[key] = values
		}
	}
	if n > 1 {
		q.Set("page", itoa(n))
	}
	if len(q) == 0 {
		return p.path
	}
	return p.path + "?" + q.Encode()
}

// Prev returns the number of the previous page; 0 for none.
func (p pager) Prev() int { return p.Page - 1 }

// Next returns the number of the next page; 0 for none.
func (p pager) Next() int {
	if p.Page >= p.Pages {
		return 0
	}
	return p.Page + 1
}
