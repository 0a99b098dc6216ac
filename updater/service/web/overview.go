package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

const (
	perPage   = 50 // repositories on a page
	trendDays = 90
)

// An overview is the content of the first page.
type overview struct {
	store.Totals
	Repositories int
	States       []stateCount
	Trend        *trend
	Last         store.Run // newest run; zero for none
	Observing    bool      // no repository gets pull requests
	First        attention
	Checklist    store.Checklist

	List   []store.Repository
	Filter filter
	Pager  pager
}

// A stateCount is the number of repositories in a state.
type stateCount struct {
	State store.State
	Count int
}

// states are the states of repositories in the order of display.
var states = []store.State{store.Proposing, store.Observed, store.Waiting, store.Refused, store.Broken}

func (s *server) overview(r *http.Request, who *viewer) (*page, error) {
	o := &overview{Filter: filterOf(r)}
	var err error
	if o.List, o.Pager, err = s.list(r, who, o.Filter); err != nil {
		return nil, err
	}
	totals, counts, err := s.o.Data.Repositories.Totals(r.Context(), who.Viewer)
	if err != nil {
		return nil, err
	}
	o.Totals = totals
	if o.Checklist, err = s.o.Data.Findings.Counts(r.Context(), who.Viewer); err != nil {
		return nil, err
	}
	for _, state := range states {
		o.Repositories += counts[state]
		if counts[state] > 0 {
			o.States = append(o.States, stateCount{state, counts[state]})
		}
	}
	o.Observing = counts[store.Observed] > 0 && counts[store.Proposing] == 0
	days, err := s.o.Data.History.Days(r.Context(), who.Viewer, 0, s.since())
	if err != nil {
		return nil, err
	}
	o.Trend = drawTrend(days)
	runs, err := s.o.Data.History.Runs(r.Context(), who.Viewer, 0, 1)
	if err != nil {
		return nil, err
	}
	if len(runs) > 0 {
		o.Last = runs[0]
	}
	if o.First, err = s.attention(r.Context(), who.Viewer, days); err != nil {
		return nil, err
	}
	return &page{Name: "overview", Title: "Repositories", Body: o}, nil
}

// list returns a page of the list of repositories.
func (s *server) list(r *http.Request, who *viewer, f filter) ([]store.Repository, pager, error) {
	ask := store.Filter{Text: f.Text, State: f.State, Unhealthy: f.Unhealthy, Sort: f.Sort, Limit: perPage, After: (number(r, "page", 1, 1_000_000) - 1) * perPage}
	list, total, err := s.o.Data.Repositories.List(r.Context(), who.Viewer, ask)
	if err != nil {
		return nil, pager{}, err
	}
	p, from, _ := paged(r, total, perPage)
	if from != ask.After { // the page number is too large
		ask.After = from
		list, _, err = s.o.Data.Repositories.List(r.Context(), who.Viewer, ask)
	}
	return list, p, err
}

// A filter is the user's selection for the list.
type filter struct {
	Text  string
	State store.State
	Sort  string

	Unhealthy bool // the pseudo-state "unhealthy": broken, refused, or with failures
}

// columns are the columns to sort by; numbers are sorted in descending order first.
var columns = []string{"name", "updates", "held", "failed", "security", "libyears", "looked"}

func filterOf(r *http.Request) filter {
	q := r.URL.Query()
	f := filter{Text: clipped(q.Get("q")), Sort: q.Get("sort")}
	if state := store.State(q.Get("state")); slices.Contains(states, state) {
		f.State = state
	}
	f.Unhealthy = q.Get("state") == unhealthy
	if !slices.Contains(columns, strings.TrimPrefix(f.Sort, "-")) {
		f.Sort = ""
	}
	return f
}

// Any reports whether the filter restricts the list.
func (f filter) Any() bool { return f.Text != "" || f.State != "" || f.Unhealthy }

// Sorted returns the value of aria-sort for a column.
func (f filter) Sorted(column string) string {
	sort, turned := strings.CutPrefix(f.Sort, "-")
	switch {
	case sort != column && (f.Sort != "" || column != "name"):
		return ""
	case turned:
		return "descending"
	}
	return "ascending"
}

// By returns the address of the list sorted by a column, in reverse if it already is.
func (f filter) By(column string) string {
	sort := column
	if now := f.Sorted(column); now == "ascending" || now == "" && column != "name" {
		sort = "-" + column
	}
	return f.link(sort, f.state())
}

// In returns the address of the list for a state, or for all.
func (f filter) In(state store.State) string { return f.link(f.Sort, state) }

// unhealthy is a pseudo-state of the filter.
const unhealthy = "unhealthy"

func (f filter) state() store.State {
	if f.Unhealthy {
		return unhealthy
	}
	return f.State
}

func (f filter) link(sort string, state store.State) string {
	q := url.Values{}
	for key, value := range map[string]string{"q": f.Text, "state": string(state), "sort": sort} {
		// The list is sorted by name without a parameter.
		if value != "" && !(key == "sort" && value == "name") {
			q.Set(key, value)
		}
	}
	if len(q) == 0 {
		return "/"
	}
	return "/?" + q.Encode()
}

// since returns the first day of the trend.
func (s *server) since() time.Time { return s.o.Now().AddDate(0, 0, -trendDays) }
