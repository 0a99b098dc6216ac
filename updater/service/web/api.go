package web

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/freshpin/freshpin/updater/store"
)

// openapi is the description of the API without the schema of a pin.
//
//go:embed openapi.json
var openapi []byte

// describeAPI returns the description of the API. It generates the schema of a pin
// from its type, so that a new field is described where it is declared.
func describeAPI() ([]byte, error) {
	r := &jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, DoNotReference: true, AllowAdditionalProperties: true}
	pin := r.ReflectFromType(reflect.TypeFor[pinJSON]())
	pin.Version = "" // the document has its own
	schema, err := json.Marshal(pin)
	if err != nil {
		return nil, fmt.Errorf("describe the pins of the API: %w", err)
	}
	return bytes.Replace(openapi, []byte(`"Pin": {}`), append([]byte(`"Pin": `), schema...), 1), nil
}

// An answer computes the answer of an API request.
type answer func(r *http.Request, who *viewer) (any, error)

// routesAPI returns the routes below /api/v1/.
func (s *server) routesAPI() map[string]http.Handler {
	list := map[string]http.Handler{"/api/v1/openapi.json": only(http.MethodGet, http.HandlerFunc(s.apiSelf))}
	for path, a := range map[string]answer{
		"overview": s.apiOverview, "repositories": s.apiRepositories, "repositories/{owner}/{repo}": s.apiRepository,
		"repositories/{owner}/{repo}/pins": s.apiPins, "repositories/{owner}/{repo}/pulls": s.apiPulls,
		"repositories/{owner}/{repo}/runs": s.apiRuns, "repositories/{owner}/{repo}/trend": s.apiTrend,
		"runs": s.apiRuns, "runs/{id}": s.apiRun, "vulnerable": s.apiVulnerable, "pulls": s.apiOpenPulls, "packages": s.apiPackages, "packages/{ecosystem}/{package...}": s.apiPackage, "who": s.apiWho,
		"jobs": s.apiJobs, "health": s.apiHealth,
		"{rest...}": func(*http.Request, *viewer) (any, error) { return nil, errNotFound },
	} {
		list["/api/v1/"+path] = s.api(a)
	}
	return list
}

// apiSelf serves the description of the API, which is public.
func (s *server) apiSelf(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(s.described) // fails only if the client has disconnected
}

// api returns a handler that serves an answer as JSON.
func (s *server) api(a answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			s.refuse(w, errMethod)
			return
		}
		who, err := s.who(r)
		if err == nil && who == nil {
			err = errSignIn
		}
		var body any
		if err == nil {
			body, err = a(r, who)
		}
		// Encoded before the first byte is sent, so that an error can still be reported.
		var b bytes.Buffer
		if err == nil {
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			err = e.Encode(body)
		}
		if err != nil {
			s.refuse(w, err)
			return
		}
		if l, ok := body.(listing); ok && l.next() != "" {
			w.Header().Set("Link", "<"+l.next()+`>; rel="next"`)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b.Bytes()) // fails only if the client has disconnected
	})
}

// A listing is one page of a list.
type listing interface{ next() string }

// A listOf is one page of a list with a link to the next one.
type listOf[T any] struct {
	Items []T    `json:"items"`
	Total int    `json:"total"`
	After int    `json:"after"`
	Next  string `json:"next"`
}

func (l listOf[T]) next() string { return l.Next }

// Limits of a page of a list.
const (
	apiAtFirst = 100
	apiMost    = 1000
)

// bounds parses the parameters limit and after.
func bounds(r *http.Request) (limit, after int, err error) {
	q := r.URL.Query()
	limit, after = apiAtFirst, 0
	for name, to := range map[string]*int{"limit": &limit, "after": &after} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		if *to, err = strconv.Atoi(text); err != nil || *to < 0 || *to > 1_000_000 || name == "limit" && (*to < 1 || *to > apiMost) {
			return 0, 0, &fault{http.StatusBadRequest, fmt.Sprintf("%s is a number: limit from 1 to %d, after from 0.", name, apiMost)}
		}
	}
	return limit, after, nil
}

// cut returns the requested page of a complete list.
func cut[S, T any](r *http.Request, all []S, into func(S) T) (any, error) {
	limit, after, err := bounds(r)
	if err != nil {
		return nil, err
	}
	from := min(after, len(all))
	return partOf(r, all[from:min(from+limit, len(all))], len(all), after, into), nil
}

// partOf returns the answer for a page of a list.
func partOf[S, T any](r *http.Request, part []S, total, after int, into func(S) T) listOf[T] {
	// The API promises a list: an empty one is [], not null.
	l := listOf[T]{Items: make([]T, 0, len(part)), Total: total, After: after}
	for _, x := range part {
		l.Items = append(l.Items, into(x))
	}
	if next := after + len(part); len(part) > 0 && next < total {
		q := r.URL.Query()
		q.Set("after", itoa(next))
		// RawPath keeps escapes such as %2F in a package's name.
		l.Next = (&url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: q.Encode()}).RequestURI()
	}
	return l
}

func (s *server) apiOverview(r *http.Request, who *viewer) (any, error) {
	totals, counts, err := s.o.Data.Repositories.Totals(r.Context(), who.Viewer)
	if err != nil {
		return nil, err
	}
	days, err := s.o.Data.History.Days(r.Context(), who.Viewer, 0, s.since())
	if err != nil {
		return nil, err
	}
	stopped, err := s.o.Stopped(r.Context())
	if err != nil {
		return nil, err
	}
	found, err := s.o.Data.Findings.Counts(r.Context(), who.Viewer)
	if err != nil {
		return nil, err
	}
	o := overviewJSON{Checklist: checklistJSON(found), Totals: totalsOf(totals), States: map[string]int{}, Trend: each(days, dayOf), Stopped: stopped}
	for _, state := range states {
		o.States[string(state)] = counts[state]
		o.Repositories += counts[state]
	}
	return o, nil
}

