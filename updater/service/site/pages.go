package site

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

const (
	perPage = 50
	trend   = 90 * 24 * time.Hour
)

// overview shows all repositories.
func (s *site) overview(v *visit) error {
	ctx := v.Context()
	f := filterOf(v.URL.Query())
	list, total, err := s.Data.Repositories(ctx, v.viewer, f)
	if err != nil {
		return err
	}
	totals, states, err := s.Data.Totals(ctx, v.viewer)
	if err != nil {
		return err
	}
	days, err := s.Data.Days(ctx, v.viewer, 0, s.Now().Add(-trend))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "overview", map[string]any{
		"Title": "Overview", "List": list, "Total": total, "Filter": f, "Totals": totals, "States": states, "Trend": trendOf(days),
		"Pages": pagesOf(v.URL, f.After, total), "Query": v.URL.Query(),
	})
}

func filterOf(q url.Values) store.Filter {
	after, err := strconv.Atoi(q.Get("after"))
	if err != nil || after < 0 {
		after = 0
	}
	return store.Filter{Text: clip(q.Get("q"), 200), State: store.State(clip(q.Get("state"), 20)), Sort: clip(q.Get("sort"), 20), Limit: perPage, After: after}
}

func clip(text string, n int) string {
	if len(text) > n {
		return strings.ToValidUTF8(text[:n], "")
	}
	return text
}

// A paging leads to the pages of a list before and behind this one.
type paging struct {
	From, To, Total int
	Before, Behind  string // addresses; "" for none
}

func pagesOf(u *url.URL, after, total int) paging {
	p := paging{From: min(after+1, total), To: min(after+perPage, total), Total: total}
	at := func(n int) string {
		q := u.Query()
		q.Set("after", strconv.Itoa(n))
		return "?" + q.Encode()
	}
	if after > 0 {
		p.Before = at(max(after-perPage, 0))
	}
	if after+perPage < total {
		p.Behind = at(after + perPage)
	}
	return p
}

// A file is the pins of one file.
type file struct {
	Name string
	Pins []store.Pin
}

// repository shows everything about one repository.
func (s *site) repository(v *visit) error {
	repo, may, err := v.named()
	if err != nil {
		return err
	}
	ctx := v.Context()
	pins, err := s.Data.Pins(ctx, repo.ID)
	if err != nil {
		return err
	}
	pulls, err := s.Data.Pulls(ctx, repo.ID)
	if err != nil {
		return err
	}
	runs, err := s.Data.Runs(ctx, v.viewer, repo.ID, 20)
	if err != nil {
		return err
	}
	days, err := s.Data.Days(ctx, v.viewer, repo.ID, s.Now().Add(-trend))
	if err != nil {
		return err
	}
	ticked, err := s.Data.Ticks(ctx, repo.ID)
	if err != nil {
		return err
	}
	wish := v.URL.Query().Get("status")
	return v.show(http.StatusOK, "repository", map[string]any{
		"Title": repo.Name, "Repo": repo, "Files": filesOf(pins, wish), "Status": wish, "Counts": counts(pins), "Pulls": pulls, "Runs": runs,
		"Trend": trendOf(days), "MayWrite": may == store.Write || v.operator, "Ticked": ticked, "Base": v.base(),
	})
}

// filesOf groups pins by file; with a status only those that have it.
func filesOf(pins []store.Pin, wish string) (files []file) {
	for _, p := range pins {
		if wish != "" && p.Status != wish {
			continue
		}
		if n := len(files); n == 0 || files[n-1].Name != p.File {
			files = append(files, file{Name: p.File})
		}
		at := &files[len(files)-1]
		at.Pins = append(at.Pins, p)
	}
	return files
}

// A statusCount is how many pins have a status.
type statusCount struct {
	Status string
	Pins   int
}

func counts(pins []store.Pin) (list []statusCount) {
	n := map[string]int{}
	for _, p := range pins {
		n[p.Status]++
	}
	for _, status := range []string{"update", "held", "failed", "skipped", "current"} {
		if n[status] > 0 {
			list = append(list, statusCount{status, n[status]})
		}
	}
	return list
}

