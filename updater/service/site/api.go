package site

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/freshpin/freshpin/templates"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// api puts the JSON under /api/v1/. It is described by templates/site/openapi.json.
func (s *site) api(mux *http.ServeMux) {
	answer := func(pattern string, ask func(*visit) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			v := &visit{w: w, Request: r, site: s}
			err := v.recognise()
			if err == nil && !v.viewer.All && v.viewer.Session == "" {
				err = errSignIn
			}
			var body any
			if err == nil {
				body, err = ask(v)
			}
			v.json(body, err)
		})
	}
	mux.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		data, err := templates.Site.ReadFile("site/openapi.json")
		if err != nil {
			http.Error(w, words(err), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(data) // the reader may be gone
	})
	answer("GET /api/v1/overview", s.apiOverview)
	answer("GET /api/v1/repositories", s.apiRepositories)
	answer("GET /api/v1/repositories/{owner}/{repo}", s.apiRepository)
	answer("GET /api/v1/who", s.apiWho)
	answer("GET /api/v1/packages", s.apiPackages)
	answer("GET /api/v1/runs", s.apiRuns)
	answer("GET /api/v1/jobs", s.apiJobs)
	answer("GET /api/v1/health", s.apiHealth)
	answer("/api/", func(*visit) (any, error) { return nil, errNotFound })
}

// json answers; an error is a problem document.
//
// See RFC 9457.
func (v *visit) json(body any, err error) {
	head := v.w.Header()
	if err != nil {
		if status(err) >= http.StatusInternalServerError {
			v.site.Log.ErrorContext(v.Context(), "an answer could not be made", "path", v.URL.Path, "error", err)
		}
		head.Set("Content-Type", "application/problem+json")
		v.w.WriteHeader(status(err))
		body = map[string]any{"type": "about:blank", "title": http.StatusText(status(err)), "status": status(err), "detail": words(err)}
	} else {
		head.Set("Content-Type", "application/json")
	}
	_ = json.NewEncoder(v.w).Encode(body) // the reader may be gone
}

// The forms of the answers. Times are RFC 3339, "" where there is none.
type (
	totalsJSON struct {
		Pins     int     `json:"pins"`
		Current  int     `json:"current"`
		Updates  int     `json:"updates"`
		Held     int     `json:"held"`
		Skipped  int     `json:"skipped"`
		Failed   int     `json:"failed"`
		Security int     `json:"security"`
		Libyears float64 `json:"libyears"`
	}
	repositoryJSON struct {
		Name    string     `json:"name"`
		URL     string     `json:"url"`
		Branch  string     `json:"branch"`
		Private bool       `json:"private"`
		State   string     `json:"state"`
		Reason  string     `json:"reason"`
		Commit  string     `json:"commit"`
		Looked  string     `json:"looked"`
		Next    string     `json:"next"`
		Totals  totalsJSON `json:"totals"`
	}
	pinJSON struct {
		Repository    string           `json:"repository"`
		ID            string           `json:"id"`
		File          string           `json:"file"`
		Line          int              `json:"line"`
		Column        int              `json:"column"`
		Ecosystem     string           `json:"ecosystem"`
		Name          string           `json:"name"`
		Package       string           `json:"package"`
		Pin           string           `json:"pin"`
		Digest        string           `json:"digest"`
		Current       string           `json:"current"`
		Safe          string           `json:"safe"`
		Minor         string           `json:"minor"`
		Latest        string           `json:"latest"`
		LatestPackage string           `json:"latest_package"`
		NewerBase     string           `json:"newer_base"`
		ReleaseLine   string           `json:"release_line"`
		Status        string           `json:"status"`
		Band          string           `json:"band"`
		Security      bool             `json:"security"`
		Target        targetJSON       `json:"target"`
		ReasonCode    string           `json:"reason_code"`
		Reason        string           `json:"reason"`
		Notes         []store.Note     `json:"notes"`
		Advisories    []store.Advisory `json:"advisories"`
		Libyears      float64          `json:"libyears"`
		PullRequest   int              `json:"pull_request"`
	}
	targetJSON struct {
		Version string `json:"version"`
		Digest  string `json:"digest"`
	}
	pullJSON struct {
		Number  int    `json:"number"`
		URL     string `json:"url"`
		Title   string `json:"title"`
		Branch  string `json:"branch"`
		State   string `json:"state"`
		Updates int    `json:"updates"`
		Outcome string `json:"outcome"`
		Reason  string `json:"reason"`
	}
	runJSON struct {
		Repository string     `json:"repository"`
		Trigger    string     `json:"trigger"`
		Outcome    string     `json:"outcome"`
		Error      string     `json:"error"`
		Commit     string     `json:"commit"`
		Began      string     `json:"began"`
		Seconds    float64    `json:"seconds"`
		Reads      int        `json:"reads"`
		Writes     int        `json:"writes"`
		Lookups    int        `json:"lookups"`
		Cached     int        `json:"cached"`
		Totals     totalsJSON `json:"totals"`
	}
	packageJSON struct {
		Ecosystem    string `json:"ecosystem"`
		Package      string `json:"package"`
		Pins         int    `json:"pins"`
		Repositories int    `json:"repositories"`
		Versions     int    `json:"versions"`
		Updates      int    `json:"updates"`
		Held         int    `json:"held"`
	}
	dayJSON struct {
		Day    string     `json:"day"`
		Totals totalsJSON `json:"totals"`
	}
	jobJSON struct {
		ID       int64  `json:"id"`
		Kind     string `json:"kind"`
		About    string `json:"about"`
		Error    string `json:"error"`
		Attempts int    `json:"attempts"`
		Since    string `json:"since"`
	}
)