func (s *server) apiRepositories(r *http.Request, who *viewer) (any, error) {
	limit, after, err := bounds(r)
	if err != nil {
		return nil, err
	}
	f := filterOf(r)
	q := r.URL.Query()
	// filterOf drops unknown values, which suits a page; a program has to learn of its mistake.
	if q.Get("state") != "" && f.State == "" && !f.Unhealthy || q.Get("sort") != "" && f.Sort == "" {
		return nil, &fault{http.StatusBadRequest, "state is waiting, observed, proposing, refused, broken or unhealthy; sort is name, updates, held, failed, security, libyears or looked, or one of these after a -."}
	}
	list, total, err := s.o.Data.Repositories.List(r.Context(), who.Viewer, store.Filter{Text: f.Text, State: f.State, Unhealthy: f.Unhealthy, Sort: f.Sort, Limit: limit, After: after})
	if err != nil {
		return nil, err
	}
	return partOf(r, list, total, after, repositoryOf), nil
}

func (s *server) apiRepository(r *http.Request, who *viewer) (any, error) {
	repo, _, err := s.see(r.Context(), who, r.PathValue("owner"), r.PathValue("repo"))
	return repositoryOf(repo), err
}

func (s *server) apiPins(r *http.Request, who *viewer) (any, error) {
	repo, _, err := s.see(r.Context(), who, r.PathValue("owner"), r.PathValue("repo"))
	if err != nil {
		return nil, err
	}
	status := r.URL.Query().Get("status")
	if status != "" && status != "security" && !slices.Contains(statuses, status) {
		return nil, &fault{http.StatusBadRequest, "status is " + strings.Join(statuses, ", ") + " or security."}
	}
	pins, err := s.o.Data.Pins.Of(r.Context(), repo.ID)
	if err != nil {
		return nil, err
	}
	text := clipped(r.URL.Query().Get("q"))
	return cut(r, slices.DeleteFunc(pins, func(p store.Pin) bool { return !isOf(p, status) || !holds(p, text) }), pinOf)
}

func (s *server) apiPulls(r *http.Request, who *viewer) (any, error) {
	repo, _, err := s.see(r.Context(), who, r.PathValue("owner"), r.PathValue("repo"))
	if err != nil {
		return nil, err
	}
	pulls, err := s.o.Data.Pulls.Of(r.Context(), repo.ID)
	if err != nil {
		return nil, err
	}
	return cut(r, pulls, pullOf)
}

// apiRuns returns the runs of a repository, or of all repositories that the viewer may see.
func (s *server) apiRuns(r *http.Request, who *viewer) (any, error) {
	var id int64
	if r.PathValue("owner") != "" {
		repo, _, err := s.see(r.Context(), who, r.PathValue("owner"), r.PathValue("repo"))
		if err != nil {
			return nil, err
		}
		id = repo.ID
	}
	runs, err := s.o.Data.History.Runs(r.Context(), who.Viewer, id, runsMost)
	if err != nil {
		return nil, err
	}
	return cut(r, runs, runOf)
}

func (s *server) apiTrend(r *http.Request, who *viewer) (any, error) {
	repo, _, err := s.see(r.Context(), who, r.PathValue("owner"), r.PathValue("repo"))
	if err != nil {
		return nil, err
	}
	days, err := s.o.Data.History.Days(r.Context(), who.Viewer, repo.ID, s.since())
	if err != nil {
		return nil, err
	}
	return cut(r, days, dayOf)
}

func (s *server) apiPackages(r *http.Request, who *viewer) (any, error) {
	list, err := s.o.Data.Pins.Packages(r.Context(), who.Viewer, clipped(r.URL.Query().Get("q")), apiMost)
	if err != nil {
		return nil, err
	}
	return cut(r, list, useOf)
}

func (s *server) apiPackage(r *http.Request, who *viewer) (any, error) {
	found, err := s.using(r, who, r.PathValue("ecosystem"), r.PathValue("package"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errNotFound
	}
	return cut(r, found, pinOf)
}

func (s *server) apiWho(r *http.Request, who *viewer) (any, error) {
	text := clipped(r.URL.Query().Get("q"))
	if text == "" {
		return nil, &fault{http.StatusBadRequest, "q is the search text: python:3.6, a digest, a package, an advisory."}
	}
	found, err := s.o.Data.Pins.Search(r.Context(), who.Viewer, text, foundMost)
	if err != nil {
		return nil, err
	}
	return cut(r, found, pinOf)
}

func (s *server) apiJobs(r *http.Request, who *viewer) (any, error) {
	switch {
	case !who.All():
		return nil, errOperator
	case s.o.Jobs == nil:
		return nil, errNotFound
	}
	counts, err := s.o.Jobs.Counts(r.Context())
	if err != nil {
		return nil, err
	}
	parked, err := s.o.Jobs.Parked(r.Context(), apiMost)
	if err != nil {
		return nil, err
	}
	return jobsJSON{Counts: each(counts, countOf), Parked: each(parked, parkedOf)}, nil
}

func (s *server) apiHealth(r *http.Request, who *viewer) (any, error) {
	stopped, err := s.o.Stopped(r.Context())
	if err != nil {
		return nil, err
	}
	return healthJSON{Problems: each(s.problems(r, who), problemOf), Stopped: stopped, Version: s.o.Version}, nil
}