// writes is a form about a repository that needs the right to write.
func (v *visit) writes() (store.Repository, error) {
	v.Body = http.MaxBytesReader(v.w, v.Body, maxForm)
	repo, may, err := v.named()
	if err == nil && may != store.Write && !v.operator {
		err = errForbidden
	}
	return repo, err
}

// scan asks for a pass, now.
func (s *site) scan(v *visit) error {
	repo, err := v.writes()
	if err != nil {
		return err
	}
	return v.change(v.Context(), func(ctx context.Context) error { return s.Want(ctx, repo) }, "/r/"+repo.Name)
}

// tick asks that a held pin be proposed anyway, or takes that back.
func (s *site) tick(v *visit) error {
	repo, err := v.writes()
	if err != nil {
		return err
	}
	id := v.PostFormValue("pin")
	pins, err := s.Data.Pins(v.Context(), repo.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(pins, func(p store.Pin) bool { return p.ID == id }) {
		return errBadInput
	}
	return v.change(v.Context(), func(ctx context.Context) error {
		if v.PostFormValue("off") != "" {
			return s.Data.Untick(ctx, repo.ID, []string{id})
		}
		if err := s.Data.Tick(ctx, repo.ID, id, cmp.Or(v.login, "operator")); err != nil {
			return err
		}
		return s.Want(ctx, repo)
	}, "/r/"+repo.Name+"?status=held")
}

// packages finds who uses what.
func (s *site) packages(v *visit) error {
	q := clip(strings.TrimSpace(v.URL.Query().Get("q")), 300)
	data := map[string]any{"Title": "Packages", "Text": q}
	if q == "" {
		list, err := s.Data.Packages(v.Context(), v.viewer, "", 200)
		if err != nil {
			return err
		}
		data["List"] = list
		return v.show(http.StatusOK, "packages", data)
	}
	pins, err := s.Data.Who(v.Context(), v.viewer, q, 500)
	if err != nil {
		return err
	}
	repos := map[string]bool{}
	for _, p := range pins {
		repos[p.Repo] = true
	}
	data["Title"], data["Pins"], data["Repos"] = "Who uses "+q, pins, len(repos)
	return v.show(http.StatusOK, "packages", data)
}

// runs shows what was done last.
func (s *site) runs(v *visit) error {
	list, err := s.Data.Runs(v.Context(), v.viewer, 0, 200)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "runs", map[string]any{"Title": "Runs", "Runs": list})
}

// jobs shows the queue.
func (s *site) jobs(v *visit) error {
	counts, err := s.Jobs.Counts(v.Context())
	if err != nil {
		return err
	}
	parked, err := s.Jobs.Parked(v.Context(), 200)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "jobs", map[string]any{"Title": "Jobs", "Counts": counts, "Parked": parked, "UI": s.UI != nil})
}

// retry tries a job again that was given up.
func (s *site) retry(v *visit) error {
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return errBadInput
	}
	return v.change(v.Context(), func(ctx context.Context) error { return s.Jobs.Retry(ctx, id) }, "/jobs")
}

// stop turns the stop switch.
func (s *site) stop(v *visit) error {
	v.Body = http.MaxBytesReader(v.w, v.Body, maxForm)
	on := v.PostFormValue("stop") == "on"
	return v.change(v.Context(), func(ctx context.Context) error { return s.SetStop(ctx, on, cmp.Or(v.login, "operator")) }, "/")
}

// about says what the words mean.
func (s *site) about(v *visit) error {
	return v.show(http.StatusOK, "about", map[string]any{"Title": "About"})
}

// ui hands on to the queue's own pages.
func (s *site) ui(v *visit) error {
	s.UI.ServeHTTP(v.w, v.Request)
	return nil
}

func escapeQuery(text string) string { return url.QueryEscape(text) }