func totalsOf(t store.Totals) totalsJSON { return totalsJSON(t) }

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func repositoryOf(r store.Repository) repositoryJSON {
	return repositoryJSON{r.Name, r.URL, r.Branch, r.Private, string(r.State), r.Why, r.Commit, when(r.Looked), when(r.Next), totalsOf(r.Totals)}
}

func pinOf(p store.Pin, repo string) pinJSON {
	j := pinJSON{
		Repository: repo, ID: p.ID, File: p.File, Line: p.Line, Column: p.Column, Ecosystem: p.Ecosystem, Name: p.Name, Package: p.Package,
		Pin: p.Pin, Digest: p.Digest, Current: p.Current, Safe: p.Safe, Minor: p.Minor, Latest: p.Latest, LatestPackage: p.LatestPackage,
		NewerBase: p.NewerBase, ReleaseLine: p.ReleaseLine, Status: p.Status, Band: p.Band, Security: p.Security,
		Target: targetJSON{p.Target, p.TargetHash}, ReasonCode: p.ReasonCode, Reason: p.Reason, Notes: p.Notes, Advisories: p.Advisories,
		Libyears: p.Libyears, PullRequest: p.Pull,
	}
	if j.Notes == nil {
		j.Notes = []store.Note{}
	}
	if j.Advisories == nil {
		j.Advisories = []store.Advisory{}
	}
	return j
}

func runOf(r store.Run) runJSON {
	return runJSON{r.Repo, r.Trigger, r.Outcome, r.Error, r.Commit, when(r.Began), r.Took.Seconds(), r.Reads, r.Writes, r.Lookups, r.Cached, totalsOf(r.Totals)}
}

// each maps a list; none is an empty list and never null.
func each[A, B any](list []A, to func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, one := range list {
		out = append(out, to(one))
	}
	return out
}

func (s *site) apiOverview(v *visit) (any, error) {
	totals, states, err := s.Data.Totals(v.Context(), v.viewer)
	if err != nil {
		return nil, err
	}
	days, err := s.Data.Days(v.Context(), v.viewer, 0, s.Now().Add(-trend))
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"totals": totalsOf(totals), "repositories": states,
		"days": each(days, func(d store.Day) dayJSON { return dayJSON{d.Day.Format(time.DateOnly), totalsOf(d.Totals)} }),
	}, nil
}

