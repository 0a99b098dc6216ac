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

// An overview is the first page.
type overview struct {
	store.Totals
	Repositories int
	States       []stateCount
	Trend        *trend
	Last         store.Run // the newest one; zero for none
	Observing    bool      // nothing is proposed anywhere
	First        attention
	Checklist    store.Checklist

	List   []store.Repository
	Filter filter
	Pager  pager
}

// A stateCount is how many repositories stand in a state.
type stateCount struct {
	State store.State
	Count int
}

// states is the order in which they are shown.
var states = []store.State{store.Proposing, store.Observed, store.Waiting, store.Refused, store.Broken}

func (s *server) overview(r *http.Request, who *viewer) (*page, error) {
	o := &overview{Filter: filterOf(r)}
	var err error
	if o.List, o.Pager, err = s.list(r, who, o.Filter); err != nil {
		return nil, err
	}
	totals, counts, err := s.o.Data.Totals(r.Context(), who.Viewer)
	if err != nil {
		return nil, err
	}
	o.Totals = totals
	if o.Checklist, err = s.o.Data.Checklist(r.Context(), who.Viewer); err != nil {
		return nil, err
	}
	for _, state := range states {
		o.Repositories += counts[state]
		if counts[state] > 0 {
			o.States = append(o.States, stateCount{state, counts[state]})
		}
	}
	o.Observing = counts[store.Observed] > 0 && counts[store.Proposing] == 0
	days, err := s.o.Data.Days(r.Context(), who.Viewer, 0, s.since())
	if err != nil {
		return nil, err
	}
	o.Trend = drawTrend(days)
	runs, err := s.o.Data.Runs(r.Context(), who.Viewer, 0, 1)
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
	list, total, err := s.o.Data.Repositories(r.Context(), who.Viewer, ask)
	if err != nil {
		return nil, pager{}, err
	}
	p, from, _ := paged(r, total, perPage)
	if from != ask.After { // there are not so many pages
		ask.After = from
		list, _, err = s.o.Data.Repositories(r.Context(), who.Viewer, ask)
	}
	return list, p, err
}

// A filter is what somebody chose of the list.
type filter struct {
	Text  string
	State store.State
	Sort  string

	Unhealthy bool // the state "unhealthy", which is no state of one: broken, refused, or something failed
}

// columns are what the list may be sorted by; those of numbers begin with the largest.
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

// Any reports whether the list is narrowed.
func (f filter) Any() bool { return f.Text != "" || f.State != "" || f.Unhealthy }

// Sorted says how a column is sorted, as aria-sort words it.
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

// By is the address of the list sorted by a column: the other way round if it is already.
func (f filter) By(column string) string {
	sort := column
	if now := f.Sorted(column); now == "ascending" || now == "" && column != "name" {
		sort = "-" + column
	}
	return f.link(sort, f.state())
}

// In is the address of the list of a state, or of all.
func (f filter) In(state store.State) string { return f.link(f.Sort, state) }

// unhealthy is chosen like a state.
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
		if value != "" && !(key == "sort" && value == "name") {
			q.Set(key, value)
		}
	}
	if len(q) == 0 {
		return "/"
	}
	return "/?" + q.Encode()
}

// since is the first day of a trend.
func (s *server) since() time.Time { return s.o.Now().AddDate(0, 0, -trendDays) }