func (s *site) apiRepositories(v *visit) (any, error) {
	f := filterOf(v.URL.Query())
	if n, err := strconv.Atoi(v.URL.Query().Get("limit")); err == nil {
		f.Limit = min(max(n, 1), 1000)
	}
	list, total, err := s.Data.Repositories(v.Context(), v.viewer, f)
	if err != nil {
		return nil, err
	}
	return map[string]any{"total": total, "after": f.After, "repositories": each(list, repositoryOf)}, nil
}

func (s *site) apiRepository(v *visit) (any, error) {
	repo, _, err := v.named()
	if err != nil {
		return nil, err
	}
	pins, err := s.Data.Pins(v.Context(), repo.ID)
	if err != nil {
		return nil, err
	}
	pulls, err := s.Data.Pulls(v.Context(), repo.ID)
	if err != nil {
		return nil, err
	}
	runs, err := s.Data.Runs(v.Context(), v.viewer, repo.ID, 20)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"repository": repositoryOf(repo),
		"pins":       each(pins, func(p store.Pin) pinJSON { return pinOf(p, repo.Name) }),
		"pull_requests": each(pulls, func(p store.Pull) pullJSON {
			return pullJSON{p.Number, p.URL, p.Title, p.Branch, p.State, p.Updates, p.Outcome, p.Why}
		}),
		"runs": each(runs, runOf),
	}, nil
}

func (s *site) apiWho(v *visit) (any, error) {
	q := clip(v.URL.Query().Get("q"), 300)
	if q == "" {
		return nil, errBadInput
	}
	pins, err := s.Data.Who(v.Context(), v.viewer, q, 1000)
	if err != nil {
		return nil, err
	}
	return map[string]any{"query": q, "pins": each(pins, func(p store.Pin) pinJSON { return pinOf(p, p.Repo) })}, nil
}

func (s *site) apiPackages(v *visit) (any, error) {
	list, err := s.Data.Packages(v.Context(), v.viewer, clip(v.URL.Query().Get("q"), 300), 1000)
	if err != nil {
		return nil, err
	}
	return map[string]any{"packages": each(list, func(p store.PackageUse) packageJSON {
		return packageJSON{p.Ecosystem, p.Package, p.Pins, p.Repositories, p.Versions, p.Updates, p.Held}
	})}, nil
}

func (s *site) apiRuns(v *visit) (any, error) {
	list, err := s.Data.Runs(v.Context(), v.viewer, 0, 200)
	if err != nil {
		return nil, err
	}
	return map[string]any{"runs": each(list, runOf)}, nil
}

func (s *site) apiJobs(v *visit) (any, error) {
	if !v.operator && len(v.login) > 0 {
		return nil, errNotFound
	}
	counts, err := s.Jobs.Counts(v.Context())
	if err != nil {
		return nil, err
	}
	parked, err := s.Jobs.Parked(v.Context(), 200)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"counts": each(counts, func(c queue.Count) map[string]any {
			return map[string]any{"kind": c.Kind, "state": c.State, "jobs": c.Jobs}
		}),
		"parked": each(parked, func(p queue.Parked) jobJSON {
			return jobJSON{p.ID, p.Kind, p.About, p.Error, p.Attempts, when(p.Since)}
		}),
	}, nil
}

func (s *site) apiHealth(v *visit) (any, error) {
	stopped := false
	if s.Stopped != nil {
		var err error
		if stopped, err = s.Stopped(v.Context()); err != nil {
			return nil, err
		}
	}
	problems := []Problem{}
	if s.Health != nil {
		problems = append(problems, s.Health(v.Context())...)
	}
	return map[string]any{"version": s.Version, "stopped": stopped, "problems": problems}, nil
}
